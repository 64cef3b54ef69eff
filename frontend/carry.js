// Somebody who is not found (a[data-carry]): the link takes along what stands in the search box when it is pressed, also
// what was typed so lately that the list under the box does not know of it yet.
document.addEventListener(
  "click",
  (event) => {
    const link = event.target.closest("a[data-carry]");
    if (!link) return;
    const own = link.closest("form[data-find]")?.querySelector("input");
    const box = own ?? document.querySelector("main form:not([data-find]) input[name=q]");
    const address = new URL(link.href);
    if (box?.value.trim()) address.searchParams.set("q", box.value.trim());
    else address.searchParams.delete("q");
    link.href = address;
  },
  { capture: true },
);
