// How well a choice fits what somebody looks for: the lower the better, Infinity for not at all.
const NONE = Infinity;

function inOrder(query, text) {
  let at = -1;
  for (const letter of query) {
    at = text.indexOf(letter, at + 1);
    if (at < 0) return false;
  }
  return true;
}

function rank(query, text) {
  const at = text.indexOf(query);
  if (at === 0) return 0;
  if (text.includes(` ${query}`)) return 1;
  if (at > 0) return 2;
  return NONE;
}

// A title counts for more than the other words for the same thing.
export function fit(query, { title, words, kind }) {
  const wanted = query.trim().toLowerCase().replace(/\s+/g, " ");
  if (!wanted) return 0;
  const [name, others] = [title.toLowerCase(), words.toLowerCase()];
  const best = Math.min(rank(wanted, name), rank(wanted, kind.replaceAll("_", " ")), rank(wanted, others) + 0.5);
  if (best < NONE) return best;
  const parts = wanted.split(" ");
  if (parts.length > 1 && parts.every((part) => rank(part, `${name} ${others}`) < 2)) return 3;
  return inOrder(wanted.replaceAll(" ", ""), name) ? 4 : NONE;
}

// Those that fit, best first; equals stay in their order.
export function best(query, choices) {
  return choices
    .map((choice, place) => ({ choice, place, rank: fit(query, choice) }))
    .filter((one) => one.rank < NONE)
    .sort((one, other) => one.rank - other.rank || one.place - other.place)
    .map((one) => one.choice);
}
