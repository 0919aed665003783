"""Events that nothing live looks at go past the worker, and nobody can tell the difference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.core.model import MINUTE
from engine.intake.incoming import Incoming, Kind
from engine.intake.ingest import take
from engine.store import pending
from tests.harness.workshop import HEAD, Workshop

WORDS = """\
event seen:
  page text

event reviewed:
  stars number

"""
FLOW = """\
flow f:
  enter when ordered
  exit when refund
  send email one
  wait 30 minutes
  send email two
"""
ASKING = FLOW.replace(
    "  send email one", "  only if:\n    did seen in last 20 minutes\n  send email one"
)
WATCHING = """
segment fresh "Ordered lately":
  did ordered in last 30 days

flow g:
  enter when customer joins segment fresh
  send email three
"""
NAMES = ("ordered", "seen", "reviewed", "refund", "add_to_cart", "purchase")
STATE = (
    "select customer, flow, version, state, node, entered_at, wake_at, end_kind from run",
    "select run, node, at from step_history",
    "select customer, run, step, state, made_at from intent",
    "select id, properties, cart, scores from customer",
    "select id, customer, name, occurred_at, properties from event",
)


def tell(
    shop: Workshop, user: str, name: str, *, passing: bool = True, kind: Kind = "track"
) -> None:
    """Let the intake take a call as the tracking API has it taken; not `passing`: as before."""
    service, now = shop.service, shop.clock.now()

    def work(transaction: Any) -> None:
        number = transaction.number("event")
        told = Incoming(kind, f"t{number}", user=user, event=name, occurred_at=now)
        waited_for = service.deployment.waited_for if passing else None
        (taken,) = take(transaction, [told], service.deployment.types, now, waited_for=waited_for)
        assert not taken.error

    service.writer.run(work)


def waiting(shop: Workshop) -> list[str]:
    """The names of the events that wait for the worker."""
    sql = "select name from event where id in (select id from pending) order by id"
    return [name for (name,) in shop.rows(sql)]


def state(shop: Workshop) -> list[list[tuple[Any, ...]]]:
    return [sorted(shop.rows(sql), key=repr) for sql in STATE]


def test_what_nothing_looks_at_waits_for_nobody(workshop: Callable[..., Workshop]) -> None:
    """It is stored like any other and no lane is asked; what a flow, a cart or we ourselves look at
    waits.
    """
    shop = workshop(WORDS + FLOW)
    shop.customer("ada")
    for name in NAMES:
        tell(shop, "ada", name)
    tell(shop, "ada", "", kind="identify")
    assert waiting(shop) == ["ordered", "refund", "add_to_cart", "purchase", "$identify"]
    told = [name for (name,) in shop.rows("select name from event order by id")]
    assert told == [*NAMES, "$identify"]


def test_where_a_segment_is_watched_every_event_waits(workshop: Callable[..., Workshop]) -> None:
    """Each is an occasion to see that time alone has moved somebody."""
    shop = workshop(WORDS + FLOW + WATCHING)
    shop.service.segments.settle()
    shop.customer("ada")
    tell(shop, "ada", "seen")
    assert waiting(shop) == ["seen"]


@pytest.mark.parametrize("restarted", [False, True])
def test_what_went_past_is_told_in_its_order(
    workshop: Callable[..., Workshop], restarted: bool
) -> None:
    """An order that still waits when a condition about a later event goes live does not know of
    that event, and of one before it, it does.
    """
    shop = workshop(WORDS + FLOW)
    shop.customer("ada")
    shop.customer("bob")
    tell(shop, "ada", "ordered")
    tell(shop, "ada", "seen")
    tell(shop, "bob", "seen")
    tell(shop, "bob", "ordered")
    assert waiting(shop) == ["ordered", "ordered"]
    shop.write(HEAD + WORDS + ASKING)
    shop.service.publish(shop.flows)
    if restarted:
        shop.reopen()
    assert waiting(shop) == ["ordered", "seen", "ordered"]
    shop.forward()
    assert [one.to for _, one in shop.notebook.taken] == ["bob@shop.example"]
    assert shop.service.writer.run(pending.any_there) is False


_ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("tell"), st.sampled_from(("ada", "bob")), st.sampled_from(NAMES)),
        st.tuples(st.just("forward"), st.integers(0, 25), st.just("")),
        st.tuples(st.just("publish"), st.integers(0, 0), st.just("")),
    ),
    max_size=14,
)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=_ACTS)
def test_nobody_can_tell_the_difference(
    tmp_path_factory: pytest.TempPathFactory, acts: list[Any]
) -> None:
    """Runs, their history, messages, customers and events are the same as where each event is
    looked at by the worker, also where another flow goes live in between.
    """
    folder = tmp_path_factory.mktemp("shops")
    shops = Workshop(folder / "passing", WORDS + FLOW), Workshop(folder / "all", WORDS + FLOW)
    for shop, passing in zip(shops, (True, False), strict=True):
        for user in ("ada", "bob"):
            shop.customer(user)
        asking = False
        for act, one, two in acts:
            if act == "tell":
                tell(shop, one, two, passing=passing)
            elif act == "forward":
                shop.forward(one * MINUTE)
            else:
                asking = not asking
                shop.write(HEAD + WORDS + (ASKING if asking else FLOW))
                shop.service.publish(shop.flows)
        shop.forward(60 * MINUTE)
    told = [state(shop) for shop in shops]
    for shop in shops:
        shop.service.stop()
    assert told[0] == told[1]
