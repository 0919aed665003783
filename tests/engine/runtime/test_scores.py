"""Scores in the running server: points by event, kept with their moment, decayed when read."""

from __future__ import annotations

import orjson
import pytest

from engine.core.model import DAY, HOUR, MINUTE
from engine.customers import merging
from tests.harness.workshop import START

WARM = """\
score warmth:
  +10 on ordered
  +4 on view_item
  -3 on unsubscribe
  halves every 2 days

segment warm:
  score.warmth >= 5

flow hello:
  enter when customer joins segment warm
  exit when customer leaves segment warm
  send email one
  wait 30 days
  send email two

flow gift:
  enter when sign_up
  add 6 to score warmth
"""


def score(shop, customer: int) -> list[float]:
    ((told,),) = shop.rows("select scores from customer where id = ?", customer)
    return orjson.loads(told)["warmth"]


def test_points_add_up_over_their_decay(workshop) -> None:
    """Two days halve the points; what comes later counts whole."""
    shop = workshop(WARM)
    ada = shop.customer()
    shop.happen(ada, "ordered")
    shop.forward(2 * DAY)
    shop.happen(ada, "view_item")
    shop.forward()
    assert score(shop, ada) == [pytest.approx(9), START + 2 * DAY]
    shop.happen(ada, "sign_up")
    shop.forward(MINUTE)
    assert score(shop, ada) == [pytest.approx(15), START + 2 * DAY]


def test_a_score_that_has_decayed_leaves_its_segment(workshop) -> None:
    """Nobody does anything, and still the segment is left, within the hour when a clock turns."""
    shop = workshop(WARM)
    ada = shop.customer()
    shop.happen(ada, "ordered")
    shop.forward(10 * DAY)
    rows = shop.rows("select joined, at from membership_change where segment = 'warm' order by id")
    assert [bool(joined) for joined, _ in rows] == [True, False]
    assert START + 2 * DAY <= rows[1][1] <= START + 2 * DAY + HOUR
    assert shop.notebook.messages == ["one"]
    assert shop.rows("select end_reason from run") == [("customer leaves segment warm",)]
    assert score(shop, ada) == [10, START]


def test_points_survive_a_restart(workshop) -> None:
    """What was counted stays counted."""
    shop = workshop(WARM)
    ada = shop.customer()
    shop.happen(ada, "view_item")
    shop.forward(HOUR)
    shop.reopen()
    shop.happen(ada, "view_item")
    shop.forward()
    assert score(shop, ada)[0] == pytest.approx(4 + 4 * 0.5 ** (1 / 48))


def test_what_happened_long_ago_arrives_decayed(workshop) -> None:
    """Points of an order of four days ago are a quarter when it is told."""
    from engine.store import events

    shop = workshop(WARM)
    ada = shop.customer()
    told = events.NewEvent("old", ada, "ordered", START - 4 * DAY, {}, enters=False)
    shop.service.writer.run(lambda tx: events.append(tx, [told], START))
    shop.forward()
    assert score(shop, ada) == [pytest.approx(2.5), START]


def test_two_rows_of_one_person_add_their_points(workshop) -> None:
    """What a visitor did before signing in is added to what was known, each decayed by its age."""
    shop = workshop(WARM)
    known, visitor = shop.customer("ada"), shop.customer("visitor")
    shop.happen(known, "view_item")
    shop.forward(2 * DAY)
    shop.happen(visitor, "view_item")
    shop.forward()
    shop.service.writer.run(lambda tx: merging.merge(tx, known, visitor, shop.clock.now()))
    shop.forward()
    assert score(shop, known) == [pytest.approx(6), START + 2 * DAY]
    inside = shop.rows("select customer, segment from membership where member")
    assert inside == [(known, "warm")]
