import "htmx.org";
import "./arrows.js";
import "./choose.js";
import "./find.js";
import "./keep.js";
import "./keys.js";
import "./menus.js";
