"""The last look before a message goes, in the running service."""

from __future__ import annotations

from engine.core.model import DAY
from tests.engine.runtime.workshop import HEAD

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
