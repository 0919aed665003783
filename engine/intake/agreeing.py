"""What somebody agreed to, out of what a call or a row calls `consent`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.intake import cells
from engine.intake.refusal import Refusal


def agreements(told: Any, notes: list[str]) -> dict[str, bool]:
    """Yes and no by channel or topic; a lone answer is about e-mail.

    Answers are read as an import reads them (`yes`, `subscribed`, `0`). Who was never asked said
    nothing; what cannot be read is left out, and `notes` says so.

    >>> agreements({"email": "yes", "sms": False, "push": None}, [])
    {'email': True, 'sms': False}
    """
    if not isinstance(told, Mapping):
        told = {"email": told}
    said: dict[str, bool] = {}
    for what, answer in told.items():
        if answer is None or answer == "" or cells.spoken(answer) in cells.NEVER:
            continue
        try:
            said[str(what)] = cells.yes(f"traits.consent.{what}"[:80], answer)
        except Refusal as refusal:
            notes.append(f"{refusal.field}: {refusal.message}, left out")
    return said
