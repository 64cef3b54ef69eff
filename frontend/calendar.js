// Draws the calendar over the page's own list: drag to move, resize, drag on free time to book. The server decides and
// says so in a sentence; whatever it refuses goes back to where it was. All times are the site's: the feed has no zone.
import { createCalendar, Interaction, ResourceTimeGrid } from "@event-calendar/core";
import { ask, post, read, say, sayWithUndo } from "./calendar_talk.js";

const REFRESH = 60_000;
const SLOT = 26; // pixels for a quarter of an hour: one line of text
const page = document.getElementById("calendar-page");
const data = JSON.parse(document.getElementById("calendar-data").textContent);
let busy = false; // while something is dragged, or the server is asked: nothing is drawn anew under the hand

const pad = (number) => String(number).padStart(2, "0");
const day = (date) => `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
const time = (date) => `${pad(date.getHours())}:${pad(date.getMinutes())}`;
const clock = (date) => `${date.getHours()}:${pad(date.getMinutes())}`;
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
  if (!told.name) return { domNodes: [node("b", clock(event.start))] }; // free time that is being chosen
  const small = node("small", `${clock(event.start)} · ${told.detail}`);
  return { domNodes: [node("b", told.name), node("i", told.word, "visually-hidden"), small] };
}

function place(event, column) {
  const { practitioner, room, version } = event.extendedProps;
  const [by, id] = (column || event.resourceIds[0]).split("-");
  const here = { practitioner, room, [by]: id };
  return {
    day: day(event.start),
    at: time(event.start),
    minutes: minutes(event.start, event.end),
    practitioner: here.practitioner,
    room: here.room,
    version,
    ...(by === "room" ? {} : { any_room: "on" }),
  };
}

async function moved({ event, newResource, oldResource, revert }) {
  if (data.by === "site" && newResource && newResource.id !== oldResource?.id) {
    revert();
    return say(data.words.otherSite, "error");
  }
  busy = true;
  const answer = await put(event.id, place(event, newResource?.id));
  busy = false;
  if (!answer.ok) revert();
  await refresh(!answer.ok);
}

// One press: the answer is told, a question is asked, and what was done can be taken back.
async function put(id, fields) {
  let answer = await post(data.move.replace("/0/", `/${id}/`), fields, data.words);
  if (answer.ask && (await ask(answer.ask))) {
    answer = await post(data.move.replace("/0/", `/${id}/`), { ...fields, sure: "on" }, data.words);
  }
  if (answer.ok) sayWithUndo(answer.said, data.words.undo, () => undo(id, answer.undo));
  else if (answer.said) say(answer.said, "error");
  else say("");
  return answer;
}

async function undo(id, fields) {
  await put(id, fields);
  await refresh();
}

function book({ start, end, resource }) {
  const address = new URLSearchParams({ day: day(start), at: time(start), minutes: minutes(start, end) });
  const [by, id] = (resource?.id ?? "").split("-");
  if (by === "practitioner" || by === "room") address.set(by, id);
  address.set("next", data.back);
  location.assign(`${data.book}?${address}`);
}

async function refresh(quiet = false) {
  const fresh = await read(data.feed);
  if (busy) return;
  if (fresh.signedOut) return say(data.words.signedOut, "error");
  if (!fresh.events) return quiet ? undefined : say(data.words.unread, "error");
  if (fresh.today !== data.today && data.follows) return location.reload();
  calendar.setOption("resources", fresh.columns);
  calendar.setOption("events", fresh.events);
}

const grabs = { eventDragStart: () => (busy = true), eventResizeStart: () => (busy = true) };
const lets = { eventDragStop: () => (busy = false), eventResizeStop: () => (busy = false) };
const named = (date) => data.days[day(date)] ?? day(date);
const week = data.view === "week";

function draw() {
  return createCalendar(document.getElementById("calendar"), [ResourceTimeGrid, Interaction], {
    ...grabs,
    ...lets,
    view: week ? "resourceTimeGridWeek" : "resourceTimeGridDay",
    date: data.date,
    timeZone: data.offset, // for the line that is now; the times of events carry no zone
    locale: data.locale,
    resources: data.columns,
    events: data.events,
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
    slotLabelFormat: clock,
    eventTimeFormat: clock,
    dayHeaderFormat: named,
    dayHeaderAriaLabelFormat: named,
    editable: false,
    selectable: true,
    selectMinDistance: 6,
    unselectAuto: true,
    eventContent: content,
    eventClick: ({ event }) => location.assign(data.open.replace("/0/", `/${event.id}/`)),
    eventDrop: moved,
    eventResize: moved,
    select: book,
  });
}

let calendar;
if (!page.matches(".is-auto") || window.matchMedia("(width >= 768px)").matches) {
  calendar = draw();
  page.classList.add("is-drawn");
  for (const link of document.querySelectorAll("#shape a")) {
    if (link.dataset.key === "c") link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  setInterval(() => document.hidden || busy || refresh(true), REFRESH);
  document.addEventListener("visibilitychange", () => document.hidden || busy || refresh(true));
}

document.getElementById("calendar-filter").addEventListener("change", (event) => event.currentTarget.requestSubmit());
