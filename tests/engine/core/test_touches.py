"""Who fetched a link: a person or a machine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.model import SECOND
from engine.core.touches import (
    AT_DELIVERY,
    FOLLOWED_HIDDEN,
    HIDDEN,
    MANY,
    PERSON,
    Rule,
    Seen,
    judge,
)

AT = 1_000 * SECOND
RULE = Rule()


def _click(seconds: float, url: str = "a", *, pair: bool = False) -> Seen:
    return Seen("click", AT + round(seconds * SECOND), url, pair)


@pytest.mark.parametrize(
    ("one", "others", "accepted", "verdict"),
    [
        (_click(0), [], None, PERSON),
        (Seen("hidden", AT), [], None, HIDDEN),
        (_click(0), [Seen("hidden", AT + 10 * SECOND)], None, FOLLOWED_HIDDEN),
        (_click(0), [Seen("hidden", AT - 10 * SECOND)], None, FOLLOWED_HIDDEN),
        (_click(0), [Seen("hidden", AT + 10 * SECOND + 1)], None, PERSON),
        (_click(0), [], -10, AT_DELIVERY),
        (_click(0), [], -10.001, PERSON),
        (_click(0), [], 3, AT_DELIVERY),
        (_click(0), [_click(5, "b"), _click(9, "c")], None, MANY),
        (_click(0), [_click(-5, "b"), _click(5, "c")], None, MANY),
        (_click(0), [_click(-5, "b"), _click(5.001, "c")], None, PERSON),
        (_click(0), [_click(1), _click(2), _click(3)], None, PERSON),
        (_click(0), [_click(5, "b")], None, PERSON),
        (_click(0, pair=True), [_click(5, "b", pair=True)], None, MANY),
        (_click(0, pair=True), [_click(5)], None, PERSON),
        (Seen("open", AT), [_click(1, "a"), _click(2, "b"), _click(3, "c")], None, PERSON),
        (Seen("open", AT), [], -2, AT_DELIVERY),
    ],
)
def test_the_rule(one: Seen, others: list[Seen], accepted: float | None, verdict: str) -> None:
    """Each sentence of the rule decides, to the millisecond."""
    accepted_at = None if accepted is None else AT + round(accepted * SECOND)
    assert judge(one, others, accepted_at, RULE) == verdict


@given(st.lists(st.tuples(st.integers(0, 30_000), st.sampled_from("abcd")), max_size=8))
def test_many_links_are_many_for_each(came: list[tuple[int, str]]) -> None:
    """A click is one of many exactly if ten seconds somewhere hold it and three different links."""
    seen = [Seen("click", AT + at, url) for at, url in came]
    for place, one in enumerate(seen):
        others = [*seen[:place], *seen[place + 1 :]]
        windows = (
            {each.url for each in seen if begin <= each.at <= begin + RULE.window}
            for begin in range(one.at - RULE.window, one.at + 1)
            if begin in {each.at for each in seen}
        )
        many = any(len(links) >= RULE.links for links in windows)
        assert (judge(one, others, None, RULE) == MANY) is many
