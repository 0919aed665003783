// The text pane: CodeMirror with the draft, its history the only one of the page.
import {
  Annotation, Compartment, Decoration, EditorState, EditorView, HighlightStyle, StateEffect,
  StateField, StreamLanguage, autocompletion, bracketMatching, completionKeymap, defaultKeymap,
  drawSelection, highlightActiveLine, highlightActiveLineGutter, highlightSelectionMatches,
  highlightSpecialChars, history, historyField, historyKeymap, indentService, indentUnit, keymap, lineNumbers, lintKeymap, redo,
  redoDepth, search, searchKeymap, setDiagnostics, syntaxHighlighting, tags, undo, undoDepth,
} from "../built/parts.js";
import { _ } from "../words.js";
import { flowLanguage } from "./colours.js";
import { foldOthers, folding } from "./folding.js";
import { kept } from "./kept.js";
import { offsetOf, textOf } from "./rebase.js";

// On every transaction that brings what the server has: it is no edit of this page.
export const fromServer = Annotation.define();
export const HISTORY = { history: historyField };

const COLOURS = {
  comment: tags.comment, string: tags.string, number: tags.number, keyword: tags.keyword,
  declare: tags.definitionKeyword, name: tags.variableName,
};
const language = StreamLanguage.define({ ...flowLanguage, tokenTable: COLOURS });
const classes = HighlightStyle.define(
  Object.entries(COLOURS).map(([name, tag]) => ({ tag, class: name })),
);
const isNote = (line) => /^\s*#/.test(line.text);

// Where each step begins, kept right while somebody types: `[{id, from}]` in the order of the text.
const setSteps = StateEffect.define();
const stepsField = StateField.define({
  create: () => [],
  update(steps, change) {
    let now = steps;
    if (change.docChanged)
      now = steps.map((one) => ({ id: one.id, from: change.changes.mapPos(one.from, 1) }));
    for (const effect of change.effects) if (effect.is(setSteps)) now = effect.value;
    return now;
  },
});

const setMarked = StateEffect.define();
const marked = StateField.define({
  create: () => Decoration.none,
  update(lines, change) {
    let now = lines.map(change.changes);
    for (const effect of change.effects)
      if (effect.is(setMarked))
        now = Decoration.set(
          effect.value.map((from) => Decoration.line({ class: "cm-chosen" }).range(from)),
        );
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});

// The step that a line belongs to: the last that begins above, where no other declaration does; a note
// belongs to the step below it.
function stepAt(state, at) {
  const steps = state.field(stepsField);
  let line = state.doc.lineAt(at);
  if (isNote(line)) {
    let next = line;
    while (isNote(next) && next.number < state.doc.lines) next = state.doc.line(next.number + 1);
    if (steps.some((one) => one.from >= next.from && one.from <= next.to)) line = next;
  }
  const begun = steps.filter((one) => one.from <= line.to);
  if (!begun.length) return null;
  const step = begun.reduce((last, one) => (one.from >= last.from ? one : last));
  for (let n = line.number; n > state.doc.lineAt(step.from).number; n -= 1)
    if (/^[^\s#]/.test(state.doc.line(n).text)) return null;
  return step.id;
}

// Where the lines of a step begin: from its own to the next step's note.
function linesOf(doc, steps, id) {
  const step = steps.find((one) => one.id === id);
  if (step === undefined) return [];
  const first = doc.lineAt(step.from).number;
  const starts = new Set(steps.map((one) => doc.lineAt(one.from).number));
  const found = [];
  for (let n = first; n <= doc.lines; n += 1) {
    const line = doc.line(n);
    if (n > first && (starts.has(n) || /^[^\s#]/.test(line.text))) break;
    found.push(line);
  }
  while (found.length > 1 && (isNote(found.at(-1)) || !found.at(-1).text.trim())) found.pop();
  return found.map((line) => line.from);
}

// Scrolls the pane and nothing around it.
function scrollNear(view, at) {
  const scroller = view.scrollDOM;
  const block = view.lineBlockAt(at);
  const top = block.top + view.documentPadding.top;
  const room = Math.min(48, scroller.clientHeight / 4);
  const [first, last] = [scroller.scrollTop + room, scroller.scrollTop + scroller.clientHeight - room];
  if (top < first || top + block.height > last)
    scroller.scrollTop = Math.max(0, top - scroller.clientHeight / 3);
}

// A new line stands below the one before; behind a colon it stands deeper.
const indentation = indentService.of((context, at) => {
  const line = context.state.doc.lineAt(at);
  const before = context.lineAt(at, -1);
  const head = before.from < line.from || at > line.from ? before.text : line.text;
  const width = /^ */.exec(head)[0].length;
  return width + (/:\s*(#.*)?$/.test(head) ? context.unit : 0);
});

function problemsIn(state, problems) {
  return problems.map((one) => {
    const from = offsetOf(state.doc, one.line, one.column);
    const to = offsetOf(state.doc, one.end_line, one.end_column);
    return {
      from, to: Math.max(from, to), severity: one.severity === "error" ? "error" : "warning",
      source: one.code, message: one.hint ? `${one.message} ${one.hint}` : one.message,
    };
  });
}

// A line ends with LF here and with nothing else, as on the wire: a CR alone, and all else that nobody sees,
// is a character in its line, and is shown.
const lines = [
  EditorState.lineSeparator.of("\n"),
  EditorView.clipboardInputFilter.of((text) => text.replace(/\r\n?/g, "\n")),
  highlightSpecialChars({
    render(code, _description, sign) {
      const shown = document.createElement("span");
      shown.className = "cm-specialChar";
      shown.textContent = sign;
      shown.title = _("Invisible character U+{code}", { code: code.toString(16).toUpperCase().padStart(4, "0") });
      shown.setAttribute("aria-label", shown.title);
      return shown;
    },
  }),
];

// CodeMirror's own words, in the reader's language.
const phrases = () => ({
  Find: _("Find"), Replace: _("Replace"), next: _("next"), previous: _("previous"), all: _("all"),
  "match case": _("match case"), "by word": _("by word"), regexp: _("regular expression"),
  replace: _("replace"), "replace all": _("replace all"), close: _("close"),
  "current match": _("current match"), "on line": _("on line"), "Go to line": _("Go to line"),
  go: _("go"), Diagnostics: _("Problems"), "No diagnostics": _("No problems"),
  Completions: _("Suggestions"),
});

export function start(page) {
  const readOnly = new Compartment();
  const locked = () => EditorState.readOnly.of(page.readOnly);
  const act = (name) => () => (page[name](), true);

  const followed = EditorView.updateListener.of((update) => {
    const own = !update.transactions.some((one) => one.annotation(fromServer));
    if (own && update.view.hasFocus && (update.selectionSet || update.docChanged)) {
      const id = stepAt(update.state, update.state.selection.main.head);
      page.emit("text", id);
      if (id !== null && (id !== page.selected[0] || page.selected.length > 1))
        page.select([id], { from: "text" });
    }
    if (update.docChanged) {
      for (const [name, depth] of [["undo", undoDepth], ["redo", redoDepth]])
        for (const button of page.element.querySelectorAll(`button[data-do=${name}]`))
          button.setAttribute("aria-disabled", String(depth(update.state) === 0));
    }
  });

  const extensions = [
    lines, lineNumbers(), highlightActiveLineGutter(), highlightActiveLine(), drawSelection(),
    history({ minDepth: 1000 }), bracketMatching(), folding(), search({ top: true }), highlightSelectionMatches(),
    autocompletion({ override: [(context) => page.complete?.(context) ?? null] }),
    language, syntaxHighlighting(classes), indentUnit.of("  "), indentation,
    keymap.of([
      { key: "Mod-s", run: act("save"), preventDefault: true },
      ...completionKeymap, ...searchKeymap, ...historyKeymap, ...lintKeymap, ...defaultKeymap,
    ]),
    EditorState.phrases.of(phrases()), readOnly.of(locked()), stepsField, marked, followed,
    EditorView.cspNonce.of(document.querySelector("[nonce]")?.nonce ?? ""),
    EditorView.contentAttributes.of({ "aria-label": _("Text of the flow"), spellcheck: "false", tabindex: "0" }),
    // An undo out of the drawing must not move the window to the text.
    EditorView.scrollHandler.of((view, range) => {
      if (view.hasFocus) return false;
      scrollNear(view, range.head);
      return true;
    }),
  ];

  const before = kept(page);
  let state;
  if (before !== null) state = EditorState.fromJSON(before.editor, { extensions }, HISTORY);
  else state = EditorState.create({ doc: textOf(page.data.text), extensions });
  page.before = before;

  const place = document.getElementById("text");
  place.replaceChildren();
  place.removeAttribute("tabindex");
  page.view = new EditorView({ state, parent: place });
  page.undo = () => undo(page.view);
  page.redo = () => redo(page.view);

  const mark = (scroll, steps = page.view.state.field(stepsField), ...effects) => {
    const lines = page.selected.flatMap((id) => linesOf(page.view.state.doc, steps, id));
    const ordered = [...new Set(lines)].sort((one, other) => one - other);
    page.view.dispatch({ effects: [...effects, setMarked.of(ordered)] });
    if (scroll && ordered.length) scrollNear(page.view, ordered[0]);
  };
  page.on("select", ({ from, scroll }) => mark(scroll && from !== "text"));
  page.on("answer", (answer) => {
    if (page.readOnly !== page.view.state.readOnly)
      page.view.dispatch({ effects: readOnly.reconfigure(locked()) });
    if (!answer.drawing) return;
    const steps = page.steps
      .slice(0, -1) // the end has no line of its own
      .filter((one) => one[3] > 0 && one[3] <= page.answered.lines)
      .map(([id, , , line]) => ({ id, from: page.nowAt(page.answered.line(line).from) }));
    mark(false, steps, setSteps.of(steps));
  });
  page.element.addEventListener("click", (event) => {
    const link = event.target.closest("[data-to-line]");
    if (link === null) return;
    const at = offsetOf(page.view.state.doc, Number(link.dataset.toLine), 1);
    page.view.focus();
    page.view.dispatch({ selection: { anchor: at } });
    scrollNear(page.view, at);
  });
  page.on("ready", () => {
    if (!page.steps.length) return;
    const head = page.answered.line(Math.min(page.steps[0][3], page.answered.lines)).from;
    foldOthers(page.view, page.view.state.doc.lineAt(page.nowAt(head)).number);
  });
  page.on("problems", (problems) =>
    page.view.dispatch(setDiagnostics(page.view.state, problemsIn(page.view.state, problems))),
  );
}
