"""Why a step or a message did not happen, as one of a few words that can be counted.

The sentences for people name limits, channels and lines; a figure with a line for each of them
would never end.
"""

from __future__ import annotations

from typing import Final

_WORDS: Final = (
    ("too late", "late"),
    ("holdout", "holdout"),
    ("no consent", "consent"),
    ("unsubscribed", "consent"),
    ("no e-mail address", "address"),
    ("no phone number", "address"),
    ("no push token", "address"),
    ("limit of ", "limit"),
    ("no provider", "provider"),
    ("message ", "message"),
    ("only ", "products"),
    ("out of codes", "coupon"),
    ("its coupon code", "coupon"),
)
OTHER: Final = "other"
WORDS: Final = frozenset(word for _, word in _WORDS) | {"suppressed", OTHER}


def word_of(reason: str) -> str:
    """The word for a sentence, "other" where there is none; of several reasons the first counts."""
    first = reason.partition("; ")[0]
    if " is suppressed: " in first:
        return "suppressed"
    return next((word for begins, word in _WORDS if first.startswith(begins)), OTHER)
