// htmx listens a moment after the keys do. What somebody typed into a box in between counts as well, as soon as the box
// is listened to.
document.addEventListener("htmx:after:init", ({ target }) => {
  if (target !== document.activeElement || target.value === undefined || target.value === target.defaultValue) return;
  target.dispatchEvent(new Event("input", { bubbles: true }));
});
