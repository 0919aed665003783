"""At which hour somebody is written to."""

from datetime import datetime, time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import calendar
from engine.core.facts import Facts
from engine.core.habits import Habits
from engine.core.model import DAY, HOUR, MINUTE, Event
from engine.core.send_time import choose

NOON = calendar.instant(datetime(2026, 1, 5, 12, 20), "Europe/Berlin")


def somebody(*hours, zone="Europe/Berlin", name="click_email"):
    facts = Facts(7, zone)
    for days, hour in enumerate(hours, 1):
        day = calendar.local(NOON - days * DAY, zone).replace(hour=hour, minute=30)
        at = calendar.instant(day.replace(tzinfo=None), zone)
        facts.remember(Event(name, {}, at, at, days))
    return facts


def shop(hour, weight=500.0):
    week = np.zeros(168)
    week[hour::24] = weight / 7
    return Habits(week)


def hour_of(chosen, zone="Europe/Berlin"):
    return calendar.local(chosen.at, zone).hour


def test_a_habit_is_met():
    """Who clicks around seven in the evening gets the message at seven, and the trace says why."""
    chosen = choose(somebody(19, 19, 18, 19, 20, 19, 9), NOON, NOON + DAY)
    assert hour_of(chosen) == 19
    assert chosen.why == "19 o'clock, the hour at which they are most active"


def test_who_is_unknown_is_timed_like_the_shop():
    """Without acts of their own people get the shop's best hour; in an empty shop, ten o'clock."""
    nobody = somebody()
    assert hour_of(choose(nobody, NOON, NOON + DAY, shop=shop(20))) == 20
    assert hour_of(choose(nobody, NOON, NOON + DAY)) == 10
    assert "as nothing is known" in choose(nobody, NOON, NOON + DAY).why


def test_one_odd_click_does_not_make_a_habit():
    """A single click at three in the night changes nothing; opens count less than clicks."""
    known = shop(20)
    assert hour_of(choose(somebody(3), NOON, NOON + DAY, shop=known)) == 20
    assert hour_of(choose(somebody(3, 3, name="open_email"), NOON, NOON + DAY, shop=known)) == 20


def test_the_best_of_a_short_wait_is_taken():
    """With six hours left, the best of these six is taken, though the very best lies beyond."""
    chosen = choose(somebody(*[20] * 20), NOON, NOON + 6 * HOUR)
    assert hour_of(chosen) == 18


def test_quiet_hours_are_no_best_time():
    """A night owl gets the message at the last hour before it is quiet."""
    chosen = choose(somebody(*[22] * 20), NOON, NOON + DAY, quiet=(time(21), time(8)))
    assert hour_of(chosen) == 20


@given(
    st.lists(st.integers(0, 23), max_size=12),
    st.integers(0, 3 * DAY // MINUTE),
    st.floats(0, 1, exclude_max=True),
    st.sampled_from(["Europe/Berlin", "Asia/Kathmandu", "America/New_York", "UTC"]),
)
def test_no_bound_is_ever_passed(hours, minutes, drawn, zone):
    """Whatever somebody does and however the draw falls: never before now, never past the bound."""
    end = NOON + minutes * MINUTE
    chosen = choose(somebody(*hours, zone=zone), NOON, end, shop=shop(9), drawn=drawn)
    assert NOON <= chosen.at <= end


def test_a_few_go_at_another_hour():
    """One in twenty runs tries another hour, once the shop has habits to learn from; it says so."""
    facts = somebody(*[19] * 5)
    tried = choose(facts, NOON, NOON + DAY, shop=shop(9), drawn=0.049)
    assert "to try another hour" in tried.why
    assert hour_of(choose(facts, NOON, NOON + DAY, shop=shop(9), drawn=0.051)) == 19
    assert "to try" not in choose(facts, NOON, NOON + DAY, drawn=0.0).why


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Tokyo"])
def test_hours_are_those_of_the_customer(zone):
    """Seven in the evening is seven where the customer lives."""
    assert hour_of(choose(somebody(*[19] * 8, zone=zone), NOON, NOON + DAY), zone) == 19
