import "htmx.org";
import "./choose.js";
import "./find.js";
import "./keys.js";
import "./menus.js";
