// The words of the interface in the reader's language: `_("Saved {file}", { file })`.
const table = JSON.parse(document.getElementById("words")?.textContent || "{}");

export function _(text, values = {}) {
  const said = table[text] || text;
  return said.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}
