"""Working on the drawing by keyboard and by its tools."""

import re

import pytest

from tests.browser.hands import chosen, draft, focused, plus, settled, status, step


def test_arrows_walk_the_drawing_as_people_see_it(editing):
    """Down and up follow the edges, left and right change the way, Home and End go far."""
    page = editing()
    step(page, "first_touch").click()
    assert focused(page) == "first_touch"
    walked = []
    for key in ("Down", "Down", "Down", "Down", "Right", "Left", "Up", "Up"):
        page.keyboard.press(f"Arrow{key}")
        walked.append(focused(page))
    wait = "wait_up_to_1_day_for_click_email_of_first_touch"
    assert walked == [
        *("if_cart_value_300", "notify_cart_alert", wait, "add_tag_cart_warm"),
        *("send_cart_nudge", "add_tag_cart_warm", wait, "notify_cart_alert"),
    ]
    page.keyboard.press("End")
    assert focused(page) == "end"
    page.keyboard.press("Home")
    assert focused(page) == "entry"


def test_the_drawing_is_one_tab_stop_and_then_its_plus(editing):
    """Tab leads from the chosen step to its own "+" and then out of the drawing."""
    page = editing()
    step(page, "if_cart_value_300").click()
    seen = []
    for _ in range(3):
        page.keyboard.press("Tab")
        seen.append(focused(page))
    assert seen == [
        *("into:if_cart_value_300:0", "into:if_cart_value_300:else", "after:if_cart_value_300")
    ]
    page.keyboard.press("Tab")
    assert not page.evaluate("document.querySelector('#drawing').contains(document.activeElement)")


def test_the_chosen_step_is_in_the_address(editing):
    """A step can be sent as a link; choosing adds nothing to the way back."""
    page = editing()
    before = page.evaluate("history.length")
    step(page, "first_touch").click()
    assert page.url.endswith("?step=first_touch")
    assert page.evaluate("history.length") == before
    page.reload()
    settled(page)
    assert chosen(page) == ["first_touch"]


def test_neighbours_of_one_block_are_chosen_together(editing):
    """Shift with a click or an arrow chooses a piece of one block, and it is told by name."""
    page = editing()
    step(page, "wait_1_hour").click()
    step(page, "if_cart_value_300").click(modifiers=["Shift"])
    assert chosen(page) == ["wait_1_hour", "first_touch", "if_cart_value_300"]
    assert status(page).startswith("3 steps are chosen: Wait 1 hour, ")
    page.keyboard.press("Shift+ArrowUp")
    assert chosen(page) == ["wait_1_hour", "first_touch"]
    step(page, "notify_cart_alert").click(modifiers=["Shift"])
    assert chosen(page) == ["wait_1_hour", "first_touch", "if_cart_value_300"]


# --- inserting ----------------------------------------------------------------------------------


def test_inserting_by_keyboard_alone(editing):
    """A plus, some letters and Enter write a step at once; it is chosen, and Esc leads back."""
    page = editing()
    step(page, "first_touch").click()
    page.keyboard.press("+")
    picker = page.locator("#picker input[role=combobox]")
    assert picker.evaluate("(input) => input === document.activeElement")
    page.keyboard.press("Escape")
    assert focused(page) == "first_touch"
    page.keyboard.press("+")
    page.keyboard.type("coupon")
    first = page.locator("#picker [role=option]").first
    assert first.get_attribute("data-choice") == "give_coupon"
    assert picker.get_attribute("aria-activedescendant") == first.get_attribute("id")
    page.keyboard.press("Enter")
    page.wait_for_selector("#drawing [aria-pressed=true][data-kind=give_coupon]")
    text = draft(page)
    assert re.search(r"products 4 bought with cart.*\n  give coupon \w+\n  if cart", text)
    assert page.locator("#picker").is_hidden()
    assert status(page) == "Inserted Give a coupon"
    page.keyboard.press("Control+z")
    settled(page)
    assert "  give coupon" not in draft(page).partition("if cart")[0]


@pytest.mark.parametrize("at", ["first", "into:if_cart_value_300:else", "after:send_cart_help"])
def test_the_picker_stays_in_the_window(editing, at):
    """At the "+" under the hand, wherever that is; a click elsewhere closes it."""
    page = editing(width=1024, height=600)
    plus(page, at).click()
    box = page.locator("#picker").bounding_box()
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= 1024
    assert box["y"] + box["height"] <= 600
    page.locator("h1").click()
    assert page.locator("#picker").is_hidden()


def test_every_kind_can_be_inserted(editing):
    """Each choice of the picker, taken at the same place, is done and brings a step of its kind."""
    page = editing("/flows/welcome")
    plus(page, "first").click()
    kinds = page.eval_on_selector_all(
        "[data-choice]", "all => all.map((one) => one.dataset.choice)"
    )
    page.keyboard.press("Escape")
    assert len(kinds) > 20
    for kind in kinds:
        plus(page, "first").click()
        page.locator(f'#picker [data-choice="{kind}"]').click()
        settled(page)
        made = page.locator("#drawing [aria-pressed=true]")
        expected = "wait" if kind.startswith("wait_") else kind
        assert made.get_attribute("data-kind") == expected, kind
        page.locator("button[data-do=undo]").click()
        settled(page)


# --- keys, tools and menu -----------------------------------------------------------------------


def test_deleting_moving_and_doubling_by_keys(editing):
    """Delete, Ctrl+D and Alt with arrows change the text; the focus stays in the drawing."""
    page = editing()
    step(page, "wait_1_hour").click()
    page.keyboard.press("Alt+ArrowDown")
    text = draft(page)
    assert text.index("send email cart_reminder") < text.index("wait 1 hour")
    assert status(page) == "Moved Wait 1 hour down"
    page.keyboard.press("Control+d")
    assert draft(page).count("wait 1 hour\n") == 2
    page.keyboard.press("Delete")
    assert draft(page).count("wait 1 hour\n") == 1
    assert page.evaluate("document.querySelector('#drawing').contains(document.activeElement)")
    for _ in range(3):
        page.keyboard.press("Control+z")
        settled(page)
    assert page.locator("#flow").get_attribute("data-document-state") == "saved"


def test_keys_that_type_are_left_alone(editing):
    """In the text "+", "/" and Delete are letters and keys like any other."""
    page = editing()
    page.locator("#text .cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("# 1 + 1 / ?")
    page.keyboard.press("Backspace")
    assert page.locator("#picker").is_hidden()
    assert page.locator("#find").is_hidden()
    assert draft(page).endswith("# 1 + 1 / ")


def test_what_cannot_be_done_says_why(editing):
    """The beginning of a flow cannot be deleted; the tool and the key say the reason."""
    page = editing()
    step(page, "entry").click()
    page.keyboard.press("Delete")
    assert status(page).startswith("The beginning and the end of a flow stay where they are.")
    tool = page.locator("button[data-do=delete]")
    assert tool.get_attribute("aria-disabled") == "true"
    assert "stay where they are" in tool.get_attribute("title")
    step(page, "first_touch").click()
    assert tool.get_attribute("aria-disabled") == "false"
    flip = page.locator("button[data-do=flip]")
    assert "Only a branch with two ways" in flip.get_attribute("title")


def test_the_menu_of_a_step_by_keyboard(editing):
    """Shift+F10 opens it, arrows and letters walk, Enter does it, Esc leads back to the step."""
    page = editing()
    step(page, "wait_until_18_00").click()
    page.keyboard.press("Shift+F10")
    assert page.locator("#menu[role=menu]").is_visible()
    page.keyboard.press("Escape")
    assert focused(page) == "wait_until_18_00"
    page.keyboard.press("Shift+F10")
    page.keyboard.press("w")
    assert page.evaluate("document.activeElement.dataset.command") == "wrap"
    page.keyboard.press("Enter")
    assert re.search(r"\n  if .*:\n    wait until 18:00\n", draft(page))


def test_a_tool_does_it_to_the_chosen_steps(editing):
    """The tools above the drawing leave the focus where it is."""
    page = editing()
    step(page, "last_call").click()
    page.locator("button[data-do=up]").click()
    text = draft(page)
    assert text.index("experiment last_call") < text.index("wait until 18:00")
    assert focused(page) == "last_call"


def test_the_keys_can_be_looked_up(editing):
    """A question mark lists the keys; closing gives the focus back."""
    page = editing()
    step(page, "first_touch").click()
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    assert focused(page) == "first_touch"


# --- the clipboard ------------------------------------------------------------------------------


def test_the_clipboard_is_flow_text(editing):
    """A copied step is text that goes into other flows; what is cut can be pasted elsewhere."""
    page = editing()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    step(page, "if_cart_value_300").click()
    page.keyboard.press("Control+c")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == (
        "if cart.value >= 300:\n"
        "  notify sales with cart_alert  # a person may be able to help by phone\n"
    )
    page.keyboard.press("Control+x")
    assert "notify sales" not in draft(page)
    step(page, "wait_until_18_00").click()
    page.keyboard.press("Control+v")
    assert "  wait until 18:00\n  if cart.value >= 300:\n    notify sales" in draft(page)


def test_pasted_nonsense_is_refused_with_the_reason(editing):
    """What is no step is not written, and the status says why."""
    page = editing()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    before = draft(page)
    page.evaluate("navigator.clipboard.writeText('dear customers')")
    step(page, "first_touch").click()
    page.keyboard.press("Control+v")
    page.wait_for_function("() => document.querySelector('#status').textContent !== ''")
    assert status(page)
    assert draft(page) == before
