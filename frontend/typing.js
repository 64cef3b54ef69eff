// Whether somebody types in `element`, so that neither a key nor a refresh gets in between.
export function isTyping(element) {
  return Boolean(element) && (element.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(element.tagName));
}
