"""A simulated life that goes by plain ways is the life that the machine proper would lead."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings

from engine.lab.behaviour import Profile, Somebody
from engine.lab.crowd import BLOCK
from engine.lab.season import Season
from engine.lab.sharing import LostProcessError, others
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


CARTS = """\
flow carts:
  enter when ordered where total >= 9
  only if not customer has tag "seen"
  re-enter after 2 days
  holdout 10%
  exit when cancelled
  exit if customer.colour is "red" and customer has tag "warm"
  goal ordered where note is "n1" within 4 days

  set customer.colour to "red"
  repeat 2 times:
    send email one as opening:
      products 2 to 4 bestsellers
    wait up to 1 day for looked or click_email of opening:
      add tag "warm"
    else:
      notify team with two
      give coupon back
  remove tag "vip"
  wait until 18:00
  send push else sms else email two
  clear customer.colour
  show banner three for 2 days
"""
"""Most of what is plain in memory alone, with a door that refuses some."""


@given(text=flows())
@example(text=W1)
@example(text=CARTS)
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
    assert told["straight"] >= 0.9 * told["moves"] > 0


def test_several_processes_live_the_season_of_one() -> None:
    """Whoever lives them: blocks of people come to the same counts, and each is lived once."""
    shop = shop_of(HEAD, W1)
    told = []
    for processes in (1, 2, 3):
        *_, last = simulate(shop, "w1", 2 * BLOCK + 7, 20, 5, BUSY, processes=processes)
        assert (last.lived, last.processes) == (2 * BLOCK + 7, processes)
        told.append((last.entered, last.goals, last.refused, last.outcomes, last.days_sent))
    assert told[0] == told[1] == told[2]
    assert told[0][0] > BLOCK


def test_a_process_that_is_lost_is_told() -> None:
    """Its people would be missing from every figure."""

    def part(number: int, parts: int) -> Season:
        raise MemoryError

    with pytest.raises(LostProcessError), others(part, 2) as found:
        found()
