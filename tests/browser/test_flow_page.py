"""The page of a flow: drawing, text and inspector are one thing."""

import re


def test_drawing_text_and_inspector_show_one_flow(open_page) -> None:
    """Every step is a button that says its line; the document is saved."""
    page = open_page()
    page.goto("/flows/abandoned_cart")
    steps = page.locator("#drawing button[data-step][data-kind][data-line]")
    assert steps.count() > 8
    assert page.locator("[data-document-state=saved]").count() == 1
    assert page.locator("#drawing > * svg[aria-hidden=true]").first.is_visible()
    mail = page.locator('button[data-step="first_touch"]')
    assert "cart_reminder" in mail.inner_text()
    assert "send email cart_reminder as first_touch" in page.locator("#text").inner_text()


def test_steps_stand_where_they_belong(open_page) -> None:
    """No two steps cover each other, and what follows stands below."""
    page = open_page(1600, 1200)
    page.goto("/flows/abandoned_cart")
    boxes = [each.bounding_box() for each in page.locator("#drawing button[data-step]").all()]
    for place, one in enumerate(boxes):
        for other in boxes[place + 1 :]:
            apart = (
                one["x"] + one["width"] <= other["x"]
                or other["x"] + other["width"] <= one["x"]
                or one["y"] + one["height"] <= other["y"]
                or other["y"] + other["height"] <= one["y"]
            )
            assert apart, (one, other)
    assert boxes[0]["y"] < boxes[1]["y"] < boxes[2]["y"]


def test_choosing_a_step_marks_its_lines_and_fills_the_inspector(open_page) -> None:
    """A click tells about the step, marks its text, and goes into the address."""
    page = open_page()
    page.goto("/flows/abandoned_cart")
    page.locator('button[data-step="first_touch"]').click()
    page.locator("#inspector h2", has_text="cart_reminder").wait_for()
    marked = page.locator("#text .line.here")
    assert "send email cart_reminder" in marked.first.inner_text()
    page.wait_for_url(re.compile(r"step=first_touch"))
    page.reload()
    assert page.locator("#inspector h2", has_text="cart_reminder").count() == 1
    assert page.locator('button[data-step="first_touch"][aria-pressed=true]').count() == 1


def test_choosing_a_line_marks_its_step(open_page) -> None:
    """A line of the text leads to the step that it is."""
    page = open_page()
    page.goto("/flows/abandoned_cart")
    page.locator("#text .line", has_text="wait 1 hour").click()
    page.locator("#inspector h2", has_text="Wait 1 hour").wait_for()
    pressed = page.locator("#drawing button[aria-pressed=true]")
    assert pressed.count() == 1
    assert pressed.get_attribute("data-kind") == "wait"


def test_steps_are_reached_with_the_keyboard(open_page) -> None:
    """Tab goes to a step's "+" and on to the next step; Enter chooses; the focus can be seen."""
    page = open_page()
    page.goto("/flows/abandoned_cart")
    steps = page.locator("#drawing button[data-step]")
    steps.nth(0).focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.insert") == "first"
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.dataset.step")
    assert focused == steps.nth(1).get_attribute("data-step")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.locator("#inspector h2", has_text="Wait 1 hour").wait_for()


def test_going_back_chooses_what_was_chosen_before(open_page) -> None:
    """The browser's back button goes from step to step."""
    page = open_page()
    page.goto("/flows/abandoned_cart?step=first_touch")
    page.locator("#text .line", has_text="wait 1 hour").click()
    page.locator("#inspector h2", has_text="Wait 1 hour").wait_for()
    page.go_back()
    page.locator("#inspector h2", has_text="cart_reminder").wait_for()
