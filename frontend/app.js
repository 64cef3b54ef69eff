import "htmx.org";
import "./arrows.js";
import "./choose.js";
import "./keys.js";
import "./menus.js";
