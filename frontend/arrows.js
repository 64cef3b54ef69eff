// Up and down walk through the links and buttons of a list (data-arrows), also out of and back into its search box;
// what stands aside (data-aside) is passed over.
function stops(list) {
  return [...list.querySelectorAll("input[type=search], a[href]:not([data-aside]), button")].filter((each) => each.checkVisibility());
}

document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const list = event.target.closest("[data-arrows]");
  if (!step || !list || event.ctrlKey || event.metaKey || event.altKey) return;
  const every = stops(list);
  const here = every.indexOf(event.target);
  // From the search box the button beside it is passed over: the first result is what is meant.
  const search = event.target.matches("input[type=search]");
  const next = search && step === 1 ? every.find((each) => each.matches("a[href]")) : every[here + step];
  if (here < 0 || !next) return;
  event.preventDefault();
  next.focus();
});
