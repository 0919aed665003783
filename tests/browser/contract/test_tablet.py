"""A tablet: all that hands do on a flow, by taps alone."""

import pytest

from tests.browser.contract.editor import flow_of


@pytest.mark.parametrize(("width", "height"), [(768, 1024), (1024, 768)])
def test_a_flow_is_changed_and_published_by_taps(editor, data, width: int, height: int) -> None:
    """Insert, fill in, move, delete, undo, save and publish need no mouse and no keys but those
    that the tablet shows.
    """
    name = f"tablet_{width}"
    path = data / "flows" / f"{name}.flow"
    path.write_text(flow_of(name, ["wait 1 hour", 'add tag "seen"', "wait 2 days"]))
    one = editor(name, width=width, height=height, has_touch=True)
    page = one.page

    def tap(target) -> None:
        target.tap()
        one.settle()

    def do(what: str) -> None:
        tap(page.locator(f'button[data-do="{what}"]'))

    def body() -> list[str]:
        return [line.strip() for line in one.draft().decode().splitlines()[3:]]

    tap(one.place("after:wait_1_hour"))
    tap(page.locator('#picker [data-choice="wait"]'))
    new = page.locator("#drawing [aria-pressed=true]").get_attribute("data-step")
    page.locator(f'#inspector form[data-step="{new}"]').wait_for()
    amount = page.locator("#inspector form [name=amount]")
    tap(amount)
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("5")
    tap(one.step("add_tag_seen"))
    one.step("wait_5_days").wait_for()
    assert body() == ["wait 1 hour", "wait 5 days", 'add tag "seen"', "wait 2 days"]

    do("up")
    assert body() == ["wait 1 hour", 'add tag "seen"', "wait 5 days", "wait 2 days"]
    do("down")
    do("delete")
    assert body() == ["wait 1 hour", "wait 5 days", "wait 2 days"]
    do("undo")
    assert body() == ["wait 1 hour", "wait 5 days", 'add tag "seen"', "wait 2 days"]
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0

    do("save")
    page.locator("#flow[data-document-state=saved]").wait_for(state="attached")
    assert path.read_bytes() == one.draft()
    page.set_default_timeout(60_000)  # every message of the shop is rendered on the way
    page.locator('button[data-do="publish"]').tap()
    page.wait_for_url(f"**/flows/{name}/publish")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.locator('button[data-do="publish"]').tap()
    page.locator(f'#published [data-flow="{name}"][data-version="1"]').wait_for()
