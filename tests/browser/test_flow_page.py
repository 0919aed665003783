"""The page of a flow: drawing, text and inspector are one thing."""

import re


def test_drawing_text_and_inspector_show_one_flow(open_page) -> None:
    """Every step is a button that says its line; the document is saved."""
    page = open_page()
    page.goto("/flows/abandoned_cart")
    page.locator("#flow[data-settled=true]").wait_for(state="attached")
    steps = page.locator("#drawing button[data-step][data-kind][data-line]")
    assert steps.count() > 8
    assert page.locator("[data-document-state=saved]").count() == 1
    assert page.locator("#edges[aria-hidden=true] path").count() >= steps.count() - 1
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
    page.locator("#flow[data-settled=true]").wait_for(state="attached")
    page.locator('button[data-step="first_touch"]').click()
    page.locator("#text .cm-chosen", has_text="send email cart_reminder").wait_for()
    page.wait_for_url(re.compile(r"step=first_touch"))
    page.reload()
    page.locator('button[data-step="first_touch"][aria-pressed=true]').wait_for()


def test_choosing_a_line_marks_its_step(open_page) -> None:
    """A line of the text leads to the step that it is."""
    page = open_page()
    page.goto("/flows/abandoned_cart")
    page.locator("#flow[data-settled=true]").wait_for(state="attached")
    page.locator("#text .cm-line", has_text="wait 1 hour").click()
    page.locator('#drawing button[data-step="wait_1_hour"][aria-pressed=true]').wait_for()
    assert page.locator("#drawing button[aria-pressed=true]").count() == 1


def test_an_edit_is_drawn_in_place(open_page) -> None:
    """A step more moves the others down, nothing is drawn anew, and undo brings all back."""
    page = open_page()
    page.goto("/flows/abandoned_cart")
    page.locator("#flow[data-settled=true]").wait_for(state="attached")
    ids = "all => all.map(one => one.dataset.step)"
    before = page.locator("#drawing button[data-step]").evaluate_all(ids)
    page.locator('button[data-step="first_touch"]').click()
    there = page.locator('button[data-step="first_touch"]').evaluate("one => one.style.top")
    page.evaluate("window.kept = document.querySelector('button[data-step=if_cart_value_300]')")
    page.locator("button[data-do=duplicate]").click()
    page.locator("#changes [data-change=added]").first.wait_for()
    assert page.locator('button[data-step="first_touch"]').evaluate("one => one.style.top") == there
    assert page.evaluate("window.kept.isConnected"), "the same element, at another place"
    listed = page.locator("#drawing button[data-step]").evaluate_all(ids)
    assert [one for one in listed if one in before] == before
    assert len(listed) == len(before) + 1
    page.locator("button[data-do=undo]").click()
    page.locator("#flow[data-document-state=saved]").wait_for(state="attached")
    assert page.locator("#drawing button[data-step]").evaluate_all(ids) == before
    assert page.locator("#changes [data-change]").count() == 0


def test_steps_are_reached_with_the_keyboard(open_page) -> None:
    """Tab goes from a step to its "+", arrows to the next step; the focus can be seen."""
    page = open_page()
    page.goto("/flows/abandoned_cart")
    page.locator("#flow[data-settled=true]").wait_for(state="attached")
    steps = page.locator("#drawing button[data-step]")
    steps.nth(0).focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.insert") == "first"
    steps.nth(0).focus()
    page.keyboard.press("ArrowDown")
    focused = page.evaluate("document.activeElement.dataset.step")
    assert focused == steps.nth(1).get_attribute("data-step")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_a_form_over_the_page_is_put_away(editing) -> None:
    """On a phone the chosen step stays in sight above its form, and the form goes at a touch."""
    page = editing(width=320, height=640)
    step = page.locator('#drawing button[data-step="first_touch"]')
    step.click()
    sheet = page.locator('#inspector:has(form[data-step="first_touch"])')
    box = step.bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= sheet.bounding_box()["y"]
    sheet.locator("[data-put-away]").click()
    page.locator('#inspector form[data-step="entry"]').wait_for(state="attached")
    assert page.locator("#drawing button[aria-pressed=true]").count() == 0
    assert step.evaluate("(one) => one === document.activeElement")


def test_a_test_leads_to_its_line(editing) -> None:
    """Who chooses a test sees it in the text, before and after it was played."""
    page = editing()
    title = page.locator("#tests .test-title", has_text="a click skips the nudge")
    line = page.locator("#text .cm-activeLine", has_text='test "a click skips the nudge"')
    title.click()
    line.wait_for()
    page.locator('button[data-step="first_touch"]').click()
    page.locator("#tests[data-outcome]").wait_for()
    title.click()
    line.wait_for()
