"""The figures of messages, which several reports show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from engine.reports.figures import Sums
from engine.reports.told import Column, Row, Value, say, share

BOUNCES: Final = frozenset({"hard_bounce", "soft_bounce", "blocked"})
KINDS: Final = (
    *("sent", "opened", "clicked", "left", "returned"),
    *("order", "refund", "earned", "earned back"),
)

SENT: Final = Column(
    "sent", say("Sent"), "count",
    say("Messages that a provider took; on the site: messages that somebody saw."), ("sent",),
)  # fmt: skip
DELIVERED: Final = Column(
    "delivered",
    say("Delivered"),
    "count",
    say("Sent, less what bounced."),
    ("delivered",),
)
OPENED: Final = Column(
    "opened", say("Opened"), "count",
    say("Messages that a person opened at least once, counted when that was first."), ("opened",),
)  # fmt: skip
OPEN_RATE: Final = Column(
    "open_rate",
    say("Open rate"),
    "share",
    say("Opened messages of those delivered."),
    ("opened",),
)
CLICKED: Final = Column(
    "clicked", say("Clicked"), "count",
    say("Messages in which a person clicked at least one link, counted when that was first."),
    ("clicked",),
)  # fmt: skip
CLICK_RATE: Final = Column(
    "click_rate",
    say("Click rate"),
    "share",
    say("Clicked messages of those delivered."),
    ("clicked",),
)
BOUNCED: Final = Column(
    "bounced", say("Bounced"), "count", say("Messages that came back or were blocked."),
    ("bounced",),
)  # fmt: skip
COMPLAINED: Final = Column(
    "complained", say("Complaints"), "count", say("Messages that somebody reported as spam."),
    ("complained",),
)  # fmt: skip
LEFT: Final = Column(
    "unsubscribed", say("Unsubscribed"), "count", say("People who left a list by this message."),
    ("left",),
)  # fmt: skip
ORDERS: Final = Column(
    "orders", say("Orders"), "count",
    say("Orders of people who had clicked a message of this flow in the days before; the flow's last click gets them."),  # noqa: E501
    ("order",),
)  # fmt: skip
REVENUE: Final = Column(
    "revenue", say("Revenue"), "money",
    say("What these orders were worth, less what was paid back in this time."), ("order money",),
)  # fmt: skip
EARNED: Final = Column(
    "earned", say("Earned, counted once"), "money",
    say("The same, each order credited once in the whole shop: to the last click of all."),
    ("earned money",),
)  # fmt: skip
COLUMNS: Final = (
    *(SENT, DELIVERED, OPENED, OPEN_RATE, CLICKED, CLICK_RATE),
    *(BOUNCED, COMPLAINED, LEFT, ORDERS, REVENUE),
)


def by_group(sums: Sums, kind: int, way: int) -> dict[tuple[str | int, ...], dict[str, int]]:
    """Figures by what is left of their key without the places `kind` and `way`."""
    found: dict[tuple[str | int, ...], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for key, (count, amount) in sums.items():
        group = tuple(part for place, part in enumerate(key) if place not in (kind, way))
        name = str(key[kind])
        if name == "returned":
            told = str(key[way])
            name = "bounced" if told in BOUNCES else told
        found[group][name] += count
        found[group][f"{name} worth"] += amount
    return found


def row_of(told: Mapping[str, int], columns: Iterable[Column] = COLUMNS) -> Row:
    """The cells of these columns."""
    sent, bounced = told.get("sent", 0), told.get("bounced", 0)
    delivered = max(sent - bounced, 0)
    cells: dict[str, Value] = {
        "sent": sent,
        "delivered": delivered,
        "opened": told.get("opened", 0),
        "open_rate": share(told.get("opened", 0), delivered),
        "clicked": told.get("clicked", 0),
        "click_rate": share(told.get("clicked", 0), delivered),
        "bounced": bounced,
        "complained": told.get("complained", 0),
        "unsubscribed": told.get("left", 0),
        "orders": told.get("order", 0),
        "revenue": told.get("order worth", 0) + told.get("refund worth", 0),
        "earned": told.get("earned worth", 0) + told.get("earned back worth", 0),
    }
    return {one.name: cells[one.name] for one in columns}
