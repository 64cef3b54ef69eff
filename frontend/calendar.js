// Draws the calendar over the page's own list: drag to move, resize, drag on free time to book. The server decides and
// says so in a sentence; whatever it refuses goes back to where it was. All times are the site's: the feed has no zone.
import { createCalendar, Interaction, ResourceTimeGrid } from "@event-calendar/core";
import { ask, post, read, say, sayWithUndo } from "./calendar_talk.js";

const REFRESH = 60_000;
const SLOT = 26; // pixels for a quarter of an hour: one line of text
const page = document.getElementById("calendar-page");
const data = JSON.parse(document.getElementById("calendar-data").textContent);
const versions = new Map(); // of each appointment, as the server told them last
let held = false; // while something is dragged, nothing is drawn anew under the hand
let asking = 0; // nor while the server is asked
let reading = 0; // counts what is asked: an answer that another press or reading has overtaken is not drawn
let drawn = "";
let lost; // the sentence that says it could not be read, as long as that is so
let turn = Promise.resolve(); // one act after the other: the next one knows the version that the last one made

const pad = (number) => String(number).padStart(2, "0");
const day = (date) => `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
const time = (date) => `${pad(date.getHours())}:${pad(date.getMinutes())}`;
const minutes = (from, until) => Math.round((until - from) / 60_000);

function node(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function content({ event }) {
  const told = event.extendedProps;
  if (event.display === "background") return { domNodes: told.label ? [node("span", told.label)] : [] };
  if (!told.name) return { domNodes: [node("b", time(event.start))] }; // free time that is being chosen
  // Without columns of their own the card says who and where.
  const small = node("small", `${time(event.start)} · ${data.by === "site" ? told.where : told.detail}`);
  const name = node("b", "");
  name.append(node("span", told.name, "whole"), node("span", told.surname, "brief"));
  return { domNodes: [name, node("i", told.word, "visually-hidden"), small] };
}

function place(event, column) {
  const { practitioner, room } = event.extendedProps;
  const [by, id] = (column || event.resourceIds[0]).split("-");
  const here = { practitioner, room, [by]: id };
  return {
    day: day(event.start),
    at: time(event.start),
    minutes: minutes(event.start, event.end),
    practitioner: here.practitioner,
    room: here.room,
    ...(by === "room" ? {} : { any_room: "on" }),
  };
}

async function moved({ event, newResource, oldResource, revert }) {
  if (data.by === "site" && newResource && newResource.id !== oldResource?.id) {
    revert();
    return say(data.words.otherSite, "error");
  }
  const answer = await put(event.id, place(event, newResource?.id));
  if (!answer.ok) revert();
  await refresh(!answer.ok);
}

function put(id, fields) {
  asking += 1;
  reading += 1;
  const answered = turn.then(() => send(id, fields)).finally(() => (asking -= 1));
  turn = answered.catch(() => undefined);
  return answered;
}

// One press: the answer is told, a question is asked, and what was done can be undone.
async function send(id, fields) {
  const address = data.move.replace("/0/", `/${id}/`);
  const known = { ...fields, version: fields.version ?? versions.get(id) };
  let answer = await post(address, known, data.words);
  if (answer.ask && (await ask(answer.ask))) answer = await post(address, { ...known, sure: "on" }, data.words);
  if (answer.ok) {
    versions.set(id, answer.undo.version);
    sayWithUndo(answer.said, answer.follow, data.words.undo, () => undo(id, answer.undo));
  } else say(answer.said ?? "", "error", answer.follow);
  return answer;
}

async function undo(id, fields) {
  const answer = await put(id, fields);
  await refresh(!answer.ok);
}

function book({ start, end, resource }) {
  const address = new URLSearchParams({ day: day(start), at: time(start), minutes: minutes(start, end) });
  const [by, id] = (resource?.id ?? "").split("-");
  if (by === "practitioner" || by === "room") address.set(by, id);
  address.set("next", data.back);
  location.assign(`${data.book}?${address}`);
}

async function refresh(quiet = false) {
  const mine = ++reading;
  const fresh = await read(data.feed);
  if (held || asking || mine !== reading) return;
  if (!fresh.events) {
    if (!quiet) lost = say(fresh.signedOut ? data.words.signedOut : data.words.unread, "error");
    return;
  }
  lost?.remove();
  if (fresh.today !== data.today && data.follows) location.reload();
  else show(fresh);
}

// Draws what has changed; what has the focus keeps it.
function show(fresh) {
  for (const event of fresh.events) versions.set(event.id, event.extendedProps?.version);
  const told = JSON.stringify(fresh.events);
  if (told === drawn) return;
  drawn = told;
  const focused = document.activeElement?.dataset.event;
  calendar.setOption("resources", fresh.columns);
  calendar.setOption("events", fresh.events);
  if (focused) requestAnimationFrame(() => document.querySelector(`[data-event="${focused}"]`)?.focus());
}

const hold = () => (held = true);
const release = () => (held = false);
const grips = { eventDragStart: hold, eventDragStop: release, eventResizeStart: hold, eventResizeStop: release };
const named = (date) => data.days[day(date)] ?? day(date);
const week = data.view === "week";

function draw() {
  return createCalendar(document.getElementById("calendar"), [ResourceTimeGrid, Interaction], {
    ...grips,
    view: week ? "resourceTimeGridWeek" : "resourceTimeGridDay",
    date: data.date,
    timeZone: data.offset, // for the line that is now; the times of events carry no zone
    locale: data.locale,
    resources: data.columns,
    datesAboveResources: week,
    columnWidth: week && data.columns.length > 1 ? "minmax(6.5rem, 1fr)" : "minmax(8.5rem, 1fr)",
    hiddenDays: week ? data.hidden : [],
    firstDay: 1,
    allDaySlot: false,
    headerToolbar: { start: "", center: "", end: "" },
    buttonText: { prev: "", next: "" },
    slotDuration: "00:15",
    slotLabelInterval: "01:00",
    slotHeight: SLOT,
    snapDuration: `00:${pad(data.grid)}`,
    slotMinTime: data.from,
    slotMaxTime: data.until,
    scrollTime: data.from,
    slotEventOverlap: false,
    nowIndicator: true,
    slotLabelFormat: time,
    eventTimeFormat: time,
    dayHeaderFormat: named,
    dayHeaderAriaLabelFormat: named,
    editable: false,
    selectable: true,
    selectMinDistance: 6,
    unselectAuto: true,
    eventContent: content,
    eventDidMount: ({ el, event }) => {
      el.dataset.event = event.id;
      const { name, detail, where } = event.extendedProps;
      if (name) el.title = [name, detail, where].join(" · ");
    },
    eventClick: ({ event }) => location.assign(data.open.replace("/0/", `/${event.id}/`)),
    eventDrop: moved,
    eventResize: moved,
    select: book,
  });
}

let calendar;
if (!page.matches(".is-auto") || window.matchMedia("(width >= 768px)").matches) {
  calendar = draw();
  show(data);
  page.classList.add("is-drawn");
  document.querySelector(".ec-main").tabIndex = 0; // it scrolls, also for those without a mouse
  for (const link of document.querySelectorAll("#shape a")) {
    if (link.dataset.key === "c") link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  setInterval(() => document.hidden || refresh(), REFRESH);
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
  window.addEventListener("pageshow", ({ persisted }) => persisted && refresh());
}

// With the mouse a choice filters at once; by keyboard each arrow is a choice, so Enter or the button does it.
const filter = document.getElementById("calendar-filter");
let byPointer = false;
filter.addEventListener("pointerdown", () => (byPointer = true));
filter.addEventListener("keydown", () => (byPointer = false));
filter.addEventListener("change", () => byPointer && filter.requestSubmit());
