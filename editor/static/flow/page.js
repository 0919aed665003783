// The one object that the modules of the flow page share, and how they hear of each other.
export function boot(modules) {
  const element = document.getElementById("flow");
  const data = JSON.parse(document.getElementById("flow-data").textContent);
  const heard = new Map();
  const page = {
    element,
    data,
    flow: data.flow,
    file: data.file,
    state: data.state,
    readOnly: Boolean(data.read_only) || data.may_edit === false,
    selected: [],
    steps: data.drawing?.steps ?? [],
    on(event, hear) {
      heard.set(event, [...(heard.get(event) ?? []), hear]);
    },
    emit(event, value) {
      for (const hear of heard.get(event) ?? [])
        try {
          hear(value);
        } catch (error) {
          reportError(error); // what one part cannot do, the others still must
        }
    },
    select(ids, { focus = false, scroll = true, from = "" } = {}) {
      page.selected = ids;
      page.emit("select", { id: ids[0] ?? null, ids, focus, scroll, from });
    },
    say(sentence) {
      const status = document.getElementById("status");
      status.textContent = sentence;
      status.title = sentence; // one line of it stands there
    },
  };
  for (const start of modules) start(page);
  for (const name of ["undo", "redo", "save"])
    for (const button of element.querySelectorAll(`button[data-do=${name}]`))
      button.addEventListener("click", () => page[name]?.());
  page.emit("answer", data);
  if (data.select) page.select([data.select], { from: "address" });
  page.emit("ready");
  return page;
}
