"""What comes back of messages, in the one place where it has effect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.channels.transport import refused
from engine.customers.standing import plain
from engine.intake import feedback
from engine.intake.feedback import Report
from engine.messages.links import MessageRef
from tests.engine.customers.test_addresses import FLOW, call
from tests.harness.workshop import DAY, HOUR, Workshop

LEAVING = """
flow grieved:
  enter when complain_email
  set customer.language to "xx"
"""


@pytest.fixture
def shop(workshop: Callable[..., Workshop]) -> Workshop:
    shop: Workshop = workshop(FLOW + LEAVING)
    agreed = {"consent": {"email": True}, "consent_at": "2026-01-02T09:00:00Z"}
    call(shop, "identify", userId="ada", traits={"email": "ada@shop.example", **agreed})
    return shop


def report(kind: Any, mark: str = "1", **more: Any) -> Report:
    told = {"address": "Ada@shop.example"} | more
    return Report(kind, "email", "return path", mark, **told)


def come(shop: Workshop, *reports: Report, soft_bounces: int = 3) -> int:
    service = shop.service
    types, now = service.deployment.types, shop.clock.now()
    return service.writer.run(
        lambda tx: feedback.apply(tx, types, now, reports, soft_bounces=soft_bounces)
    )


def suppressed(shop: Workshop) -> dict[str, str]:
    listed = shop.service.writer.run(shop.service.suppressions.listed)
    return {one["address"] or "?": one["reason"] for one in listed}


def lift(shop: Workshop) -> None:
    now = shop.clock.now()
    listed = shop.service.suppressions
    assert shop.service.writer.run(lambda tx: listed.lift(tx, "email", "ada@shop.example", now))


@pytest.mark.parametrize(
    ("kind", "reason"), [("hard_bounce", "bounced"), ("complained", "complained")]
)
def test_it_ends_an_address_once(shop: Workshop, kind: Any, reason: str) -> None:
    """A dead address and a complaint suppress; the same told again does not undo a lift."""
    assert come(shop, report(kind), report(kind)) == 1
    assert suppressed(shop) == {"ada@shop.example": reason}
    lift(shop)
    assert come(shop, report(kind)) == 0
    assert suppressed(shop) == {}
    assert come(shop, report(kind, "2")) == 1
    assert suppressed(shop) == {"ada@shop.example": reason}


def test_a_flow_sees_it(shop: Workshop) -> None:
    """A complaint is an event of the customer's, and starts what waits for it."""
    message = MessageRef(1, 7, "carts", "send", 1, "email", "one")
    come(shop, report("complained", message=message, reason="abuse by ada@shop.example"))
    shop.forward()
    ((told,),) = shop.rows("select properties from event where name = 'complain_email'")
    assert b"ada@" not in bytes(told) if isinstance(told, bytes) else "ada@" not in str(told)
    assert shop.rows("select flow, message, run from feedback") == [("carts", "one", 7)]
    assert shop.rows("select count(*) from run r join flow f on f.id = r.flow") == [(1,)]


@pytest.mark.parametrize("kind", ["delivered", "deferred", "blocked"])
def test_what_says_nothing_of_the_address(shop: Workshop, kind: Any) -> None:
    """That our server is blocked, or that it still tries, is no fault of the address."""
    come(shop, *(report(kind, str(number)) for number in range(9)), soft_bounces=1)
    call(shop, "track", userId="ada", event="add_to_cart")
    shop.forward(2 * DAY)
    assert suppressed(shop) == {}
    assert shop.notebook.messages == ["one"]


def test_soft_ones_add_up_until_something_arrives(shop: Workshop) -> None:
    """After so many soft bounces in a row an address is dead; each counts once."""
    for mark in ("1", "1", "2", "2"):
        come(shop, report("soft_bounce", mark))
    shop.forward(HOUR)
    come(shop, report("delivered", "3"))
    come(shop, report("soft_bounce", "4"), report("soft_bounce", "5"))
    assert suppressed(shop) == {}
    come(shop, report("soft_bounce", "6"))
    assert suppressed(shop) == {"ada@shop.example": "bounced"}


def test_told_events_add_up_too(shop: Workshop) -> None:
    """A shop's server tells soft bounces by events; five are too many."""
    for number in range(5):
        assert suppressed(shop) == {}
        said = {"type": "soft"}
        call(
            shop,
            "track",
            userId="ada",
            event="Email Bounced",
            properties=said,
            messageId=str(number),
        )
    assert suppressed(shop) == {"ada@shop.example": "bounced"}


def test_an_address_of_nobody(shop: Workshop) -> None:
    """Who is not known yet is suppressed all the same, and the reason names nobody."""
    come(shop, report("hard_bounce", address="eve@shop.example", reason="<eve@shop.example>: no"))
    assert suppressed(shop) == {"?": "bounced"}
    ((reason, customer),) = shop.rows("select reason, customer from feedback")
    assert (reason, customer) == ("<(the address)>: no", 0)


def test_leaving_by_mail_holds_for_the_address(shop: Workshop) -> None:
    """Who leaves by a mail has left, whoever shares the mailbox; once, whatever is replayed."""
    call(
        shop,
        "identify",
        userId="bob",
        traits={"email": "ada@shop.example", "consent": {"email": True}},
    )
    come(shop, report("unsubscribed"))
    agreed = "select count(*) from consent where what = 'email' and allowed"
    assert shop.rows(agreed) == [(0,)]
    assert shop.rows("select distinct source from consent_proof where act = 'withdrawn'") == [
        ("return path",)
    ]
    shop.forward(HOUR)
    again = {"consent": {"email": True}, "consent_at": "2026-01-05T09:30:00Z"}
    call(shop, "identify", userId="bob", traits=again)
    come(shop, report("unsubscribed"))
    assert shop.rows(agreed) == [(1,)]
    assert suppressed(shop) == {}


@pytest.mark.parametrize(
    ("reason", "kind", "hard"),
    [
        ("550 5.1.1 no such user", "hard_bounce", True),
        ("552 5.2.2 mailbox full", "soft_bounce", False),
        ("550 5.7.1 your IP is on a blocklist", "blocked", False),
    ],
)
def test_what_the_mail_server_answers(shop: Workshop, reason: str, kind: str, hard: bool) -> None:
    """An answer at the door goes the same way; a block of our server ends nobody's address."""
    shop.notebook.answers = [refused(reason, hard_bounce=hard)]
    call(shop, "track", userId="ada", event="add_to_cart")
    shop.forward(2 * DAY)
    assert shop.rows("select kind, flow, message from feedback") == [(kind, "carts", "one")]
    assert bool(suppressed(shop)) is hard


def test_an_erased_person_leaves_nothing(shop: Workshop) -> None:
    """With the person goes what came back of their messages."""
    come(shop, report("hard_bounce"))
    service, now = shop.service, shop.clock.now()
    from engine.customers.erasure import erase_by_name

    service.writer.run(lambda tx: erase_by_name(tx, "ada", service.suppressions, now, "test"))
    assert shop.rows("select count(*) from feedback") == [(0,)]


def test_a_reason_names_nobody() -> None:
    """Addresses and numbers are taken out of what servers say."""
    said = "550 5.1.1 <ada+x@bücher.example>: \r\n +4915112345678 'bob@x.example' unknown"
    assert plain(said) == "550 5.1.1 <(the address)>: (the address) '(the address)' unknown"
