"""Coupons and their codes.

A code is a function of the coupon and the run, so that a step that is replayed gives the same one.
A keyed permutation of the run's number fills the `?` of the pattern: two runs never share a code
as long as the pattern has room, and nobody can count on from the code that they got. A coupon for
which codes were imported gives those instead, each once (decision 92).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from engine.core import calendar, draws
from engine.core.calendar import Unit
from engine.core.model import Instant

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 signs that nobody mistakes for each other when reading a code aloud."""

_BITS = 5
_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Coupon:
    """`percent` or `amount` (minor units) off orders over `over`; `pattern` has `?` to fill."""

    name: str
    title: str
    pattern: str
    percent: float | None = None
    amount: int | None = None
    over: int | None = None
    free_shipping: bool = False
    valid_for: tuple[float, Unit] | None = None


EXPIRED = "its coupon code has expired"
"""Why a message does not go whose code is over."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What `give coupon` promised in a run: one code for its step and visit."""

    name: str
    run: int
    step: str
    visit: int


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was drawn. `valid_until` None: for ever."""

    name: str
    code: str
    valid_until: Instant | None

    def as_json(self) -> dict[str, Any]:
        """What messages know as `coupon`."""
        return {"name": self.name, "code": self.code, "valid_until": self.valid_until}


def promised(run: int, payload: Mapping[str, Any]) -> Promise | None:
    """The promise that a message's payload carries; None without one, or where the code was drawn
    by the step itself, as it once was.
    """
    found = payload.get("coupon")
    if not isinstance(found, Mapping) or "step" not in found or "code" in found:
        return None
    return Promise(str(found["name"]), run, str(found["step"]), int(found["visit"]))


def tells(
    telling: Collection[tuple[str, str]], message: str, channel: str, payload: Mapping[str, Any]
) -> bool:
    """Whether a message tells of its coupon: in its file (`telling` are those) or its subject."""
    subject = payload.get("subject")
    return (message, channel) in telling or (isinstance(subject, str) and "coupon" in subject)


def ends(coupon: Coupon, drawn: Instant, zone: str) -> Instant | None:
    """Until when a code drawn at a moment is valid."""
    return None if coupon.valid_for is None else calendar.add(drawn, *coupon.valid_for, zone)


def mint(coupon: Coupon, run: int, secret: str) -> str:
    """The code of a run. `secret` keeps codes from being guessed.

    Runs past the room of the pattern get more signs behind it, never a second-hand code.
    """
    places = coupon.pattern.count("?")
    bits = max(places * _BITS, 2)
    if places == 0 or run >> bits:
        tail = Coupon(coupon.name, "", "?" * 12)
        return f"{coupon.pattern.replace('?', ALPHABET[-1])}-{mint(tail, run, secret)}"
    filled = _permute(run, bits, f"{secret}/{coupon.name}")
    signs = [ALPHABET[filled >> (_BITS * place) & 31] for place in range(places)]
    return "".join(signs.pop() if sign == "?" else sign for sign in coupon.pattern)


def _permute(value: int, bits: int, key: str) -> int:
    """A Feistel network over `bits` bits: a bijection, whatever its rounds draw."""
    low = bits // 2
    high = bits - low
    left, right = value >> low, value & ((1 << low) - 1)
    for turn in range(_ROUNDS):
        # The halves may differ by a bit, so they are mixed in turns instead of swapped.
        if turn % 2 == 0:
            left ^= draws.number(key, turn, right) >> 11 & ((1 << high) - 1)
        else:
            right ^= draws.number(key, turn, left) >> 11 & ((1 << low) - 1)
    return left << low | right
