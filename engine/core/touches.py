"""Whether a person or a machine fetched a link or a picture of a message.

Mail servers, security products and mail programs follow every link of a mail on their own, often
seconds after its delivery. Nothing of that is to move anybody: what came is judged a while later,
when what came with it is known too (semantics, "Clicks").
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from engine.core.model import SECOND, Instant

Kind = Literal["open", "click", "answer", "hidden"]
"""`hidden` is a link that people neither see nor hear."""

PERSON: Final = "person"
HIDDEN: Final = "it followed the hidden link"
FOLLOWED_HIDDEN: Final = "the hidden link was followed at the same time"
AT_DELIVERY: Final = "it came with the delivery"
MANY: Final = "it followed many links at once"
APPLE: Final = "Apple Mail Privacy Protection"


class Rule(NamedTuple):
    """The numbers of the rule: `window` in milliseconds, `links` that are too many within it."""

    window: int = 10 * SECOND
    links: int = 3


class Seen(NamedTuple):
    """One fetch: of which link (`url`), and whether its mail has no other but one (`pair`)."""

    kind: Kind
    at: Instant
    url: str = ""
    pair: bool = False


def judge(one: Seen, others: Iterable[Seen], accepted_at: Instant | None, rule: Rule) -> str:
    """`person`, or why it was a machine.

    Args:
        one: a click, an opening or an answer, `rule.window` after it came.
        others: what came of the same mail at most `rule.window` before or after it.
        accepted_at: when the provider took the mail; None where it is not known.
        rule: the numbers.
    """
    if one.kind == "hidden":
        return HIDDEN
    near = [each for each in others if abs(each.at - one.at) <= rule.window]
    if any(each.kind == "hidden" for each in near):
        return FOLLOWED_HIDDEN
    if accepted_at is not None and one.at - accepted_at <= rule.window:
        return AT_DELIVERY
    if one.kind != "open" and _many([one, *near], one, rule):
        return MANY
    return PERSON


def _many(seen: list[Seen], one: Seen, rule: Rule) -> bool:
    """Whether some stretch of the window's length holds `one` and too many different links."""
    links = sorted(
        (each for each in seen if each.kind in ("click", "answer")), key=lambda each: each.at
    )
    limit = min(2, rule.links) if one.pair else rule.links
    for first in links:
        if not first.at <= one.at <= first.at + rule.window:
            continue
        within = {each.url for each in links if 0 <= each.at - first.at <= rule.window}
        if len(within) >= limit:
            return True
    return False
