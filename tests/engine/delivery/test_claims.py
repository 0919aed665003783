"""The last look before a message goes, in the running service."""

from __future__ import annotations

import pytest

from engine.core.model import DAY, HOUR
from engine.delivery.claims import claim
from tests.harness.workshop import HEAD

CUSTOMER = "customer:\n  tier text\n\nevent ordered"


def test_exit_if_at_the_claim_ends_the_run(workshop) -> None:
    """Sold out between the send and the claim: no message, and the run is over at once."""
    flow = """\
flow f:
  enter when ordered
  exit if customer.tier is "gone"
  send email one
  send email two
  wait 1 day
  send email three
"""
    shop = workshop(flow, head=HEAD.replace("event ordered", CUSTOMER))
    ada = shop.customer()
    shop.happen(ada, "ordered")
    shop.service.writer.run(shop.service._worker.batch)
    shop.service.writer.run(
        lambda tx: tx.execute(
            "update customer set properties = ? where id = ?",
            (b'{"id":"ada","email":"ada@shop.example","tier":"gone"}', ada),
        )
    )
    shop.service.sender.drain()
    assert shop.notebook.messages == []
    assert shop.rows("select state, end_kind, wake_at, unclaimed = false from run") == [
        (2, "condition", None, True)
    ]
    assert [state for (state,) in shop.rows("select state from intent")] == ["skipped"] * 2
    shop.forward(3 * DAY)
    assert shop.notebook.messages == []


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        ("  send email two\n  send email one\n  send email three\n", ["two", "one", "three"]),
        ("  repeat 2 times:\n    send email two\n    send email one\n", ["two", "one"] * 2),
    ],
)
def test_messages_of_one_instant_go_in_the_order_of_the_flow(workshop, body, messages) -> None:
    """What a run sends at one instant leaves in the order in which it was reached."""
    shop = workshop("flow f:\n  enter when ordered\n" + body)
    shop.happen(shop.customer(), "ordered")
    shop.forward()
    assert shop.notebook.messages == messages


def test_the_more_important_flow_goes_first_however_few_are_claimed(workshop) -> None:
    """Two flows reach a send at the same instant: priority decides, also where one fits only."""
    flows = """\
flow a:
  enter when ordered
  wait until 12:00
  send email two

flow z:
  enter when other
  priority 50
  wait until 12:00
  send email one
"""
    shop = workshop(flows, head=HEAD.replace("event ordered", "event other\n\nevent ordered"))
    ada = shop.customer()
    shop.happen(ada, "ordered")
    shop.forward()
    shop.happen(ada, "other")
    shop.service.tick()
    shop.clock.turn(shop.clock.now() + 2 * HOUR)
    shop.service.writer.run(shop.service._worker.batch)
    claimed = []
    for _ in range(2):
        found, _ = shop.service.writer.run(lambda tx: claim(tx, shop.service.live, limit=1))
        claimed += [one.intent.message for one in found]
    assert claimed == ["one", "two"]
