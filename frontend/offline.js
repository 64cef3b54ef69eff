// A form sent while the network is gone would be answered by the browser's own page, and what was typed would be gone
// as well. It stays, a sentence (#unsent) says so, and pressing again sends it. After a time without a network the
// browser is not believed at once: the server is asked first whether it is there. This is listened to before once.js,
// which would take the second press for a double click.
const WAIT = 5_000; // milliseconds for the server to answer anything at all
let doubtful = false;

window.addEventListener("offline", () => (doubtful = true));

async function isThere() {
  try {
    await fetch("/health/", { cache: "no-store", signal: AbortSignal.timeout(WAIT) });
    return true;
  } catch {
    return false;
  }
}

function say() {
  const messages = document.getElementById("messages");
  messages.querySelector(".unsent")?.remove(); // said anew, it is read out anew; other messages keep their buttons
  messages.prepend(document.getElementById("unsent").content.cloneNode(true));
  messages.scrollIntoView({ block: "nearest" });
}

document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || form.method !== "post" || (navigator.onLine && !doubtful)) return;
  event.preventDefault();
  doubtful = !navigator.onLine || !(await isThere());
  if (doubtful) say();
  else form.requestSubmit(submitter);
});

// A button that htmx sends for: the day board tells it in its own place.
document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  const pressed = ctx?.sourceElement;
  if (!navigator.onLine && pressed?.matches("button") && !pressed.closest("#day")) say();
});
