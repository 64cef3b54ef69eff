// The next step's button stands where the last one stood. A second click of the same hand is not the next step: for a
// moment that button takes no click. Keys have a letter for each step and need no guard.
const MOMENT = 700; // milliseconds, longer than anybody's double click

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const next = ctx.request.method === "POST" && ctx.sourceElement.id && document.getElementById(ctx.sourceElement.id);
  if (!next || !next.matches("button")) return;
  next.setAttribute("aria-disabled", "true");
  setTimeout(() => next.removeAttribute("aria-disabled"), MOMENT);
});

document.addEventListener(
  "click",
  (event) => {
    if (!event.detail || !event.target.closest('button[aria-disabled="true"]')) return; // pressed by a key: no detail
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);
