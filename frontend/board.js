// On the day board up and down go through the appointments by time, whatever their column. With nothing in focus they
// enter it at the appointment nearest to now that still has a step to take, so that its key is the next one pressed.
import { areOff } from "./keys.js";

function place(card) {
  return card.getBoundingClientRect();
}

function byTime(board) {
  const cards = [...board.querySelectorAll("[data-keys]")].filter((card) => card.checkVisibility());
  return cards.sort((one, other) => place(one).top - place(other).top || place(one).left - place(other).left);
}

function nearest(board, cards) {
  const line = board.querySelector(".now");
  const open = cards.filter((card) => card.querySelector("button[data-key]"));
  if (!line || !open.length) return cards[0];
  const now = place(line).top;
  const far = (card) => Math.abs(place(card).top - now);
  return open.reduce((best, card) => (far(card) < far(best) ? card : best));
}

document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const board = document.querySelector(".board");
  if (!step || !board || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || areOff()) return;
  const here = event.target.closest(".board [data-keys]");
  if (!here && event.target !== document.body && event.target.id !== "main") return;
  if (document.querySelector("dialog[open]")) return;
  const cards = byTime(board);
  const next = here ? cards[cards.indexOf(here) + step] : nearest(board, cards);
  if (!next) return;
  event.preventDefault();
  next.querySelector("a").focus();
});
