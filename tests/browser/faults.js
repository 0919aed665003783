// What an eye would call a fault on a page, each found by measuring; gives sentences.
// Run inside of the page. `skip` are selectors of what is somebody else's (a mail, a picture).
(skip) => {
  const found = [];
  const tell = (what, element, more = "") => {
    const name = element.id ? `#${element.id}` : element.className?.baseVal ?? `.${element.className}`;
    const words = (element.value || element.textContent || "").trim().replace(/\s+/g, " ").slice(0, 50);
    found.push(`${what}: <${element.tagName.toLowerCase()} ${name}> “${words}”${more ? ` ${more}` : ""}`);
  };
  const style = (element) => getComputedStyle(element);
  const foreign = (element) => skip.some((one) => element.closest(one));
  const shown = (element) => {
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
    if (element.closest("[inert],[aria-hidden=true]")) return false;
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0;
  };
  // For screen readers only: 1 x 1 px, or far out of the window until it has the focus.
  const unseen = (element) =>
    element.closest(".unseen, .skip:not(:focus)") !== null ||
    [...ancestors(element), element].some((one) => one.clientWidth <= 1 && style(one).overflow === "hidden");
  function* ancestors(element) {
    for (let one = element.parentElement; one; one = one.parentElement) yield one;
  }
  const root = document.documentElement;
  const all = [...document.body.querySelectorAll("*")].filter((one) => !foreign(one) && shown(one));
  const dialog = document.querySelector("dialog[open]");
  const alive = all.filter((one) => !dialog || dialog.contains(one));

  // ---- text that is cut off
  const clips = (value) => value === "hidden" || value === "clip";
  const scrolls = (value) => value === "auto" || value === "scroll";
  // Only as far as one who knows: an ellipsis whose whole words are its title.
  const told = (element) =>
    [element, ...ancestors(element)].some(
      (one) => style(one).textOverflow === "ellipsis" && one.title.trim() === one.textContent.trim(),
    );
  const inside = (rect, box) =>
    rect.left >= box.left - 1.5 && rect.right <= box.right + 1.5 &&
    rect.top >= box.top - 3 && rect.bottom <= box.bottom + 3;
  function cut(element, rect) {
    const own = element.closest("button, .button, .badge, .chip, .state, summary");
    if (own && !inside(rect, own.getBoundingClientRect())) return own;
    const held = [element, ...ancestors(element)];
    for (const one of held) {
      const { overflowX, overflowY, position } = style(one);
      const box = one.getBoundingClientRect();
      const page = one === document.body || one === root;
      if (clips(overflowX) && !page && (rect.left < box.left - 1.5 || rect.right > box.right + 1.5)) return one;
      if (clips(overflowY) && !page && (rect.top < box.top - 3 || rect.bottom > box.bottom + 3)) return one;
      if (scrolls(overflowX) || scrolls(overflowY)) return null; // it can be brought into view
      if (position === "fixed") break;
    }
    if (rect.left < -1.5 || rect.right > innerWidth + 1.5) return root;
    const still = clips(style(document.body).overflowY) || clips(style(root).overflowY);
    return still && rect.bottom > innerHeight + 3 ? root : null;
  }
  for (const element of alive) {
    if (element.closest("svg, select, .cm-editor") || unseen(element)) continue;
    for (const node of element.childNodes) {
      if (node.nodeType !== Node.TEXT_NODE || !node.data.trim()) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const by = [...range.getClientRects()].map((rect) => cut(element, rect)).find((one) => one);
      if (by && !told(element)) {
        tell("text cut off", element, `by ${by.tagName.toLowerCase()}${by.id ? `#${by.id}` : `.${by.className}`}`);
        break;
      }
    }
  }
  const ruler = document.createElement("canvas").getContext("2d");
  for (const field of alive.filter((one) => one.matches("input, textarea, select, [placeholder]"))) {
    const { font, paddingLeft, paddingRight } = style(field);
    const room = field.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
    ruler.font = font;
    if (field.matches("select")) {
      const words = field.selectedOptions[0]?.label ?? "";
      if (ruler.measureText(words).width > room + 2 && field.title !== words) tell("text cut off", field, `“${words}”`);
    } else if (field.placeholder && !field.value) {
      if (ruler.measureText(field.placeholder).width > room + 2) tell("text cut off", field, `“${field.placeholder}”`);
    } else if (field.matches("textarea") && field.scrollHeight > field.clientHeight + 2) tell("text cut off", field);
  }

  // ---- scrolling
  const pageWidth = Math.max(root.scrollWidth, document.body.scrollWidth);
  if (pageWidth > innerWidth + 1) {
    const wide = all.filter((one) => one.getBoundingClientRect().right > innerWidth + 1).at(-1) ?? document.body;
    tell("page scrolls sideways", wide, `${pageWidth} px`);
  }
  const rolls = (element, axis) => {
    if (element.matches("input, textarea:not(:focus)")) return false;
    const { overflowX, overflowY } = style(element);
    return axis === "x"
      ? scrolls(overflowX) && element.scrollWidth > element.clientWidth + 1
      : scrolls(overflowY) && element.scrollHeight > element.clientHeight + 1;
  };
  const pageRolls = root.scrollHeight > innerHeight + 1 && !clips(style(document.body).overflowY) && !dialog;
  for (const element of alive) {
    if (element === document.body) continue;
    const floats = [element, ...ancestors(element)].some((one) => style(one).position === "fixed");
    for (const axis of ["x", "y"]) {
      if (!rolls(element, axis)) continue;
      const outer = [...ancestors(element)].find((one) => one !== document.body && one !== root && rolls(one, axis));
      if (outer) tell("scroll area in a scroll area", element, `in #${outer.id}.${outer.className}`);
      else if (axis === "y" && pageRolls && !floats) tell("scroll area in a scroll area", element, "in the page");
    }
  }

  // ---- targets
  const wanted = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [role=option], [role=separator][tabindex]";
  const aim = (element) => {
    let { left, top, right, bottom } = element.getBoundingClientRect();
    for (const one of ancestors(element)) {
      const { overflowX, overflowY } = style(one);
      if (overflowX === "visible" && overflowY === "visible") continue;
      if (one === document.body || one === root) continue;
      const box = one.getBoundingClientRect();
      [left, top] = [Math.max(left, box.left), Math.max(top, box.top)];
      [right, bottom] = [Math.min(right, box.right), Math.min(bottom, box.bottom)];
    }
    return { left, top, right, bottom };
  };
  const layer = (element) => {
    for (const one of [element, ...ancestors(element)]) {
      const { position, zIndex } = style(one);
      if (position === "fixed" || (position !== "static" && zIndex !== "auto")) return one;
    }
    return root;
  };
  // WCAG 2.2, 2.5.8: a link inside of a sentence is as high as its line.
  const inSentence = (element) =>
    element.matches("a") && style(element).display === "inline" &&
    [...element.parentElement.childNodes].some((one) => one !== element && one.nodeType === Node.TEXT_NODE && /[\p{L}\p{N}]/u.test(one.data));
  const targets = alive
    .filter((one) => one.matches(wanted) && !unseen(one) && !one.closest(".cm-content") && style(one).pointerEvents !== "none")
    .map((one) => ({ one, box: aim(one), layer: layer(one) }))
    .filter(({ box }) => box.right - box.left > 0 && box.bottom - box.top > 0);
  for (const { one } of targets) {
    const { width, height } = one.getBoundingClientRect();
    if ((width < 23.5 || height < 23.5) && !inSentence(one)) tell("target under 24 px", one, `${width.toFixed(0)} x ${height.toFixed(0)}`);
  }
  for (const [n, first] of targets.entries())
    for (const second of targets.slice(n + 1)) {
      if (first.layer !== second.layer || first.one.contains(second.one)) continue;
      if (first.one.matches("a") && style(first.one).display === "inline") continue;
      const wide = Math.min(first.box.right, second.box.right) - Math.max(first.box.left, second.box.left);
      const high = Math.min(first.box.bottom, second.box.bottom) - Math.max(first.box.top, second.box.top);
      if (wide > 1.5 && high > 1.5) tell("targets overlap", first.one, `and <${second.one.tagName.toLowerCase()}> “${second.one.title || second.one.textContent.trim().slice(0, 30)}”`);
    }

  // ---- contrast
  const dot = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const rgba = (colour) => {
    if (!known.has(colour)) {
      dot.clearRect(0, 0, 1, 1);
      dot.fillStyle = colour;
      dot.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = dot.getImageData(0, 0, 1, 1).data;
      known.set(colour, [r, g, b, a / 255]);
    }
    return known.get(colour);
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const light = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((one) => (one / 255 <= 0.04045 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, other) => {
    const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  function behind(element) {
    const chain = [element, ...ancestors(element)].reverse();
    let [ground, faded] = [[255, 255, 255, 1], 1];
    if (matchMedia("(prefers-color-scheme: dark)").matches) ground = [18, 18, 18, 1];
    for (const one of chain) {
      const { backgroundColor, opacity } = style(one);
      faded *= Number(opacity);
      const [r, g, b, a] = rgba(backgroundColor);
      ground = over([r, g, b, a * faded], ground);
    }
    return [ground, faded];
  }
  const off = (element) => element.closest("[disabled], [aria-disabled=true], [data-dragging]");
  for (const element of alive) {
    if (off(element) || unseen(element)) continue;
    const drawn = element.matches("svg text, svg tspan");
    if (element.closest("svg") && !drawn) continue;
    const written = [...element.childNodes].some((one) => one.nodeType === Node.TEXT_NODE && one.data.trim());
    const inks = [];
    if (written) inks.push(drawn ? style(element).fill : style(element).color);
    if (element.matches("input, textarea") && element.value) inks.push(style(element).color);
    if (element.placeholder && !element.value) inks.push(getComputedStyle(element, "::placeholder").color);
    for (const ink of inks) {
      const [ground, faded] = behind(element);
      const [r, g, b, a] = rgba(ink);
      const value = ratio(over([r, g, b, a * faded], ground), ground);
      if (value < 4.5) tell("contrast under 4.5", element, value.toFixed(2));
    }
  }

  // ---- as the browser draws it
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const plain = document.createElement("button");
  plain.style.all = "revert";
  document.body.append(plain);
  const [grey, border] = [style(plain).backgroundColor, style(plain).borderTopStyle];
  plain.remove();
  for (const element of alive) {
    const { appearance, backgroundColor, borderTopStyle, listStyleType, display } = style(element);
    if (element.matches("button, input[type=submit], input[type=button]") && (backgroundColor === grey || borderTopStyle === border))
      tell("button as the browser draws it", element);
    if (element.matches("select, input[type=checkbox], input[type=radio]") && appearance !== "none")
      tell("control as the browser draws it", element, `${appearance}${dark ? ", dark" : ""}`);
    if (element.matches("summary") && display === "list-item" && listStyleType !== "none") tell("summary as the browser draws it", element);
    if (element.matches("dialog") && borderTopStyle === "solid" && style(element).borderTopWidth === "3px") tell("dialog as the browser draws it", element);
  }
  const ring = (element) => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow, backgroundColor, borderTopColor } = style(element);
    return [outlineStyle, outlineStyle === "none" ? "" : `${outlineWidth} ${outlineColor}`, boxShadow, backgroundColor, borderTopColor].join("|");
  };
  const had = document.activeElement;
  for (const { one } of targets.slice(0, 80)) {
    if (one.disabled || one.tabIndex < 0) continue;
    had?.blur?.();
    const before = ring(one);
    one.focus({ preventScroll: true, focusVisible: true });
    if (document.activeElement !== one) continue;
    const { outlineStyle } = style(one);
    if (outlineStyle === "auto") tell("focus as the browser draws it", one);
    else if (ring(one) === before) tell("focus that nobody sees", one);
    one.blur();
  }
  had?.focus?.({ preventScroll: true });

  const shift = (window.shifts ?? []).reduce((sum, one) => sum + one.value, 0);
  if (shift > 0.02) found.push(`layout shift: ${shift.toFixed(3)} by ${[...new Set(window.shifts.flatMap((one) => one.by))].join(", ")}`);
  return [...new Set(found)];
}
