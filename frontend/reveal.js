// What is wider than its box begins where one looks first: a ribbon at today, a row of names at the chosen one.
const BOXES = ".ribbon-scroll, .lane-switch";
const FIRST = "line.today, [aria-current]";

function reveal() {
  for (const box of document.querySelectorAll(BOXES)) {
    const first = box.querySelector(FIRST);
    if (!first || box.scrollLeft || box.scrollWidth <= box.clientWidth) continue;
    const from = box.getBoundingClientRect();
    const at = first.getBoundingClientRect();
    // a third from the left: more lies ahead than behind
    box.scrollLeft = at.left + at.width / 2 - from.left - from.width / 3;
  }
}

document.addEventListener("DOMContentLoaded", reveal);
document.addEventListener("htmx:after:swap", reveal);
