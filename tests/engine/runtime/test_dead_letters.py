"""What failed for good can be seen, and tried again when a person says so."""

from __future__ import annotations

from engine.channels.transport import not_taken, unknown
from engine.core.model import DAY, HOUR, MINUTE
from engine.delivery import claims, outcomes
from engine.runtime.dead_letters import Retried, dead_letters, retry
from tests.harness.workshop import HEAD

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


CART = """\
flow f:
  enter when add_to_cart
  exit when ordered
  send email one
"""


def _end(shop) -> list[tuple]:
    return shop.rows("select end_kind, end_reason from run")


def test_who_buys_between_two_attempts_gets_no_reminder(workshop) -> None:
    """The mail server was busy, the customer bought: the next attempt is not made, and the run
    that had come to its last step ends with that reason.
    """
    shop = workshop(CART)
    shop.notebook.answers = [not_taken("busy")]
    ada = shop.customer()
    shop.happen(ada, "add_to_cart")
    shop.forward()
    shop.happen(ada, "ordered")
    shop.forward(HOUR)
    assert len(shop.notebook.taken) == 1
    assert shop.rows("select state, reason from intent") == [("skipped", "ordered")]
    assert _end(shop) == [("event", "ordered")]


def test_who_bought_meanwhile_gets_no_dead_letter(workshop) -> None:
    """What failed for good is not sent by a retry to somebody who left the flow since."""
    shop = workshop(CART)
    shop.notebook.answers = [not_taken("busy")] * 8
    ada = shop.customer()
    shop.happen(ada, "add_to_cart")
    shop.forward(20 * HOUR)
    shop.happen(ada, "ordered")
    shop.forward(DAY)
    assert _retry(shop) == Retried(1, 0, 0)
    shop.forward(HOUR)
    assert len(shop.notebook.taken) == 8
    assert shop.rows("select state, reason from intent") == [
        ("skipped", "the flow was left: ordered")
    ]
    assert _end(shop) == [("event", "ordered")]


def test_who_buys_during_an_attempt_is_asked_about_before_the_next(workshop) -> None:
    """An exit that comes while a message is on its way stops the second attempt, not the first."""
    shop = workshop(CART)
    ada = shop.customer()
    live = shop.service.live
    shop.happen(ada, "add_to_cart")
    shop.service.tick()
    claimed, _ = shop.service.writer.run(lambda tx: claims.claim(tx, live))
    shop.happen(ada, "ordered")
    shop.service.tick()
    results = [outcomes.Result(one, not_taken("busy")) for one in claimed]
    assert len(results) == 1
    shop.service.writer.run(lambda tx: outcomes.record(tx, live, results))
    shop.forward(HOUR)
    assert shop.notebook.taken == []
    assert shop.rows("select state, reason from intent") == [
        ("skipped", "the flow was left: ordered")
    ]


def test_a_message_that_is_still_to_go_is_in_nobodys_way(workshop) -> None:
    """Who is in no step any more may enter again, though a mail of theirs is tried again."""
    shop = workshop(CART.replace("exit when ordered", "exit when ordered of this product"))
    shop.notebook.answers = [not_taken("busy")]
    ada = shop.customer()
    shop.happen(ada, "add_to_cart", items=[{"id": "a"}])
    shop.forward()
    shop.happen(ada, "add_to_cart", items=[{"id": "b"}])
    shop.forward(HOUR)
    assert shop.rows("select end_kind from run") == [("finished",), ("finished",)]
    assert shop.notebook.messages == ["one", "one", "one"]


def test_what_left_the_house_ends_no_run_anew(workshop) -> None:
    """A run whose last message was sent stays finished, whatever its customer does later."""
    shop = workshop(CART)
    ada = shop.customer()
    shop.happen(ada, "add_to_cart")
    shop.forward()
    shop.happen(ada, "ordered")
    shop.forward(HOUR)
    assert _end(shop) == [("finished", None)]
    assert shop.rows("select unclaimed from run") in ([(0,)], [(False,)])


def test_a_dead_letter_outlives_its_version(workshop) -> None:
    """After an edit and a month, a retry of an old version's message stops nothing."""
    shop = workshop(CART)
    shop.notebook.answers = [not_taken("busy")] * 8
    shop.happen(shop.customer(), "add_to_cart")
    shop.forward(20 * HOUR)
    shop.forward(40 * DAY)
    shop.write(HEAD + CART.replace("send email one", "wait 1 hour\n  send email two"))
    shop.service.publish(shop.flows)
    assert _retry(shop) == Retried(1, 0, 0)
    shop.happen(shop.customer("bob"), "add_to_cart")
    shop.forward(HOUR)
    assert shop.notebook.messages == ["one"] * 8 + ["two"]
