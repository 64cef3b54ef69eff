// A list with rows to choose (form[data-choose]): the button says how many are chosen, the link chooses all or none.
function boxes(form) {
  return [...form.querySelectorAll("input[type=checkbox]")];
}

function showCount(form) {
  const told = form.querySelector("[data-chosen]");
  if (!told) return; // an empty list has nothing to choose
  const count = boxes(form).filter((box) => box.checked).length;
  told.textContent = count ? `(${count})` : "";
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-choose]");
  if (form) showCount(form);
});

document.addEventListener("click", (event) => {
  const form = event.target.closest("[data-choose-all]")?.closest("form");
  if (!form) return;
  event.preventDefault();
  const all = boxes(form).every((box) => box.checked);
  for (const box of boxes(form)) box.checked = !all;
  showCount(form);
});

// Also when the browser brings the page back with its boxes as they were.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-choose]").forEach(showCount);
});
