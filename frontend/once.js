// A form that is on its way is not sent once more by the second half of a double click. What htmx sends takes care of
// itself, and the server knows most presses by their key: this is for what would be written twice, such as a new patient.
const ONE_PRESS = 2_000; // milliseconds; after them no answer has come, and somebody presses again knowingly
const sent = new WeakSet();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (sent.has(form)) return event.preventDefault();
  sent.add(form);
  setTimeout(() => sent.delete(form), ONE_PRESS);
});
