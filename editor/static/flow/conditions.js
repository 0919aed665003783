// The condition builder: which of its parts stand open is remembered, by their place in the form.
export function start(page, pane) {
  const open = new Map();
  pane.addEventListener(
    "toggle",
    (event) => {
      const { target } = event;
      if (target.matches("details[data-key]")) open.set(target.dataset.key, target.open);
    },
    true,
  );
  new MutationObserver(() => {
    for (const one of pane.querySelectorAll("details.builder")) {
      const said = open.get(one.dataset.key);
      if (said !== undefined && one.open !== said) one.open = said;
    }
  }).observe(pane, { childList: true, subtree: true });
}
