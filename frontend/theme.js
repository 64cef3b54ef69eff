// Runs in <head>, before the first paint: the chosen theme, or the system's when none was chosen; and where the page
// opens.
const root = document.documentElement;
const system = window.matchMedia("(prefers-color-scheme: dark)");

function apply() {
  const chosen = root.dataset.theme;
  const dark = chosen === "dark" || (chosen !== "light" && system.matches);
  root.dataset.bsTheme = dark ? "dark" : "light";
}

apply();
system.addEventListener("change", apply);

// A button that has the focus from the start is for Enter. Under a finger it would only scroll the heading out of view.
// A page that one comes back to is where it was.
const finger = window.matchMedia("(hover: none) and (pointer: coarse)").matches;
if (finger && performance.getEntriesByType("navigation")[0]?.type === "navigate") {
  const stay = ({ target }) => {
    if (!target.matches("a[autofocus], button[autofocus]")) return;
    target.blur();
    window.scrollTo(0, 0); // the browser has scrolled already, and has painted nothing yet
  };
  document.addEventListener("focusin", stay);
  window.addEventListener("pageshow", () => requestAnimationFrame(() => document.removeEventListener("focusin", stay)));
}
