"""The inspector: a form writes the text, and tells what it cannot write."""

import re

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect


def _open(open_page, step: str):
    page = open_page()
    page.goto(f"/flows/abandoned_cart?step={step}")
    page.wait_for_selector("#flow[data-settled=true]")
    page.wait_for_selector(f'#inspector form[data-step="{step}"]')
    return page


def _draft(page) -> str:
    return page.request.get("/flows/abandoned_cart/text").text()


def test_a_field_is_written_while_one_types_on(open_page) -> None:
    """A value stands in the text a moment after the last key; the field keeps the focus."""
    page = _open(open_page, "wait_1_hour")
    page.locator("#inspector [name=amount]").fill("2")
    page.wait_for_selector('#inspector form[data-step="wait_2_hours"]')
    page.wait_for_selector("#flow[data-settled=true]")
    assert re.search(r"^  wait 2 hours$", _draft(page), re.MULTILINE)
    assert page.evaluate("document.activeElement.name") == "amount"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.step") == "wait_2_hours"
    page.locator("button[data-do=undo]").click()
    page.wait_for_selector("#flow[data-document-state=saved]")
    expect(page.locator("#inspector [name=amount]")).to_have_value("1")


def test_a_wrong_value_is_told_beside_its_field_and_writes_nothing(open_page) -> None:
    """What cannot be written stays in its field, with a sentence below it, and the text is as it
    was.
    """
    page = _open(open_page, "wait_1_hour")
    before = _draft(page)
    page.locator("#inspector [name=amount]").fill("soon")
    page.keyboard.press("Tab")
    told = page.locator("#inspector [data-problem-for=amount]")
    told.wait_for()
    amount = page.locator("#inspector [name=amount]")
    assert "soon" in told.inner_text()
    assert amount.input_value() == "soon"
    assert amount.get_attribute("aria-invalid") == "true"
    assert told.get_attribute("id") in amount.get_attribute("aria-describedby")
    assert _draft(page) == before


def test_the_builder_and_the_text_of_a_condition_are_one(open_page) -> None:
    """A row of the builder changes the condition's text, and the text the builder."""
    page = _open(open_page, "if_cart_value_300")
    page.locator('#inspector [name="condition.comparison"]').select_option("<")
    expect(page.locator("#inspector [name=condition]")).to_have_value("cart.value < 300")
    page.locator("#inspector [name=condition]").fill("cart is empty")
    page.keyboard.press("Tab")
    page.wait_for_selector('#inspector [name="condition.value.path"]')
    page.wait_for_selector("#flow[data-settled=true]")
    assert "  if cart is empty:\n" in _draft(page)
