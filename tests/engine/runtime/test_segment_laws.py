"""Laws of segments, over random lives: asked of all or of one, the answer is the same."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.core.conditions.scope import Scope
from engine.core.model import MINUTE
from tests.engine.runtime.test_segments import folded, members
from tests.harness.workshop import Workshop

SEGMENTS = """\
score warmth:
  +10 on ordered
  +5 on view_item
  halves every 2 days

segment spenders:
  sum of ordered.total in last 3 days >= 50

segment warm:
  score.warmth > 6

segment quiet:
  did ordered
  time since ordered > 36 hours

segment regulars:
  did ordered at least 2 times in last 5 days where total > 10
  customer not in segment quiet

segment reachable:
  customer can receive email

segment early:
  customer.created_at < now - 2 days

segment buyers_of_shoes:
  did ordered where note is "shoes"

segment after_epiphany:
  now > 2026-01-07

flow warm_up:
  enter when customer joins segment warm
  exit when customer leaves segment warm
  add tag "warm"
  wait 30 days
  add tag "long"

flow regular:
  enter when customer joins segment regulars or customer leaves segment spenders
  add 3 to score warmth

segment tagged:
  customer has tag "warm"
"""
CUSTOMERS = 4
who = st.integers(0, CUSTOMERS - 1)
order = st.tuples(
    st.just("ordered"), who, st.integers(0, 80), st.sampled_from(["shoes", "hat", ""])
)
view = st.tuples(st.just("view_item"), who, st.just(0), st.just(""))
later = st.tuples(st.just("later"), st.just(0), st.integers(1, 3 * 24 * 60), st.just(""))
consent = st.tuples(st.just("consent"), who, st.integers(0, 1), st.just(""))


def by_one(shop: Workshop) -> set[tuple[int, str]]:
    """Who is in what, each customer asked alone."""
    service = shop.service
    now, tests = shop.clock.now(), service.deployment.segments

    def work(transaction):
        ids = [row[0] for row in transaction.rows("select id from customer")]
        return service._worker.steps.load(transaction, ids, now).lanes

    return {
        (customer, name)
        for customer, lane in service.writer.run(work).items()
        for name, test in tests.items()
        if test(Scope(lane.facts, now), None, None)
    }


@pytest.mark.slow
@pytest.mark.timeout(400)
@given(acts=st.lists(st.one_of(order, view, later, consent), min_size=3, max_size=10))
@settings(
    deadline=None,
    max_examples=6,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_look_at_all_says_what_a_look_at_each_says(new_database, acts) -> None:
    """After every step of a random life, memberships are those that each customer's facts give,
    and the history of joins and leaves adds up to them.
    """
    with TemporaryDirectory() as folder:
        shop = Workshop(Path(folder) / "w", SEGMENTS, database_url=new_database())
        try:
            people = [shop.customer(f"c{n}", created_at=shop.clock.now()) for n in range(CUSTOMERS)]
            shop.forward()
            for act, one, number, note in acts:
                if act == "later":
                    shop.forward(number * MINUTE)
                elif act == "consent":
                    shop.service.writer.run(
                        lambda tx: tx.execute(
                            "update consent set allowed = ? where customer = ?",
                            (bool(number), people[one]),  # noqa: B023 - run waits
                        )
                    )
                else:
                    shop.happen(people[one], act, total=number * 100, note=note)
                    shop.forward()
                shop.service.segments.look(shop.service.deployment.blocks)
                shop.forward()
                assert members(shop) == by_one(shop)
                assert folded(shop) == members(shop)
                assert shop.service.segments.look(shop.service.deployment.blocks) == 0
        finally:
            shop.service.stop()
