"""Laws of schedules, over random days: nothing twice, nothing lost, whatever happens."""

from __future__ import annotations

from collections import Counter
from datetime import time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.core import calendar
from engine.core.model import DAY, HOUR, MINUTE
from tests.engine.publishing.test_schedule_edits import NOON, flow, move
from tests.harness.workshop import START, Workshop

ZONES = ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Pacific/Honolulu", None]
AT_NOON = time(12)
minutes = st.integers(1, 40 * 60)
forward = st.tuples(st.just("forward"), minutes)
restart = st.tuples(st.just("restart"), st.just(0))
moving = st.tuples(st.just("move"), st.sampled_from(ZONES))
down = st.tuples(st.just("down"), st.integers(1, 4 * 24 * 60))
LAWS = settings(
    deadline=None,
    max_examples=6,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def play(shop: Workshop, customer: int, acts: list[tuple[str, object]]) -> list[int]:
    """Play the acts; gives the moments at which the server looked again after being away."""
    looks = []
    for act, what in acts:
        if act == "move":
            move(shop, customer, what)
            shop.forward()
        elif act == "forward":
            shop.forward(what * MINUTE)
        else:
            shop.service.stop()
            if act == "down":
                shop.clock.turn(shop.clock.now() + what * MINUTE)
            shop.service = shop.open()
            looks.append(shop.clock.now())
            shop.forward()
    return looks


def fired(shop: Workshop, customer: int) -> list[str]:
    return [
        day
        for (day,) in shop.rows(
            "select local_date from firing where customer = ? order by local_date", customer
        )
    ]


@pytest.mark.slow
@pytest.mark.timeout(400)
@given(acts=st.lists(st.one_of(forward, forward, moving, restart), min_size=3, max_size=12))
@LAWS
def test_each_local_date_fires_exactly_once_wherever_somebody_moves(new_database, acts) -> None:
    """Who moves around the world gets each day's mail once, and misses no day."""
    with TemporaryDirectory() as folder:
        shop = Workshop(Path(folder) / "w", flow(NOON), database_url=new_database())
        try:
            ada = shop.customer("ada")
            shop.forward()
            play(shop, ada, acts)
            days = fired(shop, ada)
            assert shop.rows("select count(*) from run") == [(len(days),)]
            first = calendar.local_date(START, "Europe/Berlin")
            # A day that is over in every zone has fired; one that has begun nowhere has not.
            over = calendar.local_date(shop.clock.now() - 37 * HOUR, "UTC")
            day = first
            while day <= over:
                assert day.isoformat() in days
                day += timedelta(days=1)
            assert all(one >= first.isoformat() for one in days)
        finally:
            shop.service.stop()


@pytest.mark.slow
@pytest.mark.timeout(400)
@given(acts=st.lists(st.one_of(forward, down, restart), min_size=2, max_size=8))
@LAWS
def test_what_was_due_while_away_fires_within_a_day_or_is_on_record(new_database, acts) -> None:
    """Every noon has a firing or a recorded reason; only what is late by a day has the latter."""
    with TemporaryDirectory() as folder:
        shop = Workshop(Path(folder) / "w", flow(NOON), database_url=new_database())
        try:
            people = {zone: shop.customer(zone[:3], zone=zone) for zone in ZONES[:4]}
            shop.forward()
            looks = play(shop, 0, acts)
            for zone, customer in people.items():
                due = []
                at = calendar.next_clock(START, AT_NOON, zone)
                while at <= shop.clock.now():
                    due.append(at)
                    at = calendar.next_clock(at, AT_NOON, zone)
                entered = Counter(
                    at
                    for (at,) in shop.rows(
                        "select entered_at from run where customer = ?", customer
                    )
                )
                away = {at for at in due if skipped(at, looks, shop)}
                assert entered == Counter(set(due) - away)
        finally:
            shop.service.stop()


def skipped(at: int, looks: list[int], shop: Workshop) -> bool:
    told = [
        orjson.loads(detail)["moment"]
        for (detail,) in shop.rows("select detail from audit where act = 'skipped: too late'")
    ]
    if at not in told:
        return False
    # It was late by more than a day at the first look after it.
    assert min(look for look in looks if look >= at) - at > DAY
    return True
