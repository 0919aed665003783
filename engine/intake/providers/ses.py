"""What Amazon SES tells through SNS: bounces, complaints, deliveries, delays.

Source: "Contents of event data that Amazon SES publishes to Amazon SNS" and "Amazon SNS
notification contents for Amazon SES" of its developer guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.core import bounces
from engine.core.bounces import Kind
from engine.intake.feedback import Report
from engine.intake.providers.telling import address, by_key, items, moment, part, text
from engine.intake.returns import message_at
from engine.messages.links import MessageRef
from engine.messages.return_paths import ReturnPaths
from engine.store.rows import Rows

SOURCE: Final = "amazon ses"
_ABOUT_US: Final = frozenset(("ContentRejected", "AttachmentRejected"))


def reports(
    rows: Rows, told: Mapping[str, Any], mark: str, paths: ReturnPaths | None = None
) -> list[Report]:
    """What an event reports, one for each recipient; `mark` is the notification's own id.

    Raises `Refusal` for one that names no address.
    """
    what = text(told, "eventType") or text(told, "notificationType")
    detail = part(told, what[:1].lower() + what[1:])
    if what == "Bounce":
        found = [
            (text(one, "emailAddress"), *_bounced(detail, one))
            for one in items(detail, "bouncedRecipients")
        ]
    elif what == "Complaint":
        said = text(detail, "complaintFeedbackType")
        kind: Kind = "deferred" if said == "not-spam" else "complained"
        found = [
            (text(one, "emailAddress"), kind, said) for one in items(detail, "complainedRecipients")
        ]
    elif what in ("Delivery", "DeliveryDelay"):
        found = [(one, "delivered", "") for one in _delivered(detail) if what == "Delivery"]
    else:
        return []
    message = _message(rows, part(told, "mail"), paths)
    at = moment(text(detail, "timestamp"))
    return [
        Report(
            kind, "email", SOURCE, f"{mark} {index}",
            address=address(who), message=message, at=at, reason=reason,
        )
        for index, (who, kind, reason) in enumerate(found)
    ]  # fmt: skip


def _delivered(detail: Mapping[str, Any]) -> list[str]:
    told = detail.get("recipients")
    return [one for one in told if isinstance(one, str)] if isinstance(told, list) else []


def _bounced(detail: Mapping[str, Any], one: Mapping[str, Any]) -> tuple[Kind, str]:
    kind, sub = text(detail, "bounceType"), text(detail, "bounceSubType")
    said = f"{text(one, 'status')} {text(one, 'diagnosticCode')}".strip()
    reason = said or f"{kind} {sub}"
    if sub in _ABOUT_US or bounces.of_reply(said) == "blocked":
        return "blocked", reason
    return ("hard_bounce" if kind == "Permanent" else "soft_bounce"), reason


def _message(rows: Rows, mail: Mapping[str, Any], paths: ReturnPaths | None) -> MessageRef | None:
    """By our own header, where SES is told to include headers, else by the return address."""
    for header in items(mail, "headers"):
        if text(header, "name").lower() == "x-headrace-key":
            return by_key(rows, text(header, "value"))
    return None if paths is None else message_at(rows, paths, text(mail, "source"))
