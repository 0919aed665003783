"""Addresses that get nothing any more, however we learn of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.intake import calls
from engine.intake.ingest import take
from tests.harness.workshop import DAY, START, Workshop

FLOW = """\
flow carts:
  enter when add_to_cart
  wait 1 day
  send email one

flow thanks:
  enter when purchase
  transactional
  send email two
"""


def call(shop: Workshop, kind: str, *, browser: bool = False, **told: Any) -> None:
    """A call as it comes over HTTP, by a server key unless `browser`."""
    frame = calls.Frame(shop.clock.now(), browser, "key shop")
    incoming = calls.read_call(told, frame, kind)
    types = shop.service.deployment.types
    (taken,) = shop.service.writer.run(lambda tx: take(tx, [incoming], types, shop.clock.now()))
    assert not taken.error, taken


@pytest.fixture
def shop(workshop: Callable[..., Workshop]) -> Workshop:
    shop: Workshop = workshop(FLOW)
    agreed = {"consent": {"email": True}, "consent_at": "2026-01-02T09:00:00Z"}
    call(shop, "identify", userId="ada", traits={"email": "ada@shop.example", **agreed})
    call(shop, "track", userId="ada", event="add_to_cart")
    shop.forward()
    return shop


@pytest.mark.parametrize(
    ("event", "properties", "mails"),
    [
        ("Email Bounced", {}, []),
        ("Email Bounced", {"type": "hard"}, []),
        ("Email Bounced", {"type": "soft"}, ["one", "two"]),
        ("Email Bounced", {"type": "Transient"}, ["one", "two"]),
        ("Email Bounced", {"email": "old@shop.example"}, ["one", "two"]),
        ("Email Marked as Spam", {}, []),
        ("complain_email", {"email": "ADA@shop.example"}, []),
        ("Push Notification Bounced", {}, ["one", "two"]),
        ("Unsubscribed", {}, ["two"]),
        ("Unsubscribed", {"channel": "email"}, ["two"]),
        ("Unsubscribed", {"channel": "sms"}, ["one", "two"]),
    ],
)
def test_a_mail_service_ends_an_address(
    shop: Workshop, event: str, properties: dict[str, Any], mails: list[str]
) -> None:
    """What a mail service reports of an address holds as if our own mail had shown it."""
    call(shop, "track", userId="ada", event=event, properties=properties)
    call(shop, "track", userId="ada", event="purchase", properties={"order_id": "1"})
    shop.forward(2 * DAY)
    assert sorted(shop.notebook.messages) == mails


def test_an_older_leave_does_not_undo_a_newer_consent(shop: Workshop) -> None:
    """An unsubscribe that is told late counts as of when it was."""
    call(
        shop,
        "track",
        userId="ada",
        event="Unsubscribed",
        timestamp="2026-01-01T10:00:00Z",
    )
    shop.forward(2 * DAY)
    assert shop.notebook.messages == ["one"]
    assert shop.clock.now() > START
