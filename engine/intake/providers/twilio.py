"""Status callbacks of Twilio: what became of a text message.

Source: Twilio's "Outbound message status in status callbacks", its dictionary of errors, and
"Webhooks security" for the signature.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

from engine.core.bounces import Kind
from engine.intake.feedback import Report
from engine.intake.providers.telling import address, by_key
from engine.store.rows import Rows

SOURCE: Final = "twilio"
_ERRORS: Final[dict[str, Kind]] = {
    # No such number, or one that takes no messages.
    **dict.fromkeys(("21211", "21214", "21217", "21614", "30005", "30006"), "hard_bounce"),
    # Whoever has it answered STOP.
    "21610": "unsubscribed",
    # The carrier filters us, or we are not registered there.
    **dict.fromkeys(("30004", "30007", "30032", "30034", "21408", "63018"), "blocked"),
}
_FAILED: Final = frozenset(("failed", "undelivered"))


def signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """What `X-Twilio-Signature` must say of a POST to `url`."""
    said = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()).decode()


def reports(rows: Rows, form: Mapping[str, str], key: str = "") -> list[Report]:
    """What a callback reports; `key` is the message's, where the callback's address has it.

    Raises `Refusal` for one that names no number.
    """
    status = form.get("MessageStatus") or form.get("SmsStatus") or ""
    error = form.get("ErrorCode") or ""
    if status in {"delivered", "read"}:
        kind: Kind = "delivered"
    elif status in _FAILED:
        kind = _ERRORS.get(error, "soft_bounce")
    else:
        return []
    whole = address(form.get("To", ""))
    channel, colon, number = whole.rpartition(":")
    said = f"error {error} {form.get('ErrorMessage') or ''}".strip() if error else status
    return [
        Report(
            kind,
            "whatsapp" if colon and channel == "whatsapp" else "sms",
            SOURCE,
            f"{form.get('MessageSid', '')} {status}",
            address=number,
            message=by_key(rows, key),
            reason=said,
        )
    ]
