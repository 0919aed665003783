"""Pausing, resuming and stopping a flow."""

from __future__ import annotations

import pytest

from engine.core.model import DAY, HOUR
from engine.errors import RefusedError
from engine.publishing.pausing import UnknownFlowError
from tests.harness.workshop import HEAD, Workshop

FLOW = """\
flow f:
  enter when ordered
  exit when ordered where total > 90
  goal ordered within 30 days
  send email one
  wait 1 day
  send email two
"""


def _hold(shop: Workshop, act: str) -> int:
    return shop.service.hold("f", act, "ada").people


def _skipped(shop: Workshop) -> list[str]:
    return [row[0] for row in shop.rows("select reason from skipped_entry order by id")]


def test_nobody_enters_or_goes_on_while_a_flow_is_paused(workshop) -> None:
    """Newcomers are refused with the reason; whoever is inside stays, also over a restart."""
    shop = workshop(FLOW)
    shop.happen(shop.customer("inside"), "ordered", total=100)
    shop.forward(HOUR)
    assert _hold(shop, "pause") == 1
    shop.happen(shop.customer("outside"), "ordered", total=100)
    shop.reopen()
    shop.forward(40 * HOUR)
    assert shop.notebook.messages == ["one"]
    assert _skipped(shop) == ["the flow is paused"]


def test_a_resumed_flow_goes_on_from_where_it_was(workshop) -> None:
    """What fell due within lateness is done on resuming; the rest keeps its time."""
    shop = workshop(FLOW)
    shop.happen(shop.customer(), "ordered", total=100)
    shop.forward(HOUR)
    _hold(shop, "pause")
    shop.forward(30 * HOUR)
    assert _hold(shop, "resume") == 1
    shop.forward()
    assert shop.notebook.messages == ["one", "two"]
    assert [row[0] for row in shop.rows("select act from audit where who = 'ada'")] == [
        "flow pause", "flow resume",
    ]  # fmt: skip


def test_resuming_after_weeks_sends_no_burst(workshop) -> None:
    """What is more than a day behind is skipped, with its reason in the trace."""
    shop = workshop(FLOW)
    shop.happen(shop.customer(), "ordered", total=100)
    shop.forward(HOUR)
    _hold(shop, "pause")
    shop.forward(20 * DAY)
    _hold(shop, "resume")
    shop.forward(DAY)
    assert shop.notebook.messages == ["one"]
    assert ("skipped", "too late") in shop.rows("select outcome, detail from step_history")


def test_exits_and_goals_hold_in_a_paused_flow(workshop) -> None:
    """Who buys leaves the flow although it is paused, and the goal counts."""
    shop = workshop(FLOW)
    customer = shop.customer()
    shop.happen(customer, "ordered", total=100)
    shop.forward(HOUR)
    _hold(shop, "pause")
    shop.happen(customer, "ordered", total=99_00)
    shop.forward(HOUR)
    assert shop.rows("select end_kind from run") == [("event",)]
    assert shop.rows("select count(*) from goal") == [(1,)]


def test_a_message_that_nobody_took_over_yet_waits(workshop) -> None:
    """Pausing holds back what is ready to go; resuming lets it go, once."""
    shop = workshop(FLOW)
    shop.happen(shop.customer(), "ordered", total=100)
    shop.service.tick()
    _hold(shop, "pause")
    shop.service.sender.drain()
    assert shop.notebook.messages == []
    assert shop.rows("select state from intent") == [("paused",)]
    _hold(shop, "resume")
    shop.forward()
    assert shop.notebook.messages == ["one"]


def test_what_was_awaited_and_happened_meanwhile_counts(workshop) -> None:
    """An answer given while the flow was paused is an answer."""
    shop = workshop("""\
flow f:
  enter when ordered where total > 50
  send email one
  wait up to 5 days for ordered:
    send email two
  else:
    send email three
""")
    customer = shop.customer()
    shop.happen(customer, "ordered", total=60_00)
    shop.forward(HOUR)
    _hold(shop, "pause")
    shop.happen(customer, "ordered", total=1_00)
    shop.forward(HOUR)
    assert shop.notebook.messages == ["one"]
    _hold(shop, "resume")
    shop.forward()
    assert shop.notebook.messages == ["one", "two"]


def test_an_idle_worker_does_not_look_for_paused_runs(workshop) -> None:
    """However many runs of a paused flow would be due, there is nothing to do."""
    shop = workshop(FLOW)
    for number in range(5):
        shop.happen(shop.customer(f"c{number}"), "ordered", total=100)
    shop.forward(HOUR)
    _hold(shop, "pause")
    shop.clock.turn(shop.clock.now() + 3 * DAY)
    assert shop.service.tick() == 0
    assert shop.rows("select count(*) from run where wake_at is not null") == [(0,)]


def test_stopping_ends_everybody_and_what_was_not_sent_yet(workshop) -> None:
    """All runs end as stopped, ready messages are skipped, nobody enters until it is resumed."""
    shop = workshop(FLOW)
    shop.happen(shop.customer("early"), "ordered", total=100)
    shop.forward(HOUR)
    shop.happen(shop.customer("late"), "ordered", total=100)
    shop.service.tick()
    assert _hold(shop, "stop") == 2
    shop.forward(DAY)
    assert shop.notebook.messages == ["one"]
    assert shop.rows("select distinct end_kind, unclaimed from run") == [("stopped", False)]
    assert shop.rows("select reason from intent where state = 'skipped'") == [
        ("the flow was stopped",)
    ]
    shop.happen(shop.customer("refused"), "ordered", total=100)
    shop.forward()
    assert _skipped(shop) == ["the flow is stopped"]
    _hold(shop, "resume")
    shop.happen(shop.customer("new"), "ordered", total=100)
    shop.forward()
    assert shop.notebook.messages == ["one", "one"]


def test_publishing_a_stopped_flow_anew_starts_it(workshop) -> None:
    """A new version takes people in again; a paused flow stays paused."""
    shop = workshop(FLOW)
    _hold(shop, "stop")
    shop.write(HEAD + FLOW.replace("1 day", "2 days"))
    assert shop.service.plan(shop.flows).of("f").held == "stopped"
    shop.service.publish(shop.flows)
    assert dict(shop.service.holds) == {}
    _hold(shop, "pause")
    shop.write(HEAD + FLOW.replace("1 day", "3 days"))
    shop.service.publish(shop.flows)
    assert dict(shop.service.holds) == {"f": "paused"}


def test_a_publish_leaves_paused_people_asleep(workshop) -> None:
    """Who is moved while the flow is paused wakes only when it is resumed, at the new time."""
    shop = workshop(FLOW)
    shop.happen(shop.customer(), "ordered", total=100)
    shop.forward(HOUR)
    _hold(shop, "pause")
    shop.write(HEAD + FLOW.replace("1 day", "2 days"))
    shop.service.publish(shop.flows)
    shop.forward(30 * HOUR)
    assert shop.notebook.messages == ["one"]
    _hold(shop, "resume")
    shop.forward(HOUR)
    assert shop.notebook.messages == ["one"]
    shop.forward(DAY)
    assert shop.notebook.messages == ["one", "two"]


def test_what_a_killed_server_began_is_finished(workshop) -> None:
    """A server that noted a pause and was killed puts the people to sleep when it starts again."""
    shop = workshop(FLOW)
    shop.happen(shop.customer(), "ordered", total=100)
    shop.forward(HOUR)
    shop.service.writer.run(
        lambda tx: tx.execute(
            "insert into flow_hold (flow, state, at, who) values ('f', 'paused', 0, 'ada')"
        )
    )
    shop.reopen()
    assert shop.rows("select wake_at from run") == [(None,)]
    shop.forward(3 * DAY)
    assert shop.notebook.messages == ["one"]


def test_what_cannot_be_held_is_said(workshop) -> None:
    """A flow that is not there, or has been stopped, is refused in a sentence."""
    shop = workshop(FLOW)
    with pytest.raises(UnknownFlowError, match="no flow called g"):
        shop.service.hold("g", "pause", "ada")
    _hold(shop, "stop")
    with pytest.raises(RefusedError, match="is stopped"):
        _hold(shop, "pause")
    assert _hold(shop, "resume") == 0
