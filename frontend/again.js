// A form sent again after its session ended (form[data-again]): whoever signed in meanwhile, in another tab, has a new
// token, and the page still has the old one. Nothing else takes a new token by itself.
function token() {
  return document.cookie.split("; ").find((each) => each.startsWith("csrftoken="))?.slice("csrftoken=".length);
}

document.addEventListener("submit", (event) => {
  const fresh = event.target.matches("form[data-again]") && token();
  if (fresh) event.target.elements.csrfmiddlewaretoken.value = fresh;
});
