import "htmx.org";
import "./choose.js";
import "./keys.js";
import "./menus.js";
