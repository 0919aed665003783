"""What servers and services say of a message, in one vocabulary."""

from __future__ import annotations

from typing import Any

import pytest

from engine.core import bounces
from engine.core.model import DAY


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("250 2.0.0 OK 1699 gsmtp", "delivered"),
        ("451 4.7.1 Greylisting in action, please come back later", "deferred"),
        ("421-4.7.28 unusual rate of unsolicited mail from your IP", "deferred"),
        ("550-5.1.1 The email account that you tried to reach does not exist.", "hard_bounce"),
        ("550 5.1.10 RESOLVER.ADR.RecipientNotFound", "hard_bounce"),
        ("550 5.4.1 Recipient address rejected: Access denied.", "hard_bounce"),
        ("550 5.2.1 The email account that you tried to reach is disabled.", "hard_bounce"),
        ("550 5.2.1 receiving mail at a rate that prevents more", "soft_bounce"),
        ("552 5.2.2 The email account is over quota", "soft_bounce"),
        ("552 mailbox full", "soft_bounce"),
        ("550 Your IP address is on a blocklist", "blocked"),
        ("550 5.7.1 Service unavailable, client host [192.0.2.7] blocked", "blocked"),
        ("550-5.7.26 This mail has been blocked because the sender is unauthenticated", "blocked"),
        ("550 5.7.1 user unknown", "blocked"),
        ("554 5.6.0 message content rejected", "blocked"),
        ("554 Message rejected because of unacceptable content", "blocked"),
        ("550 5.1.8 sender's domain unknown", "blocked"),
        ("553 5.1.7 sender address syntax", "blocked"),
        ("550 no such user here", "hard_bounce"),
        ("554 delivery error: This user doesn't have an account; user unknown", "hard_bounce"),
        ("550 Requested action not taken: mailbox unavailable", "hard_bounce"),
        ("550 5.0.0 user unknown", "hard_bounce"),
        ("554 5.3.0 system problem", "soft_bounce"),
        ("5.4.4 Host or domain name not found. type=A: Host not found", "hard_bounce"),
        ("5.4.4 unable to route: no mail hosts", "soft_bounce"),
        ("Thank you for your message, I am away", None),
    ],
)
def test_an_answer_of_a_mail_server(said: str, kind: str | None) -> None:
    """What speaks of our server or our mail is no bounce; only a dead mailbox is a hard one."""
    assert bounces.of_reply(said) == kind


@pytest.mark.parametrize(
    ("event", "properties", "said"),
    [
        ("bounce_email", {}, ("hard_bounce", "email")),
        ("bounce_email", {"type": "soft"}, ("soft_bounce", "email")),
        ("bounce_email", {"type": "Transient"}, ("soft_bounce", "email")),
        ("bounce_email", {"type": "blocked"}, ("blocked", "email")),
        ("bounce_email", {"bounce_classification": "Reputation"}, ("blocked", "email")),
        ("bounce_email", {"reason": "550 5.7.1 blocked by Spamhaus"}, ("blocked", "email")),
        ("bounce_email", {"reason": "your IP is on a blocklist"}, ("blocked", "email")),
        ("bounce_email", {"reason": "452 4.2.2 mailbox full"}, ("soft_bounce", "email")),
        ("bounce_email", {"reason": "552 5.2.2 mailbox full"}, ("soft_bounce", "email")),
        ("bounce_email", {"type": "hard", "reason": "554 no"}, ("hard_bounce", "email")),
        ("bounce_email", {"reason": "no such user"}, ("hard_bounce", "email")),
        ("bounce_push", {}, ("hard_bounce", "push")),
        ("sent_email", {}, ("delivered", "email")),
        ("complain_sms", {}, ("complained", "sms")),
        ("bounce_fax", {}, None),
        ("purchase", {}, None),
    ],
)
def test_what_an_event_says(event: str, properties: dict[str, Any], said: Any) -> None:
    """A service's own type counts before its words; without either a bounce is a hard one."""
    assert bounces.reported(event, properties) == said


def test_soft_bounces_count_within_a_month() -> None:
    """So many within thirty days are too many; older ones are forgotten, 0 lets all pass."""
    now = 100 * DAY
    recent = [now - day * DAY for day in range(5)]
    assert bounces.ends("soft_bounce", recent, now) == "bounced"
    assert bounces.ends("soft_bounce", recent[1:], now) == ""
    assert bounces.ends("soft_bounce", [*recent[1:], now - 30 * DAY], now) == ""
    assert bounces.ends("soft_bounce", recent * 9, now, 0) == ""
    assert bounces.ends("blocked", recent, now) == ""
