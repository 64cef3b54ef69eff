import "htmx.org";
import "./choose.js";
import "./find.js";
import "./keep.js";
import "./keys.js";
import "./live.js";
import "./menus.js";
import "./print.js";
