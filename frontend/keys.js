// Single keys. An element with data-key is pressed by its key; one that is typed in, or with data-key-focus, is focused.
// Those of one card (data-keys) count only while that card has the focus. `?` lists them all. Each person can switch
// them off.
import { isTyping } from "./typing.js";

const SPECIAL = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc" };

export function areOff() {
  return document.documentElement.dataset.keysOff !== undefined;
}

function nameOf(element) {
  const words = element.dataset.keyLabel || element.getAttribute("aria-label") || element.labels?.[0]?.textContent;
  return (words || element.textContent).trim().replace(/\s+/g, " ");
}

function fill(dialog) {
  for (const list of dialog.querySelectorAll("[data-keys-of]")) {
    const inCards = list.dataset.keysOf === "card";
    const found = new Map();
    for (const element of document.querySelectorAll("[data-key]")) {
      const key = element.dataset.key;
      if (Boolean(element.closest("[data-keys]")) === inCards && !found.has(key)) found.set(key, nameOf(element));
    }
    list.replaceChildren(...[...found].flatMap(([key, words]) => line(key, words)));
    list.parentElement.hidden = found.size === 0;
  }
}

function line(key, words) {
  const [term, meaning, cap] = ["dt", "dd", "kbd"].map((tag) => document.createElement(tag));
  cap.textContent = SPECIAL[key] || key;
  term.append(cap);
  meaning.textContent = words;
  return [term, meaning];
}

function show() {
  const dialog = document.getElementById("keys");
  fill(dialog);
  dialog.showModal();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-show-keys]")) show();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || areOff()) return;
  if (event.repeat && !event.key.startsWith("Arrow")) return;
  if (document.querySelector("dialog[open]")) return;
  const selector = `[data-key="${CSS.escape(event.key)}"]`;
  const own = event.target.closest("[data-keys]")?.querySelector(selector);
  const target = own || [...document.querySelectorAll(selector)].find((each) => !each.closest("[data-keys]"));
  if (!target) return;
  event.preventDefault();
  if (target.matches("input, [data-key-focus]")) target.focus();
  else target.click();
});

// Enter held down presses once: the page that comes may have the focus on its button already.
document.addEventListener("keydown", (event) => {
  if (event.repeat && event.key === "Enter" && event.target.closest("a, button")) event.preventDefault();
});
