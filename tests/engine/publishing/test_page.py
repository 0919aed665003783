"""The worked example of `docs/publishing.md`, run."""

from __future__ import annotations

import re
from pathlib import Path

from engine.core.model import DAY, HOUR
from engine.publishing.wording import words_of
from tests.harness.workshop import HEAD

PAGE = Path(__file__).parents[3] / "docs" / "publishing.md"


def test_the_worked_example_says_what_really_happens(workshop) -> None:
    """The plan on the page is the plan of its two flows, and publishing keeps to it."""
    page = PAGE.read_text(encoding="utf-8")
    before, after = re.findall(r"```headrace\n(.*?)```", page, re.DOTALL)
    (said,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    shop = workshop(before)
    shop.happen(shop.customer("first"), "ordered")
    shop.forward(2 * DAY)
    shop.happen(shop.customer("second"), "ordered")
    shop.forward(4 * HOUR)
    shop.happen(shop.customer("third"), "ordered")
    shop.forward(HOUR)
    shop.write(HEAD + after)
    planned = shop.service.plan(shop.flows)
    assert "\n".join(line.text for line in words_of(planned)) == said.strip()
    shop.service.publish(shop.flows, expected=planned.hash)
    shop.forward(3 * HOUR)
    assert shop.notebook.messages == ["one", "two"]
