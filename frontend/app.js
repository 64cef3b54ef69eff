import "htmx.org";
import "./choose.js";
import "./keys.js";
import "./live.js";
import "./menus.js";
import "./print.js";
