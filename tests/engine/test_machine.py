"""Steps: branches, loops, facts, coupons; and the moves that are not allowed."""

import json
import re
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.core import coupons, draws
from engine.core.changes import Changes
from engine.core.machine import moves
from engine.core.machine.state import Execution, IllegalMove, end
from engine.core.machine.steps import STEPS
from engine.core.program import Op
from engine.core.turn import Turn
from tests.engine.stage import Stage

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
    core = Path(__file__).resolve().parents[2] / "engine" / "core"
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


# --- laws ----------------------------------------------------------------------------------

LAWS = """\
store "Test":
  timezone "Europe/Berlin"
  currency EUR
  quiet hours 21:00 to 08:00
  limit 3 messages per day
flow carts:
  enter when add_to_cart for each item
  re-enter after 1 day
  exit when purchase of this product
  goal purchase within 3 days
  wait 1 hour
  send push else email reminder as touch
  wait up to 1 day for click_email of touch:
    add tag "warm"
  else:
    send sms nudge
  repeat 2 times:
    wait until 18:00
    send email more
flow reader:
  enter when click_email
  go to offer when purchase
  wait up to 2 days:
    for add_to_cart:
      add tag "shopper"
    for page_view:
      track page_view
    else:
      exit "silent"
  send email offer as offer
flow orders:
  enter when purchase
  transactional
  send email thanks
  experiment e:
    50% as a:
      wait 3 hours
    50% as b:
      add tag "b"
"""
_PLAYS = st.lists(
    st.tuples(
        st.integers(0, 6 * DAY),
        st.sampled_from(["add_to_cart", "purchase", "click_email", "page_view"]),
        st.sampled_from(["tent", "mug"]),
    ),
    max_size=12,
)


def _played(plays):
    stage = Stage(LAWS)
    stage.facts.catalogue["tent"] = {"price": 20_000}
    stage.facts.catalogue["mug"] = {"price": 900}
    for minute, name, item in sorted(plays):
        more = {"message": "reminder"} if name == "click_email" else {"item": item}
        stage.play(minute, name, **more)
    return stage.run(30 * DAY)


def _state_of(rows):
    """State as the history tells it: the last row that says where the run stands."""
    last = rows[-1]
    return last.outcome if last.outcome in ("waiting", "held", "ended") else "walking"


@settings(max_examples=60, deadline=None)
@given(_PLAYS)
def test_laws_of_every_history(plays):
    """Everybody who entered is somewhere or has ended; history tells where; keys are unique; one
    run per flow and key; memory is JSON; the same plays give the same again.
    """
    stage = _played(plays)
    changes = stage.changes
    by_run = {}
    for row in changes.history:
        by_run.setdefault(row.run, []).append(row)
    assert set(by_run) == {run.id for run in changes.entered}
    for run in changes.entered:
        rows = by_run[run.id]
        assert rows[0].outcome == "entered"
        assert _state_of(rows) == run.state
        ended = [row for row in rows if row.outcome == "ended"]
        assert len(ended) - sum(gone.run == run.id for gone in changes.withdrawn) == (
            run.state == "ended"
        )
        if run.state != "ended":
            assert (rows[-1].until, rows[-1].node) == (
                run.wake_at,
                stage.deployment.programs[run.flow].ops[run.node].id,
            )
        assert all(early.at <= late.at for early, late in pairwise(rows))
        assert json.loads(json.dumps(run.memory)) == run.memory
    keys = [intent.key for intent in changes.intents]
    assert len(keys) == len(set(keys))
    for flow in stage.deployment.programs:
        runs = [run for run in changes.entered if run.flow == flow]
        for early, late in pairwise(sorted(runs, key=lambda run: (run.key, run.entered_at))):
            if early.key == late.key:
                # A run that came to its end may be left once more, before its last message goes.
                ends = [row.at for row in by_run[early.id] if row.outcome == "ended"]
                assert min(ends) <= late.entered_at
    again = _played(plays)
    assert again.changes.history == changes.history
    assert again.changes.intents == changes.intents


@settings(max_examples=40, deadline=None)
@given(_PLAYS)
@example(
    [
        (0, "add_to_cart", "tent"),
        (0, "add_to_cart", "mug"),
        (60, "purchase", "tent"),
        (60, "click_email", "tent"),
    ]
)
def test_no_message_at_night_and_none_over_the_limit(plays):
    """Whatever happens, nobody gets an e-mail at night or a fourth message in a day."""
    from engine.core import calendar
    from tests.engine.stage import BERLIN

    stage = _played(plays)
    moments = sorted(intent.ready_at for intent in stage.gone if not intent.transactional)
    for at in moments:
        assert 8 <= calendar.local(at, BERLIN).hour < 21
        assert sum(at - DAY * 60_000 < other <= at for other in moments) <= 3


def test_ops_stand_for_nodes():
    """Every op knows its place among the steps."""
    stage = Stage(LAWS)
    for program in stage.deployment.programs.values():
        for op in program.ops:
            assert isinstance(op, Op)
            assert program.index[op.id] == op.position
