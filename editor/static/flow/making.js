// Makes elements: `element("p", { className: "path", textContent: "…" }, [children])`.
export function element(name, properties = {}, children = []) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) made[key] = value;
  made.append(...children);
  return made;
}
