"""Invented people live with a flow, in virtual time."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
import typer
from typer.testing import CliRunner

from engine.cli import simulate as verb
from engine.lab.simulation import Profile, UnfitFlowError, simulate
from tests.harness.stage import shop_of

FLOW = """\
flow carts "Carts":
  enter when add_to_cart
  goal purchase within 5 days
  exit when purchase
  wait 1 hour
  send email one as opening
  wait 1 day
  send email two

flow yearly "Yearly":
  enter manually
  send email one
"""


def season(customers=300, seed=3, **profile):
    shop = shop_of(FLOW.partition("flow yearly")[0])
    *_, last = simulate(shop, "carts", customers, 30, seed, Profile(**profile))
    return last.as_json()


def test_the_same_seed_gives_the_same_season():
    """All that is counted is the same again, and another with another seed."""
    one, same, other = season(), season(), season(seed=4)
    for told in (one, same, other):
        del told["seconds"], told["steps_per_second"]
    assert one == same
    assert one["steps"] != other["steps"]


def test_counts_fit_each_other():
    """Everybody who entered got the first message or left before, and every message has its day."""
    told = season()
    assert told["entered"] > 100
    assert sum(told["messages"].values()) == sum(told["messages_per_day"])
    steps = told["steps"]
    first = told["messages"]["email one"]
    assert first == steps["opening"]["done"]
    assert first <= told["entered"]
    assert told["messages"]["email two"] < first
    assert told["goals"] >= told["ends"]["exit when: purchase"] > 0


def test_who_never_buys_reaches_no_goal():
    """What people do is what the profile says."""
    told = season(bought=0.0, bought_after_click=0.0)
    assert told["goals"] == 0
    assert set(told["ends"]) == {"finished"}


def test_a_flow_that_no_event_lets_in_is_refused(tmp_path: Path):
    """A flow that is started by hand is none for this; one that is not there is none at all."""
    shop = shop_of(FLOW)
    with pytest.raises(UnfitFlowError, match="only flows"):
        list(simulate(shop, "yearly", 1, 1, 1))
    with pytest.raises(UnfitFlowError, match="there is no flow"):
        list(simulate(shop, "nowhere", 1, 1, 1))


def test_the_verb_tells_the_example_shop():
    """`headrace simulate` answers with one document, and without one in words."""
    app = typer.Typer()
    verb.register(app)
    run = CliRunner().invoke(
        app, ["abandoned_cart", "flows", "--customers", "40", "--format", "json"]
    )
    assert run.exit_code == 0, run.output
    assert orjson.loads(run.stdout)["entered"] > 0
    run = CliRunner().invoke(app, ["nowhere", "flows"])
    assert run.exit_code == 2
    assert "there is no flow" in run.output
