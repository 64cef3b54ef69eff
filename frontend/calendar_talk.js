// What the calendar and the server say to each other, and what the person is told of it.
const said = document.getElementById("said");
const UNDO = 10_000;
let fading;

// The answer in JSON as { ok, said, ask, undo }; a page instead of it, or none, becomes a sentence.
export async function post(address, fields, words) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  let answer;
  try {
    answer = await fetch(address, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRFToken": token },
      body: new URLSearchParams(fields),
    });
  } catch {
    return { ok: false, said: words.unknown };
  }
  const told = await json(answer);
  if (told) return { ...told, ok: answer.ok };
  return { ok: false, said: answer.status === 403 ? words.signedOut : words.broken };
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

export function say(words, kind = "success") {
  clearTimeout(fading);
  const strip = document.createElement("div");
  strip.className = `message ${kind}`;
  strip.textContent = words;
  said.replaceChildren(...(words ? [strip] : []));
  return strip;
}

export function sayWithUndo(words, label, undo) {
  const strip = say("");
  strip.className = "message success";
  const sentence = document.createElement("span");
  sentence.textContent = words;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm btn-quiet";
  button.dataset.key = "u";
  button.textContent = label;
  button.addEventListener("click", () => {
    strip.remove();
    undo();
  });
  strip.append(sentence, button);
  said.replaceChildren(strip);
  fade(button);
}

// After ten seconds the button goes, but not from under a hand or a focus.
export function fade(button) {
  clearTimeout(fading);
  fading = setTimeout(() => (button.matches(":hover, :focus") ? fade(button) : button.remove()), UNDO);
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

const shown = said.querySelector("[data-undo] button");
if (shown) fade(shown);
