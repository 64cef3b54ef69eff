// A button that is gone once it was pressed hands the focus on to what it was about (aria-describedby): the first link in
// its card, or its heading. Else the keyboard would begin again at the top of the page.
const about = new WeakMap();

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  about.set(ctx, ctx.sourceElement.getAttribute?.("aria-describedby"));
});

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const next = document.activeElement === document.body && document.getElementById(about.get(ctx));
  if (next) (next.querySelector("a") ?? next).focus();
});
