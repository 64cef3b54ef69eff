// htmx listens a moment after the page is there. What somebody types, chooses, presses or sends in between counts as
// well, as soon as it is listened to, and the page need not be loaded anew.
let ready = false;

function later(event, element, again) {
  if (ready || !element || element.dataset.htmxPowered !== undefined) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  element.addEventListener("htmx:after:init", again, { once: true });
}

// The field that is typed in seldom listens itself: a page of dates listens to its whole form.
document.addEventListener(
  "htmx:after:process",
  () => {
    ready = true;
    const field = document.activeElement;
    if (field?.defaultValue === undefined || field.value === field.defaultValue) return;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  },
  { once: true },
);

document.addEventListener("change", ({ target }) => {
  if (ready) return;
  const again = () => target.dispatchEvent(new Event("change", { bubbles: true }));
  document.addEventListener("htmx:after:process", again, { once: true });
});

document.addEventListener(
  "click",
  (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a new tab needs nobody to listen
    const pressed = event.target.closest("a[hx-get], button[hx-get], button[hx-post]");
    later(event, pressed, () => pressed.click());
  },
  true,
);

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target.matches("[hx-get], [hx-post]") ? event.target : null;
    later(event, form, () => form.requestSubmit(event.submitter));
  },
  true,
);
