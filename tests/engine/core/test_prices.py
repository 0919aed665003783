"""When a price has dropped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.model import DAY, MINUTE
from engine.core.prices import STANDS, Step, dropped, fall_of

START = 1_767_603_600_000


def told(*steps, percent=10.0):
    """Which prices are news, with the reference of each: steps are (moment, price)."""
    found = []
    for number, (at, price) in enumerate(steps):
        stands = START + at + STANDS
        if number + 1 < len(steps) and START + steps[number + 1][0] < stands:
            continue
        fall = fall_of([Step(START + when, it) for when, it in steps[: number + 1]], stands)
        if fall is not None and dropped(fall, percent):
            found.append((price, fall.reference))
    return found


@pytest.mark.parametrize(
    ("steps", "news"),
    [
        ([(0, 200), (DAY, 180)], [(180, 200)]),
        ([(0, 200), (DAY, 181)], []),
        ([(0, 200)], []),
        ([(0, 200), (DAY, 250), (DAY + MINUTE, 200)], []),
        ([(0, 200), (DAY, 250), (2 * DAY, 200)], []),
        ([(0, 200), (DAY, None), (DAY + MINUTE, 200)], []),
        ([(0, 200), (DAY, None), (2 * DAY, 150)], [(150, 200)]),
        ([(0, 200), (DAY, 170), (2 * DAY, 200), (3 * DAY, 170), (4 * DAY, 200)], [(170, 200)]),
        ([(0, 200), (DAY, 170), (40 * DAY, 200), (80 * DAY, 170)], [(170, 200), (170, 200)]),
        ([(0, 200), (DAY, 170), (2 * DAY, 160), (3 * DAY, 150)], [(170, 200), (150, 200)]),
        ([(0, 200), (DAY, 190), (2 * DAY, 180)], [(180, 200)]),
        ([(0, 200), (DAY, 190), (50 * DAY, 180)], [(180, 200)]),
        ([(0, 200), (DAY, 170), (2 * DAY, None), (3 * DAY, 170)], [(170, 200)]),
        ([(0, 150), (40 * DAY, 200), (50 * DAY, 170)], []),
        ([(0, 150), (40 * DAY, 200), (71 * DAY, 170)], [(170, 200)]),
        ([(0, 200), (DAY, 100), (DAY + 9 * MINUTE, 200), (2 * DAY, 170)], [(170, 200)]),
        ([(0, 200), (DAY, None), (60 * DAY, 150)], []),
    ],
)  # fmt: skip
def test_which_lower_prices_are_news(steps, news):
    """Only a price that stands, and is well below the lowest of the 30 days before, is told."""
    assert told(*steps) == news


def test_without_a_percentage_any_lower_price_is_news():
    """Each lower price of a fall is told once, compared with what it was before the fall."""
    steps = [(0, 200), (DAY, 199), (2 * DAY, 198), (3 * DAY, 199), (4 * DAY, 198)]
    assert told(*steps, percent=0.0) == [(199, 200), (198, 200)]


PRICES = st.lists(
    st.tuples(st.integers(20 * MINUTE, 40 * DAY), st.one_of(st.none(), st.integers(1, 9))),
    max_size=8,
)


@given(PRICES, st.integers(0, 7), st.one_of(st.none(), st.integers(1, 9)))
def test_a_glitch_changes_nothing(gaps, where, wrong):
    """For any history, another price for a minute tells nothing, now or later."""
    at, steps, glitched = 0, [(0, 10)], [(0, 10)]
    for number, (gap, price) in enumerate(gaps):
        if number == where and steps[-1][1] is not None:
            before = steps[-1][1]
            glitched += [(at + 15 * MINUTE, wrong), (at + 16 * MINUTE, before)]
        at += gap + 20 * MINUTE
        steps.append((at, price))
        glitched.append((at, price))
    assert told(*glitched) == told(*steps)
