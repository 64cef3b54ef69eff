// Runs in <head>, before the first paint: the chosen theme, or the system's when none was chosen.
const root = document.documentElement;
const system = window.matchMedia("(prefers-color-scheme: dark)");

function apply() {
  const chosen = root.dataset.theme;
  const dark = chosen === "dark" || (chosen !== "light" && system.matches);
  root.dataset.bsTheme = dark ? "dark" : "light";
}

apply();
system.addEventListener("change", apply);
