// What the calendar and the server say to each other, and what the person is told of it.
const said = document.getElementById("said");
const UNDO = 10_000;
let fading;

// The answer in JSON as { ok, said, ask, undo, follow }; a page instead of it, or none, becomes a sentence.
export async function post(address, fields, words) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  try {
    const answer = await fetch(address, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRFToken": token },
      body: new URLSearchParams(fields),
    });
    const told = await json(answer);
    if (told) return { ...told, ok: answer.ok };
    return { ok: false, said: answer.status === 403 ? words.signedOut : words.broken };
  } catch {
    return { ok: false, said: words.unknown }; // no answer, or half of one
  }
}

// The feed, or { signedOut } when the sign-in page came instead, or nothing when nothing came.
export async function read(address) {
  try {
    const answer = await fetch(address, { cache: "no-store", headers: { Accept: "application/json" } });
    return (await json(answer)) ?? { signedOut: answer.redirected };
  } catch {
    return {};
  }
}

async function json(answer) {
  return answer.headers.get("Content-Type")?.includes("json") ? answer.json() : null;
}

// A sentence that stays until it is put away, or until the next one; `follow` is a link that goes on from there.
export function say(words, kind = "success", follow = undefined) {
  clearTimeout(fading);
  const strip = document.createElement("div");
  strip.className = `message ${kind}`;
  const sentence = document.createElement("span");
  sentence.textContent = words;
  strip.append(sentence);
  if (follow) strip.append(link(follow));
  if (kind === "error") strip.append(dismiss());
  said.replaceChildren(...(words ? [strip] : []));
  return strip;
}

function link({ url, words }) {
  const made = document.createElement("a");
  made.className = "btn btn-sm btn-quiet";
  made.href = url;
  made.textContent = words;
  return made;
}

function dismiss() {
  const box = document.createElement("input");
  box.type = "checkbox";
  box.className = "dismiss";
  box.ariaLabel = said.dataset.dismiss;
  return box;
}

export function sayWithUndo(words, follow, label, undo) {
  const strip = say(words, "success", follow);
  // The key undoes the last thing done, no longer what a message still tells from the page before.
  for (const older of document.querySelectorAll('[data-key="u"]')) delete older.dataset.key;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm btn-quiet";
  button.dataset.key = "u";
  button.textContent = label;
  button.addEventListener("click", () => {
    strip.remove();
    undo();
  });
  strip.append(button);
  fade(strip);
}

// After ten seconds it goes, with its button, but not from under a hand or a focus.
export function fade(strip) {
  clearTimeout(fading);
  fading = setTimeout(() => (strip.matches(":hover, :focus-within") ? fade(strip) : strip.remove()), UNDO);
}

// A question in a dialog; whether it was answered with yes. Esc is no.
export function ask(words) {
  const dialog = document.getElementById("ask");
  document.getElementById("ask-words").textContent = words;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true });
  });
}

const shown = said.querySelector("[data-undo]");
if (shown) fade(shown);
