// Makes a piece of the page say what another says, keeping every element that is still meant: one that has
// the focus is never moved or replaced, and what is being typed into it stays.
const keyOf = (one, n) => one.dataset.key ?? (one.id || `${one.tagName}:${n}`);

function keyed(parent) {
  const found = new Map();
  const counted = {};
  for (const one of parent.children) {
    counted[one.tagName] = (counted[one.tagName] ?? 0) + 1;
    found.set(keyOf(one, counted[one.tagName]), one);
  }
  return found;
}

function attributes(old, fresh) {
  for (const { name } of [...old.attributes])
    if (!fresh.hasAttribute(name) && !["open", "aria-invalid", "style"].includes(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes)
    if (name !== "open" && name !== "hidden" && old.getAttribute(name) !== value) old.setAttribute(name, value);
}

// `busy` says of a field whether somebody is at work in it.
export function merge(old, fresh, busy) {
  attributes(old, fresh);
  if (old.matches("[data-problem-for]")) return;
  if (old.matches("textarea")) {
    if (!busy(old) && old.value !== fresh.value) old.value = fresh.value;
    return;
  }
  if (old.children.length === 0 && fresh.children.length === 0) {
    if (old.textContent !== fresh.textContent) old.textContent = fresh.textContent;
  } else {
    const there = keyed(old);
    const wanted = [...keyed(fresh)].map(([key, one]) => {
      const same = there.get(key);
      if (same === undefined || same.tagName !== one.tagName || same.type !== one.type) return one;
      there.delete(key);
      merge(same, one, busy);
      return same;
    });
    for (const gone of there.values()) gone.remove();
    let at = old.firstElementChild;
    for (const one of wanted)
      if (one === at) at = at.nextElementSibling;
      else old.insertBefore(one, at);
  }
  if (old.matches("input[type=checkbox]")) old.checked = fresh.checked;
  else if (old.matches("input, select") && !busy(old) && old.value !== fresh.value) old.value = fresh.value;
}
