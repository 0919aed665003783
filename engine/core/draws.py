"""Draws that are hashes: the same names always give the same number, so that replay is exact.

A draw is uniform in [0, 1).
"""

from __future__ import annotations

from hashlib import blake2b

_SCALE = 1 << 64


def draw(*names: str | int) -> float:
    """The number that belongs to these names, in this order."""
    return number(*names) / _SCALE


def number(*names: str | int) -> int:
    """The same as an integer below 2**64."""
    text = "\x1f".join(map(str, names))
    # 53 bits survive the division, more than any share can tell apart; the last 11 are dropped
    # so that the quotient stays below 1.
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") & ~0x7FF


def of_experiment(experiment: str, customer: int) -> float:
    """Which arm: the same for a customer for good."""
    return draw("experiment", experiment, customer)


def of_holdout(flow: str, customer: int) -> float:
    """Whether a customer is held out from a flow: for good."""
    return draw("holdout", flow, customer)
