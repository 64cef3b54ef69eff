// Somebody new in the middle of a form: a link with data-keep puts aside what was typed on the page it leaves, and that
// page, when it comes back, takes it up again. It lives in this tab alone, and only while the way leads through the form
// of the new patient (form[data-keeps]): on any other page it is dropped.
const KEY = "cadenza-typed";
const LEFT_OUT = ["password", "file", "submit", "button", "reset"];

// The version goes along with what was typed over it, so that a change made meanwhile is noticed on saving.
function isTyped(field) {
  return field.name && !LEFT_OUT.includes(field.type) && (field.type !== "hidden" || field.name === "version");
}

function fields() {
  const forms = [...document.querySelectorAll("main form[method=post]")];
  return forms.flatMap((form) => [...form.elements].filter(isTyped));
}

function read(field) {
  if (["checkbox", "radio"].includes(field.type)) return field.checked;
  if (field.type === "select-multiple") return [...field.selectedOptions].map((option) => option.value);
  return field.value;
}

function write(field, value) {
  if (["checkbox", "radio"].includes(field.type)) field.checked = value;
  else if (field.type === "select-multiple") for (const option of field.options) option.selected = value.includes(option.value);
  else field.value = value;
  for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
}

function here() {
  return location.pathname + location.search;
}

function takeUp(typed) {
  const now = fields();
  typed.forEach(([name, value], position) => {
    const field = now[position];
    if (field?.name === name && JSON.stringify(read(field)) !== JSON.stringify(value)) write(field, value);
  });
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("a[data-keep]")) return;
  const typed = fields().map((field) => [field.name, read(field)]);
  if (typed.length) sessionStorage.setItem(KEY, JSON.stringify({ page: here(), typed }));
});

window.addEventListener("pageshow", () => {
  const kept = JSON.parse(sessionStorage.getItem(KEY));
  if (!kept) return;
  const isBack = kept.page === here();
  if (isBack) takeUp(kept.typed);
  if (isBack || !document.querySelector("form[data-keeps]")) sessionStorage.removeItem(KEY);
});
