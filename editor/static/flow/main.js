// The page of a flow, begun with all its parts: what draws and what is typed first, what asks the server last.
import { start as changes } from "./changes.js";
import { start as choosing } from "./choosing.js";
import { start as clipboard } from "./clipboard.js";
import { start as commands } from "./commands.js";
import { start as conflict } from "./conflict.js";
import { start as dragging } from "./dragging.js";
import { start as drawing } from "./drawing.js";
import { start as ending } from "./ending.js";
import { start as exporting } from "./exporting.js";
import { start as finding } from "./finding.js";
import { start as following } from "./following.js";
import { start as inspector } from "./inspector.js";
import { start as keys } from "./keys.js";
import { start as menu } from "./menu.js";
import { start as minimap } from "./minimap.js";
import { start as numbers } from "./numbers.js";
import { boot } from "./page.js";
import { start as picker } from "./picker.js";
import { start as publish } from "./publish.js";
import { start as sync } from "./sync.js";
import { start as tests } from "./tests.js";
import { start as text } from "./text.js";
import { start as trying } from "./trying.js";
import { start as whatif } from "./whatif.js";
import { start as zoom } from "./zoom.js";

boot([
  drawing, text, zoom, choosing, commands, picker, keys, clipboard, dragging, finding, minimap, menu, exporting,
  inspector, changes, conflict, trying, tests, numbers, whatif, ending, sync, following, publish,
]);
