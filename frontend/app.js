import "htmx.org";
import "./keys.js";
import "./menus.js";
