"""Working on the drawing by mouse and by touch: dragging, looking around, zooming."""

import re

import pytest

from tests.browser.hands import chosen, draft, focused, middle, plus, settled, step


def test_a_step_is_dragged_onto_a_plus(editing):
    """While a step hangs at the mouse the nearest "+" lights up; there it is dropped."""
    page = editing()
    start, goal = middle(step(page, "first_touch")), middle(plus(page, "first"))
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + 20, start[1] + 20, steps=3)
    assert page.locator("#drawing[data-dragging]").count() == 1
    page.mouse.move(*goal, steps=4)
    assert page.locator("[data-over]").get_attribute("data-insert") == "first"
    page.mouse.up()
    text = draft(page)
    assert text.index("send email cart_reminder") < text.index("wait 1 hour")
    assert page.locator("[data-goal]").count() == 0


def test_a_drag_is_given_up_by_esc(editing):
    """Nothing is moved, and nothing of the drag stays on the page."""
    page = editing()
    before = draft(page)
    start, goal = middle(step(page, "first_touch")), middle(plus(page, "first"))
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*goal, steps=5)
    page.keyboard.press("Escape")
    page.mouse.up()
    assert draft(page) == before
    assert page.locator("[data-goal], [data-dragged], .dragged").count() == 0


def test_the_ground_is_dragged_to_look_elsewhere(editing):
    """The ground pans the drawing; a click on it lets go of the step."""
    page = editing(height=700)
    step(page, "wait_1_hour").click()
    drawing = page.locator("#drawing")
    box = drawing.bounding_box()
    x, y = box["x"] + box["width"] - 60, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 120, steps=4)
    page.mouse.up()
    assert drawing.evaluate("(pane) => pane.scrollTop") == 120
    assert chosen(page) == ["wait_1_hour"]
    page.mouse.click(x, y)
    assert chosen(page) == []


def test_the_wheel_zooms_around_the_pointer(editing):
    """With Ctrl the point under the pointer stays; without it the wheel scrolls."""
    page = editing()
    drawing = page.locator("#drawing")
    step(page, "last_call").scroll_into_view_if_needed()
    one = step(page, "wait_until_18_00")
    before = middle(one)
    page.mouse.move(*before)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    page.wait_for_function("() => Number(document.querySelector('#drawing').dataset.zoom) > 1.1")
    after = middle(one)
    assert abs(after[1] - before[1]) < 3
    zoom = drawing.get_attribute("data-zoom")
    top = drawing.evaluate("(pane) => pane.scrollTop")
    page.mouse.wheel(0, -60)
    page.wait_for_function(f"() => document.querySelector('#drawing').scrollTop < {top}")
    assert drawing.get_attribute("data-zoom") == zoom
    page.locator("button[data-do=fit]").click()
    assert drawing.evaluate("(pane) => pane.scrollHeight <= pane.clientHeight + 1")


def test_finding_a_step_by_its_words(editing):
    """A slash finds over names and text, says which of how many, and leads back to the step."""
    page = editing()
    step(page, "entry").click()
    page.keyboard.press("/")
    page.keyboard.type("cart_")
    count = page.locator("#find output")
    assert re.fullmatch(r"1 of \d", count.text_content())
    page.keyboard.press("Enter")
    assert count.text_content().startswith("2 of ")
    here = chosen(page)
    page.keyboard.press("Escape")
    assert focused(page) == here[0]
    page.keyboard.press("/")
    page.keyboard.type("nobody says this")
    assert count.text_content() == "Nothing found"


def test_a_long_flow_has_a_small_picture(editing):
    """Past 40 steps a picture in the corner shows where one is, and leads elsewhere."""
    page = editing()
    assert page.locator("#minimap").is_hidden()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    lines = "\n".join(f"wait {minutes} minutes" for minutes in range(2, 47))
    page.evaluate("(lines) => navigator.clipboard.writeText(lines)", lines)
    step(page, "wait_1_hour").click()
    page.keyboard.press("Control+v")
    settled(page)
    picture = page.locator("#minimap")
    picture.wait_for()
    box = picture.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] - 4)
    page.wait_for_function("() => document.querySelector('#drawing').scrollTop > 1000")


# --- touch --------------------------------------------------------------------------------------


@pytest.fixture
def fingers(editing):
    page = editing(width=820, height=1100, has_touch=True)
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        session.send(
            "Input.dispatchTouchEvent",
            {
                "type": f"touch{kind}",
                "touchPoints": [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)],
            },
        )

    return page, touch


def test_a_finger_drags_after_it_has_rested(fingers):
    """A long press takes a step along; lifted without a move it asks for the menu."""
    page, touch = fingers
    start, goal = middle(step(page, "first_touch")), middle(plus(page, "first"))
    touch("Start", start)
    page.wait_for_selector("#drawing[data-dragging]")
    for n in range(1, 5):
        touch("Move", tuple(a + (b - a) * n / 4 for a, b in zip(start, goal, strict=True)))
    touch("End")
    text = draft(page)
    assert text.index("send email cart_reminder") < text.index("wait 1 hour")
    start = middle(step(page, "first_touch"))
    touch("Start", start)
    page.wait_for_selector("#drawing[data-dragging]")
    touch("End")
    assert page.locator("#menu").is_visible()


def test_two_fingers_zoom(fingers):
    """Pinching makes the drawing smaller, and no step moves by it."""
    page, touch = fingers
    before = draft(page)
    was = page.locator("#drawing").get_attribute("data-zoom")
    box = page.locator("#drawing").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + 300
    touch("Start", (x - 100, y), (x + 100, y))
    for n in range(1, 6):
        touch("Move", (x - 100 + n * 10, y), (x + 100 - n * 10, y))
    touch("End")
    now = page.locator("#drawing").get_attribute("data-zoom")
    assert float(now) == pytest.approx(float(was) / 2, abs=0.01)
    assert draft(page) == before
