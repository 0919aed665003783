"""How the lab's reports speak of moments and of the lines of a test."""

from __future__ import annotations

from dsl import tree
from dsl.printing.expressions import print_condition
from engine.core.calendar import local
from engine.core.model import DAY, HOUR, MINUTE, SECOND, Instant


def moment(at: Instant, zone: str) -> str:
    """`Mon 2026-03-02 11:00`, with seconds only where there are any."""
    here = local(at, zone)
    clock = here.strftime("%H:%M:%S" if here.second else "%H:%M")
    return f"{here:%a} {here.date().isoformat()} {clock}"


def clock(at: Instant, zone: str) -> str:
    """The same without the weekday, as a test would write it."""
    return moment(at, zone)[4:]


def elapsed(start: Instant, at: Instant, zone: str) -> str:
    """How long after `start`, in the largest units that fit: `25 hours`, `3 days`.

    Whole days are days of the calendar in `zone`, as in the test's own `after 3 days`.
    """
    first, second = local(start, zone), local(at, zone)
    days = (second.date() - first.date()).days
    if days > 0 and first.replace(microsecond=0).time() == second.replace(microsecond=0).time():
        return _count(days, "day")
    seconds = (at - start) // SECOND * SECOND
    if seconds <= 0:
        return "0 minutes"
    parts: list[str] = []
    if seconds >= 3 * DAY:
        parts.append(_count(seconds // DAY, "day"))
        seconds %= DAY
    for size, unit in ((HOUR, "hour"), (MINUTE, "minute"), (SECOND, "second")):
        if seconds >= size:
            parts.append(_count(seconds // size, unit))
            seconds %= size
    return " ".join(parts)


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def value(node: tree.Value) -> str:
    """A literal as the language writes it."""
    match node:
        case tree.Text():
            return '"' + node.value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case tree.Number():
            return node.raw or str(node.value)
        case tree.Percent():
            return (node.raw or str(node.value)).rstrip("%") + "%"
        case tree.Boolean():
            return "true" if node.value else "false"
        case tree.Date():
            return node.value.isoformat()
        case tree.DateTime():
            return node.value.strftime("%Y-%m-%d %H:%M")
        case tree.TimeOfDay():
            return node.value.strftime("%H:%M")
        case tree.Duration():
            return duration(node)
        case tree.ListOf():
            return "[" + ", ".join(value(item) for item in node.items) + "]"
        case tree.Path():
            return str(node)
        case _:
            return "…"


def duration(node: tree.Duration) -> str:
    if isinstance(node.amount, tree.Number):
        amount = node.amount.value
        unit = node.unit if amount == 1 else f"{node.unit}s"
        return f"{value(node.amount)} {unit}"
    return f"({value(node.amount)}) {node.unit}s"


def play(node: tree.Play) -> str:
    """`click_email of first_touch (url: "/x")`, `product "tent-2p" (price: 150)`."""
    match node:
        case tree.StartPlay():
            return f"start flow {node.flow}"
        case tree.CustomerPlay():
            head = "set customer"
        case tree.ProductPlay():
            head = f'product "{node.product}"'
        case tree.EventPlay():
            head = f"{node.event} of {node.of}" if node.of else node.event
    return head + _arguments(node.arguments)


def _arguments(given: tuple[tree.Argument, ...]) -> str:
    if not given:
        return ""
    return f" ({', '.join(f'{it.name}: {value(it.value)}' for it in given)})"


def when(node: tree.When | None) -> str:
    """` after 2 hours`, ` at 2026-03-03 18:00`, or nothing."""
    match node:
        case None:
            return ""
        case tree.After():
            return f" after {duration(node.duration)}"
        case tree.At():
            return f" at {value(node.moment)}"


Expectation = (
    tree.ExpectNothing
    | tree.ExpectMessage
    | tree.ExpectOther
    | tree.ExpectNoOther
    | tree.ExpectExit
    | tree.ExpectNoExit
    | tree.ExpectGoal
    | tree.ExpectTag
    | tree.ExpectCoupon
    | tree.ExpectTrack
    | tree.ExpectCondition
)


def expectation(node: Expectation) -> str:
    """The line as the test says it."""
    match node:
        case tree.ExpectNothing():
            return f"expect no {node.channel or 'message'}"
        case tree.ExpectMessage():
            return f"expect {node.channel} {node.message}{when(node.when)}"
        case tree.ExpectOther():
            return f"expect {node.kind} {node.name}"
        case tree.ExpectExit():
            by = f" by {node.by}" if node.by else ""
            reason = f' "{node.reason}"' if node.reason is not None else ""
            return f"expect exit{by}{reason}{when(node.when)}"
        case tree.ExpectGoal():
            return f"expect goal {node.outcome}"
        case tree.ExpectNoOther():
            return f"expect no {node.kind}" + (f" {node.name}" if node.name else "")
        case tree.ExpectNoExit():
            return "expect no exit"
        case tree.ExpectTag():
            return f'expect {"no " if node.none else ""}tag "{node.tag}"'
        case tree.ExpectCoupon():
            return f"expect {'no ' if node.none else ''}coupon {node.coupon}"
        case tree.ExpectTrack():
            head = f"expect {'no ' if node.none else ''}track {node.event}"
            return head + _arguments(node.arguments)
        case tree.ExpectCondition():
            return f"expect {print_condition(node.condition)}"
