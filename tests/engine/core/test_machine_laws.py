"""Laws that every history keeps, whatever is played."""

import json
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.core.program import Op
from tests.harness.stage import Stage

DAY = 24 * 60
ENTER = "flow f:\n  enter when sign_up\n"


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
    for view_cart:
      go on
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
        st.sampled_from(["add_to_cart", "purchase", "click_email", "page_view", "view_cart"]),
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
    from tests.harness.stage import BERLIN

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
