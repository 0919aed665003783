"""What marketers and developers do to the flows while people are inside: three publishes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path.name} has no {old!r} any more"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def _forget(path: Path, message: str) -> None:
    """The flow's tests expect it no longer."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if f"expect email {message}" not in line]
    path.write_text("".join(kept), encoding="utf-8")


def labels(flows: Path) -> None:
    """Waits get names, one gets shorter, a flow gets a step in front."""
    orders = flows / "orders.flow"
    _edit(
        orders,
        "  wait 14 days\n  send email review_request",
        "  wait 14 days as use_time\n  send email review_request",
    )
    _edit(
        orders,
        "  send email order_thanks:",
        '  add tag "bought"\n  send email order_thanks:',
    )
    _edit(flows / "products.flow", "  wait 10 days\n", "  wait 8 days as second_wait\n")
    _edit(
        flows / "ownership.flow",
        "  wait 7 days\n  send email refill_last",
        "  wait 7 days as last_days\n  send email refill_last",
    )


def moves(flows: Path) -> None:
    """A wait with people in it goes, and they are led to the step behind; another gets shorter."""
    orders = flows / "orders.flow"
    _edit(
        orders,
        'flow review_request "Review request":\n',
        'flow review_request "Review request":\n  moved use_time to ask\n',
    )
    _edit(
        orders,
        "  wait 14 days as use_time\n  send email review_request",
        "  send email review_request as ask",
    )
    _edit(flows / "ownership.flow", "(item.usage_days - 5) days", "(item.usage_days - 6) days")


def exits(flows: Path) -> None:
    """The end of two flows goes; who waits for it is let go."""
    wishlist, refill = flows / "products.flow", flows / "ownership.flow"
    _edit(
        wishlist,
        'flow wishlist "Wishlist reminder":\n',
        'flow wishlist "Wishlist reminder":\n  moved second_wait to exit\n',
    )
    _edit(
        wishlist,
        "  wait 8 days as second_wait\n"
        "  send email wishlist_last:\n"
        "    products 3 similar to this product\n",
        "",
    )
    _edit(
        refill,
        'flow refill "Refill reminder":\n',
        'flow refill "Refill reminder":\n  moved last_days to exit\n',
    )
    _edit(refill, "  wait 7 days as last_days\n  send email refill_last\n", "")
    _forget(wishlist, "wishlist_last")
    _forget(refill, "refill_last")


EDITS: dict[int, Callable[[Path], None]] = {20: labels, 45: moves, 70: exits}
"""By the day on which they are published."""
