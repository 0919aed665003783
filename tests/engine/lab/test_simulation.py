"""Invented people live with a flow, in virtual time."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
import typer
from typer.testing import CliRunner

from engine.cli import simulate as verb
from engine.lab.behaviour import Answer, Profile
from engine.lab.from_history import UnreadableProfileError, of_file
from engine.lab.simulation import UnfitFlowError, simulate
from engine.projects.compiled import compile_folder
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


EVERYBODY = Profile(email=1.0, sms=1.0, push=1.0)
"""All may be written to."""


def season(customers=300, seed=3, **profile):
    shop = shop_of(FLOW.partition("flow yearly")[0])
    people = Profile(**{"email": 1.0, **profile})
    *_, last = simulate(shop, "carts", customers, 30, seed, people)
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


def test_a_flow_that_is_not_there_is_refused():
    """So is one that no line lets anybody into."""
    shop = shop_of(FLOW)
    with pytest.raises(UnfitFlowError, match="there is no flow"):
        list(simulate(shop, "nowhere", 1, 1, 1))
    with pytest.raises(UnfitFlowError, match="lets anybody in"):
        list(simulate(shop_of("flow closed:\n  send email one\n"), "closed", 1, 1, 1))


OTHER_DOORS = """\
store "Test":
  timezone "Europe/Berlin"
  currency EUR

segment buyers:
  did purchase at least 2 times in last 90 days

flow joined:
  enter when customer joins segment buyers
  send email one

flow daily:
  enter every day at 08:00 for segment buyers
  send email one

flow sale:
  enter once on 2026-11-27 07:00 for segment buyers
  send email one

flow party:
  enter every year on customer.birthday at 09:00
  send email one

flow seen:
  enter 2 days before customer.seen_at at 09:00
  send email one

flow back:
  enter when product back in stock for customers who did view_item of this product
  send email one

flow cheap:
  enter when product price drops by 10% for customers who did view_item of this product
  send email one

flow low:
  enter when product stock falls below 5 for customers who did view_item of this product
  send email one
"""


@pytest.mark.parametrize(
    "flow", ["joined", "daily", "sale", "party", "seen", "back", "cheap", "low"]
)
def test_people_come_in_by_every_door(flow):
    """Segments, the calendar, dates and products let some in, and not all at once; each gets the
    message once for each entry.
    """
    *_, last = simulate(shop_of(OTHER_DOORS), flow, 150, 40, 2, EVERYBODY)
    told = last.as_json()
    assert told["entered"] > 0
    assert told["messages"] == {"email one": told["entered"]}
    if flow not in ("daily", "sale"):
        assert max(told["messages_per_day"]) < told["entered"]


def test_dates_come_as_often_as_there_are_days():
    """A birthday comes once a year: of 730 people 60 within 30 days, give or take four sigma."""
    *_, last = simulate(shop_of(OTHER_DOORS), "party", 730, 30, 1)
    assert 30 < last.entered < 90


def test_a_campaign_s_season_begins_before_it():
    """A moment that is months away is looked at from the day before."""
    *_, last = simulate(shop_of(OTHER_DOORS), "sale", 50, 5, 1, EVERYBODY)
    told = last.as_json()
    assert told["from"] == "2026-11-26T06:00:00Z"
    assert [bool(one) for one in told["messages_per_day"]] == [False, True, False, False, False]


def test_everybody_is_started_by_hand_once():
    """Who starts a flow by hand picks everybody, within the first hour."""
    *_, last = simulate(shop_of(FLOW), "yearly", 70, 3, 1, EVERYBODY)
    assert last.as_json()["messages_per_day"] == [70, 0, 0]


@pytest.mark.parametrize("plain", [True, False])
def test_who_waits_gets_what_those_who_tried_chose(plain: bool):
    """An arm that everybody clicks is chosen by the invented people themselves, and those who wait
    get it when it is time.
    """
    text = """\
flow sale:
  enter manually
  experiment words winner by click_email after 4 hours:
    20% as short:
      send email one
    20% as long:
      send email two
"""
    answers = {"one": Answer(0.0, 0.0, 0.0), "two": Answer(1.0, 1.0, 0.0)}
    profile = Profile(delay=0.5, answers=answers)
    *_, last = simulate(shop_of(text), "sale", 200, 3, 1, profile, plain=plain)
    told = last.as_json()
    assert told["chosen"]["words"]["arm"] == "long"
    tried = {one["label"]: one["people"] for one in told["chosen"]["words"]["seen"]}
    assert told["messages"]["email one"] == tried["short"]
    assert told["messages"]["email two"] > 2 * tried["long"]


def test_limits_are_counted():
    """One message a week: the second one meets the limit, for everybody."""
    shop = shop_of(
        """\
store "Test":
  timezone "Europe/Berlin"
  currency EUR
  limit 1 message per week
flow twice:
  enter manually
  send email one
  wait 1 day
  send email two
"""
    )
    *_, last = simulate(shop, "twice", 20, 5, 1, EVERYBODY)
    assert last.as_json()["limits_hit"] == 20
    assert last.as_json()["messages"] == {"email one": 20}


def test_a_file_says_what_people_do(tmp_path: Path):
    """Rates, answers and properties from TOML; what it cannot mean is refused with its name."""
    shop = shop_of(FLOW)
    file = tmp_path / "people.toml"
    file.write_text(
        "visits = 2\n[events]\nsearch = 1.5\n[messages.one]\nopened = 1\nclicked = 0.5\n"
        "[[says.search]]\nvalue = 12.5\n"
    )
    told = of_file(file, shop.types)
    assert (told.visits, told.events, told.answer("one")) == (2.0, {"search": 1.5}, (1, 0.5, 0))
    assert told.says["search"][0]["value"] == 1_250
    for wrong in ("vists = 2", "visits = -1", "visits ="):
        file.write_text(wrong)
        with pytest.raises(UnreadableProfileError, match=r"people\.toml"):
            of_file(file, shop.types)


def test_every_example_flow_lets_somebody_in():
    """Made-up people have pasts, tags, habits and words enough for the first lines of each."""
    compiled = compile_folder(Path("flows").resolve())
    alone = []
    for flow in sorted(compiled.graphs):
        shop = compiled.deployment(flows={flow})
        for people in (12, 60, 600):
            *_, last = simulate(shop, flow, people, 30, 1)
            if last.entered:
                break
        alone += [] if last.entered else [f"{flow}: {last.nobody}"]
    assert alone == []


def test_nobody_is_explained():
    """Where nobody comes it is said what was missing, and what to try."""
    never = """\
flow regulars:
  enter when purchase
  only if count of purchase is 300
  send email one
"""
    *_, last = simulate(shop_of(never), "regulars", 200, 30, 1)
    assert last.nobody.startswith("nobody entered: ")
    assert "only if on line 3 does not hold: try --days 120" in last.nobody
    *_, last = simulate(shop_of(FLOW), "carts", 30, 1, 1, Profile(visits=0.0))
    assert "in one day nobody did add_to_cart as its line asks" in last.nobody


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
