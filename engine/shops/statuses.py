"""How the status of an order changed, whatever the order in which the shop tells of it."""

from __future__ import annotations

from typing import Any, Final

from engine.shops.records import Record
from engine.shops.updates import Follow, Order

_KEPT: Final = 50
"""Tellings of an order that are remembered; a shop that says more says the same again."""


def changes(record: Record, order: Order, told: int) -> list[Follow]:
    """The changes of status that are known by this telling and were not before.

    All that was told is kept in the order's record, by the shop's clock and then by `told`
    (microseconds). What is told late finds its place between the others: each change is told
    once, with the amount that the order had then.
    """
    before = record.detail.pop("status", None)
    history: list[dict[str, Any]] = record.detail.setdefault("statuses", [])
    if before is not None:  # as earlier versions kept it
        history.append({"at": record.told_at, "told": 0, "status": before, "known": True})
    record.newer(order.updated_at, told)
    one = {"at": order.updated_at, "told": told, "status": order.status}
    one |= {name: order.properties.get(name) for name in ("value", "currency")}
    if not any(each["at"] == one["at"] and each["status"] == one["status"] for each in history):
        history.append(one)
    history.sort(key=lambda each: (each["at"], each["told"]))
    found: list[Follow] = []
    for index, each in enumerate(history):
        if index == 0 or each["status"] == history[index - 1]["status"]:
            continue
        run = [each]
        for later in history[index + 1 :]:
            if later["status"] != each["status"]:
                break
            run.append(later)
        if not any(other.get("known") for other in run):
            about = {name: each.get(name) for name in ("value", "currency", "status")}
            mark = f"updated {each['at']} {each['status']}"
            found.append(Follow("order_updated", mark, each["at"], about))
            each["known"] = True
    del history[:-_KEPT]
    return found
