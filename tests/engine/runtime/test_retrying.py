"""What failed for good can be seen, and tried again when a person says so."""

from __future__ import annotations

from engine.channels.transport import not_taken, unknown
from engine.core.model import DAY, HOUR, MINUTE
from engine.runtime.dead_letters import Retried, dead_letters, retry

FLOW = """\
flow f:
  enter when ordered
  send email one
"""


def _retry(shop, customer: int | None = None) -> Retried:
    return shop.service.writer.run(lambda tx: retry(tx, shop.clock.now(), "test", customer))


def test_a_message_that_failed_is_sent_when_asked(workshop) -> None:
    """After eight attempts it is a dead letter; a retry sends it under the same key, days later."""
    shop = workshop(FLOW)
    shop.notebook.answers = [not_taken("busy")] * 8
    shop.happen(shop.customer(), "ordered")
    shop.forward(20 * HOUR)
    shop.forward(3 * DAY)
    letters = shop.service.writer.run(dead_letters)
    assert [(one["kind"], one["reason"]) for one in letters] == [("message", "busy")]
    assert _retry(shop) == Retried(1, 0, 0)
    shop.forward(MINUTE)
    assert len(shop.notebook.taken) == 9
    assert len(set(shop.notebook.keys)) == 1
    assert shop.rows("select state, attempts from intent") == [("sent", 1)]
    assert _retry(shop) == Retried(0, 0, 0)


def test_a_retry_asks_for_consent_again(workshop) -> None:
    """Who unsubscribed meanwhile gets nothing."""
    shop = workshop(FLOW)
    shop.notebook.answers = [not_taken("busy")] * 8
    ada = shop.customer()
    shop.happen(ada, "ordered")
    shop.forward(20 * HOUR)
    shop.service.writer.run(lambda tx: tx.execute("update consent set allowed = false"))
    assert _retry(shop, ada) == Retried(1, 0, 0)
    shop.forward(MINUTE)
    assert shop.rows("select state, reason from intent") == [("skipped", "no consent for email")]


def test_what_may_have_gone_out_is_no_dead_letter(workshop) -> None:
    """An unknown outcome is never sent again, not even by a retry."""
    shop = workshop(FLOW)
    shop.notebook.answers = [unknown("connection lost")]
    shop.happen(shop.customer(), "ordered")
    shop.forward(HOUR)
    assert _retry(shop) == Retried(0, 0, 0)
    assert shop.rows("select state from intent") == [("unknown",)]


def test_an_event_that_was_set_aside_is_applied_again(workshop) -> None:
    """An event that could not be applied is put back, and its row of failure goes."""
    shop = workshop(FLOW)
    ada = shop.customer()
    shop.happen(ada, "ordered")
    shop.service.writer.run(
        lambda tx: (
            tx.execute(
                "insert into failure (customer, event, at, reason)"
                " select customer, id, received_at, 'x' from event"
            ),
            tx.execute("delete from pending"),
        )
    )
    assert _retry(shop) == Retried(0, 1, 0)
    shop.forward(MINUTE)
    assert shop.notebook.messages == ["one"]
    assert shop.service.writer.run(dead_letters) == []
