// The page of a flow, begun with all its parts.
import { start as drawing } from "./drawing.js";
import { start as looking } from "./looking.js";
import { boot } from "./page.js";

boot([drawing, looking]);
document.getElementById("flow").dataset.settled = "true";
