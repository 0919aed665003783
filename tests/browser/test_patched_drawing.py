"""A drawing that was patched by key, edit after edit, beside one that was drawn at once."""

from tests.browser.hands import chosen, plus, settled, step

SHOWN = """() => {
  const board = document.querySelector("#drawing .board").getBoundingClientRect();
  const placed = (one) => {
    const { left, top, width, height } = one.getBoundingClientRect();
    const place = [left - board.left, top - board.top, width, height];
    return place.map((part) => Math.round(part * 10) / 10);
  };
  const places = (name) => Object.fromEntries(
    [...document.querySelectorAll(`#drawing button[data-${name}]`)].map((one) =>
      [one.dataset[name], [...placed(one), one.dataset.line ?? "", one.tabIndex]]),
  );
  const said = (part) => [part.localName, part.textContent, part.getAttribute("class")];
  const edges = [...document.querySelectorAll("#edges [data-edge]")].map((one) =>
    [one.dataset.edge, ...[...one.children].map((part) => [...said(part), ...placed(part)])],
  );
  return { steps: places("step"), pluses: places("insert"), edges: edges.map(String).sort() };
}"""


def test_a_patched_drawing_is_the_one_that_a_fresh_page_draws(editing):
    """Insert, duplicate, move, delete and undo: steps, "+", edges and the tab stop are as anew."""
    page = editing("/flows/abandoned_cart?step=wait_1_hour")
    plus(page, "after:wait_1_hour").click()
    page.fill("#picker input[role=combobox]", "if")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('[aria-pressed=true][data-kind=if]')")
    settled(page)
    step(page, "wait_1_hour").click()
    for key in ("Control+d", "Alt+ArrowDown", "Alt+ArrowDown", "Delete", "Control+z"):
        page.keyboard.press(key)
        settled(page)
    (one,) = chosen(page) or ["entry"]
    step(page, one).click()
    settled(page)
    patched = page.evaluate(SHOWN)
    page.goto(f"/flows/abandoned_cart?step={one}")
    settled(page)
    assert patched == page.evaluate(SHOWN)
