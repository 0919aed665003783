"""Webhooks of Postmark: bounces, spam complaints, deliveries, changes of a subscription.

Source: postmarkapp.com/developer/webhooks and the list of bounce types of its bounce API.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.core.bounces import Kind
from engine.intake.feedback import Report
from engine.intake.providers.telling import address, by_key, moment, part, text
from engine.store.rows import Rows

SOURCE: Final = "postmark"
_TYPES: Final[dict[str, Kind]] = {
    "HardBounce": "hard_bounce",
    "BadEmailAddress": "hard_bounce",
    "Transient": "soft_bounce",
    "SoftBounce": "soft_bounce",
    "DnsError": "soft_bounce",
    "Undeliverable": "soft_bounce",
    "Unknown": "soft_bounce",
    "Blocked": "blocked",
    "SpamNotification": "blocked",
    "VirusNotification": "blocked",
    "DMARCPolicy": "blocked",
    "SpamComplaint": "complained",
    "Unsubscribe": "unsubscribed",
}
"""Other types (AutoResponder, Subscribe, OpenRelayTest ..) say nothing of the address."""
_PIECES: Final = 10
_SUPPRESSED: Final[dict[str, Kind]] = {
    "HardBounce": "hard_bounce",
    "SpamComplaint": "complained",
    "ManualSuppression": "unsubscribed",
}


def reports(rows: Rows, told: Mapping[str, Any]) -> list[Report]:
    """What a webhook reports. Raises `Refusal` for one that names no address."""
    record = text(told, "RecordType")
    kind, at = _kind(record, told)
    if kind is None:
        return []
    who = address(text(told, "Email") or text(told, "Recipient"))
    number = text(told, "ID") if record in ("Bounce", "SpamComplaint") else ""
    mark = number or " ".join((text(told, "MessageID"), who, text(told, at)))
    return [
        Report(
            kind,
            "email",
            SOURCE,
            f"{record} {mark}",
            address=who,
            message=by_key(rows, _key(part(told, "Metadata"))),
            at=moment(text(told, at)),
            reason=" ".join((text(told, "Type"), text(told, "Details"))).strip(),
        )
    ]


def _key(metadata: Mapping[str, Any]) -> str:
    """The message's key, which may have been too long for one value."""
    more = (text(metadata, f"key_{number}") for number in range(2, _PIECES + 1))
    return text(metadata, "key") + "".join(more)


def _kind(record: str, told: Mapping[str, Any]) -> tuple[Kind | None, str]:
    """The kind, and the member that holds when it happened."""
    if record == "Bounce":
        return _TYPES.get(text(told, "Type")), "BouncedAt"
    if record == "SpamComplaint":
        return "complained", "BouncedAt"
    if record == "Delivery":
        return "delivered", "DeliveredAt"
    if record == "SubscriptionChange" and told.get("SuppressSending") is True:
        return _SUPPRESSED.get(text(told, "SuppressionReason")), "ChangedAt"
    return None, ""
