"""Steps: branches, loops, facts, coupons; and the moves that are not allowed."""

import re
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import coupons, draws
from engine.core.changes import Changes
from engine.core.machine import moves
from engine.core.machine.state import Execution, IllegalMove, end
from engine.core.machine.steps import STEPS
from engine.core.turn import Turn
from tests.harness.stage import Stage

DAY = 24 * 60
ENTER = "flow f:\n  enter when sign_up\n"


@pytest.mark.parametrize(("country", "tag"), [("DE", "d"), ("RS", "r"), ("FR", "o"), (None, "o")])
def test_if_and_switch_agree(country, tag):
    """A branch takes the first arm that holds; a missing value takes `else`."""
    text = (
        ENTER
        + """\
  if customer.country is "DE":
    add tag "if-d"
  else if customer.country in ["RS", "ME"]:
    add tag "if-r"
  else:
    add tag "if-o"
  switch customer.country:
    case "DE", "AT":
      add tag "case-d"
    case "RS":
      add tag "case-r"
    else:
      add tag "case-o"
"""
    )
    stage = Stage(text, **({"country": country} if country else {}))
    stage.play(0, "sign_up")
    assert stage.facts.tags == {f"if-{tag}", f"case-{tag}"}


def test_repeat_and_go_to():
    """A repeat runs so many times, a bounded jump falls through when it is exhausted."""
    text = (
        ENTER
        + """\
  repeat 2 times as outer:
    wait 1 day
    repeat 2 times:
      send email inner
  wait 1 day as back
  send email after
  go to back up to 2 times
  send email end
"""
    )
    stage = Stage(text)
    stage.play(0, "sign_up")
    stage.run(30 * DAY)
    assert stage.messages == ["email inner"] * 4 + ["email after"] * 3 + ["email end"]
    assert [intent.visit for intent in stage.changes.intents] == [1, 2, 3, 4, 1, 2, 3, 1]
    assert len({intent.key for intent in stage.changes.intents}) == 8


def test_repeat_starts_at_zero_each_time_it_is_reached():
    """A jump back in front of a repeat runs it in full again."""
    text = (
        ENTER
        + """\
  wait 1 day as again
  repeat 2 times:
    send email x
  go to again up to 1 times
"""
    )
    stage = Stage(text)
    stage.play(0, "sign_up")
    stage.run(9 * DAY)
    assert stage.messages == ["email x"] * 4


def test_experiment_is_sticky_and_can_be_given():
    """The arm is drawn by customer and experiment; a test may give it."""
    text = (
        ENTER
        + """\
  experiment offer:
    30% as low:
      add tag "low"
    70% as high:
      add tag "high"
"""
    )
    for arm in ("low", "high"):
        stage = Stage(text)
        stage.lane.arms = {"offer": arm}
        stage.play(0, "sign_up")
        assert stage.facts.tags == {arm}
    share = sum(draws.of_experiment("offer", c) < 0.3 for c in range(10_000))
    assert 2_800 < share < 3_200


def test_share_that_is_left_goes_to_else():
    """What the arms leave over takes `else`."""
    text = (
        ENTER
        + '  experiment e:\n    1% as a:\n      add tag "a"\n    else:\n      add tag "rest"\n'
    )
    tags = set()
    for customer in range(5):
        stage = Stage(text)
        stage.facts.id = customer + 100
        stage.play(0, "sign_up")
        tags |= stage.facts.tags
    assert "rest" in tags


def test_facts_that_steps_change():
    """What a step sets can be seen by the next step, and is told as a change."""
    text = (
        ENTER
        + """\
  set customer.tier to "gold"
  set customer.budget to 12.50
  set customer.seen_at to now
  add tag "a"
  add tag "b"
  remove tag "b"
  if customer.tier is "gold" and customer has tag "a" and customer.budget is 12.50:
    send email seen
  clear customer.tier
"""
    )
    stage = Stage(text)
    stage.play(0, "sign_up")
    assert stage.messages == ["email seen"]
    assert stage.facts.customer["budget"] == 1250
    assert stage.facts.customer["seen_at"] == stage.start
    assert "tier" not in stage.facts.customer
    assert stage.facts.tags == {"a"}
    told = [(one.kind, one.name, one.value) for one in stage.changes.facts]
    assert told == [
        ("property", "tier", "gold"),
        ("property", "budget", 1250),
        ("property", "seen_at", stage.start),
        ("tag", "a", True),
        ("tag", "b", True),
        ("tag", "b", False),
        ("property", "tier", None),
    ]


def test_scores_by_steps():
    """Points that a step adds decay like all others."""
    text = "score s:\n  +1 on page_view\n  halves every 30 days\n" + ENTER + "  add 40 to score s\n"
    stage = Stage(text)
    stage.play(0, "sign_up")
    stage.play(30 * DAY, "page_view")
    assert stage.facts.scores["s"].points == pytest.approx(21)


def test_each_passing_of_give_coupon_promises_one_code():
    """A run promises a code for each step and visit; messages after it know the latest promise."""
    text = (
        'coupon ten "10 %":\n  10% off\n  valid for 14 days\n  code "TEN-????-????"\n' + ENTER
        + "  give coupon ten\n  send email one\n  wait 1 day\n  send email one\n"
        + "  give coupon ten\n  send email two\n"
    )  # fmt: skip
    stage = Stage(text)
    stage.play(0, "sign_up")
    stage.run(2 * DAY)
    first, again, other = (intent.payload["coupon"] for intent in stage.changes.intents)
    assert first == again
    assert first["name"] == other["name"] == "ten"
    assert (first["step"], first["visit"]) != (other["step"], other["visit"])


@given(st.sets(st.integers(1, 10**12), min_size=2, max_size=50), st.integers(0, 4))
def test_no_two_runs_share_a_code(runs, places):
    """Codes of different runs differ, even when the pattern has little room."""
    coupon = coupons.Coupon("c", "c", "X-" + "?" * places)
    codes = {coupons.mint(coupon, run, "secret") for run in runs}
    assert len(codes) == len(runs)
    assert codes == {coupons.mint(coupon, run, "secret") for run in runs}


@pytest.mark.parametrize("places", [1, 2])
def test_codes_fill_their_room(places):
    """A pattern is used up before codes get longer."""
    coupon = coupons.Coupon("c", "c", "?" * places)
    codes = {coupons.mint(coupon, run, "") for run in range(32**places)}
    assert len(codes) == 32**places
    assert {len(code) for code in codes} == {places}


def test_exit_step_and_exit_if():
    """An exit step ends with its reason; `exit if` is looked at before every step."""
    text = (
        ENTER
        + """\
  exit if customer has tag "stop"
  add tag "a"
  if customer.country is "DE":
    exit "german"
  add tag "stop"
  add tag "never"
"""
    )
    stage = Stage(text, country="DE")
    stage.play(0, "sign_up")
    assert stage.ends == [("exit", "german")]
    other = Stage(text)
    other.play(0, "sign_up")
    assert other.ends[0][0] == "condition"
    assert other.facts.tags == {"a", "stop"}


def test_stop_flow_ends_its_own_run_too():
    """A flow that stops itself stops there."""
    stage = Stage(ENTER + '  stop flow f\n  add tag "never"\n')
    stage.play(0, "sign_up")
    assert (stage.ends[0][0], stage.facts.tags) == ("stopped", set())


def test_illegal_moves_change_nothing():
    """What the state of a run does not allow raises, and nothing has changed."""
    stage = Stage(ENTER + "  wait 1 day\n  send email one\n")
    event = stage.play(0, "sign_up")
    (run,) = stage.runs

    def execution():
        turn = Turn(
            stage.deployment, stage.lane, stage.now, changes, lambda: 0, stage.seqs.__next__
        )
        return Execution(turn, run, at=stage.now, moment=stage.now)

    changes = Changes()
    before = asdict(run)
    with pytest.raises(IllegalMove):
        moves.happen(execution(), 0, event)
    assert (asdict(run), changes) == (before, Changes())
    stage.run(2 * DAY)
    before = asdict(run)
    for move in (
        lambda: moves.wake(execution()),
        lambda: end(execution(), "stopped"),
        lambda: moves.jump(execution(), 1, "x"),
        lambda: moves.happen(execution(), 0, event),
    ):
        with pytest.raises(IllegalMove):
            move()
    assert (asdict(run), changes) == (before, Changes())


def test_only_the_table_writes_the_state_of_a_run():
    """Whoever reads `state.py` has seen all that can become of a run."""
    core = Path(__file__).resolve().parents[3] / "engine" / "core"
    writers = {
        file.relative_to(core).as_posix()
        for file in core.rglob("*.py")
        if re.search(r"run\.state\s*=[^=]", file.read_text("utf-8"))
    }
    assert writers == {"machine/state.py"}


def test_every_kind_of_step_has_its_transition():
    """No step of the language is without a meaning."""
    from typing import get_args

    from dsl.graph.kinds import KINDS, NodeKind
    from dsl.tree import Step

    assert tuple(KINDS) == get_args(NodeKind)
    steps = {kind: row for kind, row in KINDS.items() if kind not in {"entry", "end"}}
    assert set(steps) | {"again"} == set(STEPS)
    assert {row.node for row in steps.values()} == set(get_args(Step))
    assert len({row.node for row in steps.values()}) == len(steps)


def test_an_empty_place_is_passed_at_once():
    """`go on` takes no time, tells nothing and leaves no trace; the run goes on behind it."""
    stage = Stage(
        ENTER
        + """\
  if customer.country is "DE":
    go on
  else:
    add tag "abroad"
  go on
  repeat 2 times:
    wait 1 day
    go on
  send email after
""",
        country="DE",
    )
    stage.play(0, "sign_up")
    stage.run(3 * DAY)
    assert stage.sent == [("email after", "01-07 10:00")]
    assert not stage.facts.tags
    steps = [row.node for row in stage.changes.history]
    assert not [step for step in steps if step.startswith("go_on")]
    assert "if_customer_country_is_de" in steps


def test_steps_of_one_go_are_bounded():
    """A long loop without a wait is cut into goes, and still comes to its end."""
    stage = Stage(
        "score s:\n  +1 on page_view\n" + ENTER + "  repeat 1500 times:\n    add 1 to score s\n"
    )
    stage.play(0, "sign_up")
    assert stage.runs[0].state == "waiting"
    assert stage.facts.scores["s"].points < 1500
    stage.run(1)
    for minute in range(2, 9):
        stage.apply([], stage.at(minute))
    assert stage.runs[0].state == "ended"
    assert stage.facts.scores["s"].points == 1500
