"""The small pages that customers see: for everybody, on any phone, without a script."""

from __future__ import annotations

import pytest

from engine.messages.texts import LANGUAGES, texts
from engine.public.pages import Box, page
from tests.browser.looks import axe


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_with_boxes(chromium, language: str, scheme: str) -> None:
    """Axe finds nothing at 320 px in light and dark, nothing is cut off, and each box has words."""
    words = texts(language)
    told = page(
        words["preferences"],
        words["confirm_ask"].format(address="a" * 60 + "@" + "b" * 60 + ".example"),
        words["confirm_each"],
        boxes=tuple(
            Box(name, words[f"purpose_{name}"], ticked=name == "email")
            for name in ("email", "sms", "tracking")
        ),
        buttons=(("save", words["preferences_do"]), ("pause", words["preferences_pause"])),
        shop="Alpenglow <b>Outdoor</b>",
        language=language,
    )
    context = chromium.new_context(
        viewport={"width": 320, "height": 640}, color_scheme=scheme, bypass_csp=True
    )
    try:
        shown = context.new_page()
        shown.set_content(bytes(told.body).decode())
        assert axe(shown) == []
        assert shown.evaluate("document.documentElement.scrollWidth") <= 320
        assert shown.locator("b").count() == 0
        shown.get_by_label(words["purpose_tracking"]).check()
        assert shown.get_by_role("checkbox", checked=True).count() == 2
    finally:
        context.close()
