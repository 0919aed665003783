"""What marketers and developers do to the flows while people are inside: three publishes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def _replace(path: Path, *pairs: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text, f"{path.name} has no {old!r} any more"
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")


def labels(flows: Path) -> None:
    """Waits get names, one gets shorter, a flow gets a step in front."""
    _replace(
        flows / "orders.flow",
        ("  wait 14 days\n  send email review_request", "  wait 14 days as use_time\n"
         "  send email review_request"),
        ("  send email order_thanks:", "  add tag \"bought\"\n  send email order_thanks:"),
    )  # fmt: skip
    _replace(
        flows / "products.flow",
        ("  wait 10 days\n", "  wait 8 days as second_wait\n"),
    )
    _replace(flows / "ownership.flow", ("  wait 7 days\n  send email refill_last",
                                        "  wait 7 days as last_days\n  send email refill_last"))  # fmt: skip


def moves(flows: Path) -> None:
    """A wait with people in it goes, and they are led to the step behind; a label is renamed."""
    _replace(
        flows / "orders.flow",
        ("flow review_request \"Review request\":\n  enter when delivered per order_id\n",
         "flow review_request \"Review request\":\n  enter when delivered per order_id\n"
         "  moved use_time to ask\n"),
        ("  wait 14 days as use_time\n  send email review_request",
         "  send email review_request as ask"),
    )  # fmt: skip
    _replace(
        flows / "ownership.flow",
        ("  wait (item.usage_days - 5) days\n", "  wait (item.usage_days - 6) days\n"),
    )


def exits(flows: Path) -> None:
    """The end of two flows goes; who waits for it is let go."""
    _replace(
        flows / "products.flow",
        ("  goal purchase within 14 days\n\n  wait 3 days",
         "  goal purchase within 14 days\n  moved second_wait to exit\n\n  wait 3 days"),
        ("  wait 8 days as second_wait\n  send email wishlist_last:\n"
         "    products 3 similar to this product\n", ""),
    )  # fmt: skip
    _replace(
        flows / "ownership.flow",
        ("  goal purchase within 14 days\n\n  wait (item.usage_days",
         "  goal purchase within 14 days\n  moved last_days to exit\n\n  wait (item.usage_days"),
        ("  wait 7 days as last_days\n  send email refill_last\n", ""),
    )  # fmt: skip


EDITS: dict[int, Callable[[Path], None]] = {20: labels, 45: moves, 70: exits}
"""By the day on which they are published."""
