// Words of a line by kind, as `editor/highlight.py` has them: each piece is `[kind, text]`.
const TOKEN = new RegExp(
  String.raw`(?<comment>#.*)|(?<string>"(?:\\.|[^"\\])*"?)` +
    String.raw`|(?<number>(?<![\p{L}\p{N}_])(?:\p{Nd}{4}-\p{Nd}\p{Nd}-\p{Nd}\p{Nd}(?: \p{Nd}\p{Nd}:\p{Nd}\p{Nd})?` +
    String.raw`|\p{Nd}\p{Nd}:\p{Nd}\p{Nd}|\p{Nd}\p{Nd}-\p{Nd}\p{Nd}(?![\p{L}\p{N}_])|\p{Nd}[\p{Nd}_]*(?:\.\p{Nd}+)?%?))` +
    String.raw`|(?<word>(?!\p{Nd})[\p{L}\p{N}_][\p{L}\p{N}_]*(?:-enter)?)`,
  "gsu",
);
const DECLARES = /^(?:store|customer|product|event|webhook|score|coupon|segment|flow|test)$/;
const KEYWORDS = new RegExp(
  "^(?:about|enter|when|or|per|for|each|item|where|who|every|days?|weeks?|months?|years?|at|once" +
    "|on|manually|only|if|re-enter|never|always|after|exit|go|to|goal|within|holdout|priority" +
    "|quiet|hours?|transactional|moved|wait|until|up|else|switch|case|experiment|as|repeat|times?" +
    "|send|show|notify|with|call|set|clear|add|remove|tag|give|subscribe|unsubscribe|from|track" +
    "|start|stop|and|not|in|is|did|count|of|sum|average|min|max|latest|since|last|least|most" +
    "|contains|starts|ends|has|can|receive|be|tracked|joins|leaves|price|drops|by|stock|falls" +
    "|below|back|best|given|ago|run|expect|no|reached|missed|all|any|none|before|minutes?" +
    "|products|bought|similar|bestsellers|recently|viewed|dearer|than|new|arm|over|limits|anyway|winner|chosen)$",
);

function kindOfWord(line, from, word) {
  const first = line.slice(0, from).trim() === "";
  if (first && DECLARES.test(word) && !line.startsWith(" ")) return "declare";
  return KEYWORDS.test(word) && line[from + word.length] !== "." ? "keyword" : "name";
}

export function pieces(line) {
  const found = [];
  let at = 0;
  for (const match of line.matchAll(TOKEN)) {
    const [text] = match;
    if (match.index > at) found.push(["", line.slice(at, match.index)]);
    const kind = Object.keys(match.groups).find((name) => match.groups[name] !== undefined);
    found.push([kind === "word" ? kindOfWord(line, match.index, text) : kind, text]);
    at = match.index + text.length;
  }
  if (at < line.length) found.push(["", line.slice(at)]);
  return found;
}

// The same, one piece after the other, for CodeMirror's StreamLanguage.
export const flowLanguage = {
  name: "flow",
  startState: () => ({ line: "", ends: [] }),
  copyState: (state) => ({ ...state }),
  token(stream, state) {
    if (stream.sol() || state.line !== stream.string) {
      let end = 0;
      state.line = stream.string;
      state.ends = pieces(stream.string).map(([kind, text]) => [kind, (end += text.length)]);
    }
    const [kind, end] = state.ends.find((one) => one[1] > stream.pos);
    stream.pos = end;
    return kind || null;
  },
  languageData: { commentTokens: { line: "#" } },
};
