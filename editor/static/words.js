// The words of the interface in the reader's language: `_("Saved {file}", { file })`.
const table = JSON.parse(document.getElementById("words")?.textContent || "{}");

export function _(text, values = {}) {
  const said = table[text] || text;
  return said.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

// A sentence into an element: what stands between backticks are words of the language.
export function tell(element, sentence) {
  element.replaceChildren(
    ...sentence.split("`").map((part, n) => {
      if (n % 2 === 0) return part;
      const code = document.createElement("code");
      code.textContent = part;
      return code;
    }),
  );
}
