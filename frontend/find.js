// The search box of every page (form[data-find]): what htmx brings under it is a list the arrows go through. Without
// this the box is a plain search. Esc closes the list and keeps the text; the next Esc leaves the box.
import Combobox from "@github/combobox-nav";

function wire(form) {
  const input = form.querySelector("input");
  const panel = form.querySelector(".found-under");
  let combobox = null;
  // An answer that arrives after Esc or a click elsewhere must not open the list again.
  let wanted = false;

  function close() {
    combobox?.stop();
    panel.hidden = true;
  }

  function open() {
    if (!panel.querySelector('[role="option"], .empty')) return close();
    panel.hidden = false;
    if (combobox) combobox.start();
  }

  function adopt() {
    combobox?.destroy();
    const list = panel.querySelector('[role="listbox"]');
    combobox = list && new Combobox(input, list, { tabInsertsSuggestions: false });
  }

  adopt();
  input.addEventListener("input", () => {
    wanted = input.value.trim() !== "";
    if (!wanted) close();
  });
  input.addEventListener("htmx:after:swap", () => {
    adopt();
    if (wanted) open();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.preventDefault(); // a search field would lose its text
      if (panel.hidden) input.blur();
      wanted = false;
      close();
    } else if (event.key === "ArrowDown" && panel.hidden && input.value.trim()) {
      event.preventDefault();
      wanted = true;
      open();
    }
  });
  // The box keeps the focus while a line is pressed: a list that closes first could not be clicked.
  panel.addEventListener("mousedown", (event) => event.preventDefault());
  form.addEventListener("focusout", (event) => {
    if (form.contains(event.relatedTarget)) return;
    wanted = false;
    close();
  });
}

document.querySelectorAll("form[data-find]").forEach(wire);
