"""Journeys through the durable engine: events in, messages out, everything on record."""

from __future__ import annotations

from dataclasses import replace

from engine.channels.transport import not_taken, refused, unknown
from engine.core.model import DAY, HOUR, MINUTE
from engine.store import states as lanes
from tests.harness.workshop import HEAD, START

THREE = """\
flow f "F":
  enter when ordered
  exit when refund
  send email one
  wait 1 hour
  send email two
  wait 1 day
  send email three
"""


def test_a_journey_from_event_to_last_message(workshop) -> None:
    """Messages go at their moments, and the run ends."""
    shop = workshop(THREE)
    shop.happen(shop.customer(), "ordered", total=100)
    shop.forward(2 * DAY)
    assert shop.notebook.messages == ["one", "two", "three"]
    moments = [envelope.at for _, envelope in shop.notebook.taken]
    assert moments == [START, START + HOUR, START + HOUR + DAY]
    assert shop.rows("select state, end_kind from run") == [(2, "finished")]


def test_the_same_event_twice_changes_nothing(workshop) -> None:
    """A messageId counts once, also after a restart."""
    shop = workshop(THREE)
    ada = shop.customer()
    shop.happen(ada, "ordered", "x")
    shop.forward()
    shop.reopen()
    shop.happen(ada, "ordered", "x")
    shop.forward(MINUTE)
    assert shop.rows("select count(*) from event where name = 'ordered'") == [(1,)]
    assert shop.notebook.messages == ["one"]


def test_an_exit_ends_the_run_wherever_it_stands(workshop) -> None:
    """After the exit event nothing more is sent, and the end says why."""
    shop = workshop(THREE)
    ada = shop.customer()
    shop.happen(ada, "ordered")
    shop.forward(30 * MINUTE)
    shop.happen(ada, "refund")
    shop.forward(3 * DAY)
    assert shop.notebook.messages == ["one"]
    assert shop.rows("select end_kind, end_reason from run") == [("event", "refund")]


def test_what_ends_a_run_may_begin_the_next(workshop) -> None:
    """Exits come before entries, in the database as well: one event leaves and enters anew."""
    shop = workshop(THREE.replace("exit when refund", "exit when ordered"))
    ada = shop.customer()
    shop.happen(ada, "ordered")
    shop.forward(30 * MINUTE)
    shop.happen(ada, "ordered")
    shop.forward(3 * DAY)
    assert shop.rows("select count(*) from failure") == [(0,)]
    assert shop.notebook.messages == ["one", "one", "two", "three"]
    assert shop.rows("select end_kind from run order by id") == [("event",), ("finished",)]


def test_a_run_survives_a_restart(workshop) -> None:
    """What waited before a restart goes on after it, at its moment."""
    shop = workshop(THREE)
    shop.happen(shop.customer(), "ordered")
    shop.forward(10 * MINUTE)
    shop.reopen()
    shop.forward(HOUR)
    assert shop.notebook.messages == ["one", "two"]


def test_not_taken_is_tried_again_with_the_same_key(workshop) -> None:
    """A server that is away for a while gets the message later, under the same key."""
    shop = workshop(THREE)
    shop.notebook.answers = [not_taken("busy"), not_taken("busy")]
    shop.happen(shop.customer(), "ordered")
    shop.forward(10 * MINUTE)
    assert shop.notebook.messages == ["one", "one", "one"]
    assert len(set(shop.notebook.keys)) == 1
    assert shop.rows("select state, attempts from intent") == [("sent", 3)]


def test_a_message_outlives_a_night_without_a_mail_server(workshop) -> None:
    """Attempts come at growing distances until what is sent would be too late."""
    shop = workshop(THREE)
    shop.notebook.answers = [not_taken("busy")] * 20
    shop.happen(shop.customer(), "ordered")
    shop.forward(8 * HOUR)
    assert [one for one in shop.rows("select state from intent") if one == ("failed",)] == []
    shop.notebook.answers = []
    shop.forward(3 * HOUR)
    assert "one" in shop.notebook.messages
    assert ("sent", 7) in shop.rows("select state, attempts from intent")


def test_no_attempt_is_made_when_it_is_too_late(workshop) -> None:
    """With a short `HEADRACE_MAX_LATENESS` the last attempt comes at its end."""
    shop = workshop(THREE)
    shop.service.live.max_lateness = 2 * HOUR
    shop.service.live.deployment = replace(shop.service.deployment, max_lateness=2 * HOUR)
    shop.notebook.answers = [not_taken("busy")] * 20
    shop.happen(shop.customer(), "ordered")
    shop.forward(3 * HOUR)
    found = shop.rows("select state, attempts, reason, done_at - made_at from intent")
    assert ("failed", 6, "busy", 2 * HOUR) in found


def test_attempts_are_bounded(workshop) -> None:
    """After eight attempts a message has failed, visibly."""
    shop = workshop(THREE)
    shop.notebook.answers = [not_taken("busy")] * 20
    shop.happen(shop.customer(), "ordered")
    shop.forward(20 * HOUR)
    assert ("failed", 8, "busy") in shop.rows("select state, attempts, reason from intent")


def test_refused_and_unknown_are_final(workshop) -> None:
    """Neither a refused nor an unknown message is ever sent again by itself."""
    shop = workshop(THREE)
    shop.notebook.answers = [refused("no such user"), unknown("connection lost")]
    shop.happen(shop.customer(), "ordered")
    shop.forward(2 * DAY)
    assert shop.notebook.messages == ["one", "two", "three"]
    assert [state for (state,) in shop.rows("select state from intent order by made_at")] == [
        "failed",
        "unknown",
        "sent",
    ]


def test_a_claim_without_outcome_becomes_unknown(workshop) -> None:
    """What a dead process had claimed may have gone out: it is not sent again."""
    shop = workshop(THREE)
    shop.happen(shop.customer(), "ordered")
    shop.service.writer.run(shop.service._worker.batch)
    shop.service.writer.run(
        lambda tx: tx.execute("update intent set state = 'claimed', claimed_at = 1, attempts = 1")
    )
    shop.reopen()
    shop.forward()
    assert shop.notebook.messages == []
    assert shop.rows("select state from intent") == [("unknown",)]


def test_lost_consent_skips_at_the_claim(workshop) -> None:
    """Nothing is claimed after an unsubscribe, however ready it was."""
    shop = workshop(THREE)
    shop.happen(shop.customer(), "ordered")
    shop.service.writer.run(shop.service._worker.batch)
    shop.service.writer.run(lambda tx: tx.execute("update consent set allowed = false"))
    shop.forward()
    assert shop.notebook.messages == []
    assert shop.rows("select state, reason from intent") == [("skipped", "no consent for email")]


def test_an_unapplied_event_holds_the_claim(workshop) -> None:
    """While an exit waits to be applied, the message it would end is not claimed."""
    shop = workshop(THREE)
    ada = shop.customer()
    shop.happen(ada, "ordered")
    shop.service.writer.run(shop.service._worker.batch)
    shop.happen(ada, "refund")
    shop.service.sender.drain()
    assert shop.notebook.messages == []
    shop.forward()
    assert shop.notebook.messages == []
    assert shop.rows("select state from intent") == [("skipped",)]


def test_quiet_hours_hold_until_they_pass(workshop) -> None:
    """A message that falls due at night goes in the morning, and the next wait counts from then."""
    head = HEAD.replace("  currency EUR\n", "  currency EUR\n  quiet hours 21:00 to 08:00\n")
    shop = workshop(THREE, head=head)
    ada = shop.customer()
    shop.forward(12 * HOUR)
    shop.happen(ada, "ordered")
    shop.forward(DAY)
    first, second = [envelope.at for _, envelope in shop.notebook.taken]
    assert first == START + 22 * HOUR
    assert second == first + HOUR


def test_limits_skip_what_is_too_much(workshop) -> None:
    """Two messages a day means two, over all flows."""
    head = HEAD.replace("  currency EUR\n", "  currency EUR\n  limit 2 messages per day\n")
    flow = "".join(
        f"flow f{number}:\n  enter when ordered\n  send email {name}\n\n"
        for number, name in enumerate(("one", "two", "three"))
    )
    shop = workshop(flow, head=head)
    shop.happen(shop.customer(), "ordered")
    shop.forward(HOUR)
    assert shop.notebook.messages == ["one", "two"]


def test_a_day_lost_is_skipped_not_sent_in_a_burst(workshop) -> None:
    """After two days of downtime what is too late is skipped with a reason; the run goes on."""
    shop = workshop(THREE)
    for number in range(20):
        shop.happen(shop.customer(f"c{number}"), "ordered")
    shop.forward()
    sent = len(shop.notebook.taken)
    shop.clock.turn(shop.clock.now() + 2 * DAY)
    shop.service.run_until_idle()
    assert len(shop.notebook.taken) == sent
    shop.forward(2 * DAY)
    assert shop.notebook.messages[sent:] == ["three"] * 20
    reasons = shop.rows("select distinct detail from step_history where outcome = 'skipped'")
    assert reasons == [("too late",)]


def test_no_due_row_is_left_behind(workshop) -> None:
    """After work is done, nothing is due, pending or ready any more."""
    shop = workshop(THREE)
    for number in range(50):
        shop.happen(shop.customer(f"c{number}"), "ordered")
    shop.forward(5 * HOUR)
    now = shop.clock.now()
    assert shop.rows("select count(*) from run where wake_at <= ?", now) == [(0,)]
    assert shop.rows("select count(*) from pending") == [(0,)]
    assert shop.rows("select count(*) from intent where state = 'ready'") == [(0,)]
    assert shop.rows("select count(*) from run where ended_at is null and wake_at is null") == [
        (0,)
    ]


def test_the_state_of_a_run_is_its_history_folded(workshop) -> None:
    """The last row of a run's history stands where the run stands, and the chain is whole."""
    shop = workshop(THREE)
    shop.happen(shop.customer(), "ordered")
    shop.forward(HOUR)
    ((head, node, version),) = shop.rows("select history, node, version from run")
    program = shop.service.deployment.program("f", version)
    count, row = 0, None
    while head is not None:
        ((head, step, outcome),) = shop.rows(
            "select previous, node, outcome from step_history where id = ?", head
        )
        row = row or (step, outcome)
        count += 1
    assert row == (program.ops[node].id, "waiting")
    assert [(count,)] == shop.rows("select count(*) from step_history")


def test_an_intent_is_unique(workshop) -> None:
    """The database itself refuses a second intent for the same run, step, visit and recipient."""
    import apsw
    import psycopg
    import pytest

    shop = workshop(THREE)
    shop.happen(shop.customer(), "ordered")
    shop.forward()
    columns = "run, step, visit, recipient, customer, flow, version, channel, message, made_at,"
    columns += " due_at, priority, counts, state, attempts, reason, provider_id"
    with pytest.raises((apsw.ConstraintError, psycopg.errors.UniqueViolation)):
        shop.service.writer.run(
            lambda tx: tx.execute(f"insert into intent ({columns}) select {columns} from intent")
        )
    assert lanes.RECIPIENTS[0] == "customer"
