"""A simulated life that goes by plain ways is the life that the machine proper would lead."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, example, given, settings

from engine.lab.behaviour import Profile, Somebody
from engine.lab.simulation import simulate
from tests.engine.runtime.test_straight import HEAD, W1, flows
from tests.harness.stage import shop_of

PEOPLE = (
    Somebody({"size": 6, "colour": "red"}, ["vip"]),
    Somebody({"size": 3}, [], {"email": True}),
    Somebody({}, ["vip", "seen"], {"sms": True}),
    Somebody({"size": 1}, [], {}),
)
BUSY = Profile(
    events={"ordered": 4.0, "looked": 3.0, "cancelled": 1.0},
    says={
        "ordered": [{"note": "n1", "total": 900}, {"note": "n2"}],
        "looked": [{"note": "n1"}],
        "cancelled": [{"note": "n1"}, {}],
    },
    people=PEOPLE,
)


def season(text: str, *, plain: bool, customers: int = 60) -> dict[str, Any]:
    shop = shop_of(HEAD, text)
    flow = min(shop.programs)
    *_, last = simulate(shop, flow, customers, 20, 5, BUSY, plain=plain)
    told = last.as_json()
    del told["seconds"], told["steps_per_second"]
    return told


@given(text=flows())
@example(text=W1)
@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
def test_plain_ways_lead_where_the_machine_leads(text: str) -> None:
    """Whatever the flow: the same steps, messages, days, goals, reasons and ends."""
    plain, proper = season(text, plain=True), season(text, plain=False)
    assert proper.pop("straight") == 0
    assert plain["straight"] <= plain["moves"]
    del plain["straight"]
    assert plain == proper


def test_six_steps_go_straight() -> None:
    """What can be written out is: most of what a plain flow does outside of quiet hours."""
    told = season(W1, plain=True, customers=100)
    assert told["straight"] >= 0.6 * told["moves"] > 0
