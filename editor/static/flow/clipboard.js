// Cut, copy and paste of steps. The clipboard is flow text, so it goes between flows, tabs and people.
import { _ } from "../words.js";

const CONTINUES = /^else\b/;

// How many brackets a line leaves open; those in texts and notes are none.
function open(line) {
  const bare = line.replace(/"(?:\\.|[^"\\])*"?/g, '""').replace(/#.*/, "");
  return (bare.match(/[([]/g) ?? []).length - (bare.match(/[)\]]/g) ?? []).length;
}

const indent = (line) => /^[ \t]*/.exec(line)[0].length;
const empty = (line) => !line.trim();
const note = (line) => /^\s*#/.test(line);

// The lines of a step that begins at `first` (counted from 0): with the note above and all that stands below.
export function stepLines(lines, first, branch) {
  const deep = indent(lines[first]);
  let begin = first;
  while (begin > 0 && note(lines[begin - 1]) && indent(lines[begin - 1]) === deep) begin -= 1;
  let end = first + 1;
  let brackets = open(lines[first]);
  for (let at = end; at < lines.length; at += 1) {
    const line = lines[at];
    if (empty(line)) continue;
    const next = note(line) ? lines.slice(at).find((one) => !empty(one) && !note(one)) : line;
    const goes = branch && next !== undefined && indent(next) === deep && CONTINUES.test(next.trim());
    if (brackets <= 0 && indent(line) <= deep && !goes) break;
    brackets += open(line);
    end = at + 1;
  }
  // A note that stands as far out as the step belongs to what follows.
  return [begin, end];
}

// Without the indentation that all of the lines share.
export function dedent(text) {
  const lines = text.replace(/\r\n?/g, "\n").replace(/^\n+|\s+$/g, "").split("\n");
  const least = Math.min(...lines.filter((line) => !empty(line)).map(indent));
  return lines.map((line) => line.slice(Math.min(least, indent(line)))).join("\n");
}

export function start(page) {
  let kept = ""; // where a browser lets nobody read its clipboard

  function textOf(ids) {
    const { doc } = page.view.state;
    const lines = doc.toString().split("\n");
    const place = (id) => {
      const line = page.structure.line.get(id);
      if (!page.nowAt || !page.answered) return line - 1;
      return doc.lineAt(page.nowAt(page.answered.line(line).from)).number - 1;
    };
    const pieces = ids.map((id) => {
      const ways = /^(if|wait|unreadable)$/.test(page.step(id)?.dataset.kind);
      return stepLines(lines, place(id), ways);
    });
    const [[begin], [, end]] = [pieces[0], pieces.at(-1)];
    return `${dedent(lines.slice(begin, end).join("\n"))}\n`;
  }

  const told = () =>
    page.selected.length === 1
      ? _("Copied {step}", { step: page.name(page.selected[0]) })
      : _("Copied {count} steps", { count: page.selected.length });

  async function write(text) {
    kept = text;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Not allowed, or no safe address: this page still has it.
    }
  }

  async function insert(text, at) {
    if (empty(text)) {
      page.say(_("There is nothing to paste."));
      return;
    }
    const answer = await page.ask({ op: "insert", at, text: dedent(text) }, _("Pasted"));
    if (answer?.outcome !== "done") return;
    if (answer.select) {
      page.select([answer.select], { focus: page.hands, scroll: true, from: "insert" });
      page.say(_("Pasted {step}", { step: page.name(answer.select) }));
    }
  }

  const goal = () => {
    const plus = document.activeElement?.closest?.("button[data-insert]");
    return (plus ?? page.behind())?.dataset.insert;
  };

  page.clipboard = {
    async copy() {
      await write(textOf(page.selected));
      page.say(told());
    },
    async cut() {
      await write(textOf(page.selected));
      await page.do("delete");
    },
    async paste() {
      const at = goal();
      let text = kept;
      try {
        text = await navigator.clipboard.readText();
      } catch {
        if (!kept) {
          page.say(_("The browser does not let this page read the clipboard. Press Ctrl+V in the drawing."));
          return;
        }
      }
      await insert(text, at);
    },
  };

  const ours = (event) => {
    if (event.defaultPrevented || !page.working()) return false;
    page.meant();
    return true;
  };
  for (const name of ["copy", "cut"])
    document.addEventListener(name, (event) => {
      if (!ours(event)) return;
      const why = page.commands[name].why();
      event.preventDefault();
      if (why) {
        page.say(why);
        return;
      }
      kept = textOf(page.selected);
      event.clipboardData.setData("text/plain", kept);
      if (name === "cut") page.do("delete");
      else page.say(told());
    });
  document.addEventListener("paste", (event) => {
    if (!ours(event)) return;
    event.preventDefault();
    const plus = document.activeElement?.closest?.("button[data-insert]");
    const why = plus && !page.readOnly ? "" : page.commands.paste.why();
    if (why) page.say(why);
    else insert(event.clipboardData.getData("text/plain"), goal());
  });
}
