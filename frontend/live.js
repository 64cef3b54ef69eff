// The day board asks for news by itself (hx-trigger on #day) and is changed in place, so that focus and open menus stay.
// Here: it waits while somebody types in it, says when the connection is lost, and leaves a sentence readable.
import { isTyping } from "./typing.js";

const READABLE = 10_000; // milliseconds for which what was said, and its way back, stays

function asksForNews(event) {
  return event.detail.ctx?.sourceElement?.id === "day";
}

function isOfTheDay(event) {
  return Boolean(event.detail.ctx?.sourceElement?.closest?.("#day"));
}

function sayLost(lost) {
  const sentence = document.getElementById("lost");
  if (sentence) sentence.hidden = !lost;
  document.getElementById("day")?.classList.toggle("is-lost", lost);
}

let readable;

function letGo() {
  document.getElementById("said")?.removeAttribute("hx-morph-skip");
}

// On a telephone it lies over the list: there it goes by itself, unless somebody is about to press its button.
function leave() {
  letGo();
  const said = document.getElementById("said");
  if (said && getComputedStyle(said).position === "fixed" && !said.contains(document.activeElement)) said.replaceChildren();
}

function keepSaid() {
  clearTimeout(readable);
  document.getElementById("said")?.setAttribute("hx-morph-skip", "");
  readable = setTimeout(leave, READABLE);
}

document.addEventListener("htmx:before:request", (event) => {
  if (!isOfTheDay(event)) return;
  if (!asksForNews(event)) letGo();
  else if (isTyping(document.activeElement) && document.activeElement.closest("#day")) event.preventDefault();
});

document.addEventListener("htmx:after:request", (event) => {
  if (isOfTheDay(event)) sayLost(event.detail.ctx.response.status >= 500);
});

document.addEventListener("htmx:error", (event) => {
  if (isOfTheDay(event)) sayLost(true);
});

document.addEventListener("htmx:after:swap", (event) => {
  // The button pressed may be gone by now: a press is known by its method.
  if (isOfTheDay(event) && event.detail.ctx.request.method === "POST") keepSaid();
});
