// Changes of a text between the server and this page: in lines and columns, and mapped over each other.
import { ChangeSet, Text, diff } from "../built/parts.js";

const SURROGATE = /[\ud800-\udfff]/;

export const textOf = (string) => Text.of(string.split("\n"));

// Lines and columns count from 1 and columns count code points; CodeMirror counts UTF-16 units from 0.
function placeOf(doc, at) {
  const line = doc.lineAt(at);
  const before = line.text.slice(0, at - line.from);
  return [line.number, (SURROGATE.test(before) ? [...before].length : before.length) + 1];
}

export function offsetOf(doc, number, column) {
  if (number > doc.lines) return doc.length;
  const line = doc.line(Math.max(1, number));
  const units = SURROGATE.test(line.text)
    ? [...line.text].slice(0, column - 1).join("").length
    : column - 1;
  return line.from + Math.max(0, Math.min(units, line.length));
}

// What a request says: `changes` of `doc`, all counted on `doc`.
export function editsOf(doc, changes) {
  const edits = [];
  changes.iterChanges((from, to, _begin, _end, inserted) => {
    const [line, column] = placeOf(doc, from);
    const [end_line, end_column] = placeOf(doc, to);
    edits.push({ line, column, end_line, end_column, text: inserted.toString() });
  });
  return edits;
}

export function changesOf(doc, edits) {
  const specs = edits.map((one) => ({
    from: offsetOf(doc, one.line, one.column),
    to: offsetOf(doc, one.end_line, one.end_column),
    insert: textOf(one.text),
  }));
  return ChangeSet.of(specs, doc.length);
}

// The smallest changes that make the one text the other.
export function difference(before, after) {
  const [old, now] = [before.toString(), after.toString()];
  const specs = diff(old, now, { scanLimit: 2000, timeout: 50 }).map((one) => ({
    from: one.fromA,
    to: one.toA,
    insert: textOf(now.slice(one.fromB, one.toB)),
  }));
  return ChangeSet.of(specs, before.length);
}

export const none = (doc) => ChangeSet.empty(doc.length);

// How much a change takes and brings, in characters.
export function sizeOf(changes) {
  let size = 0;
  changes.iterChanges((from, to, begin, end) => (size += to - from + end - begin));
  return size;
}

// `theirs` and `mine` change the same text: theirs for a text with mine in it, and the other way round.
export const over = (theirs, mine) => ({
  theirs: theirs.map(mine),
  mine: mine.map(theirs, true),
});
