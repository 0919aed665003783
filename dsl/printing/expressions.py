"""Values, conditions, happenings and triggers as text on one line.

Parentheses are written where the grammar needs them, so that what is read back is the same tree,
and where the author set them and they guide the reader: around a history, a calculation, an `and`
beside an `or`, behind `where`, and around what is broken over lines.
"""

from __future__ import annotations

from dataclasses import fields

from dsl import tree

_OPERAND = (
    tree.Text,
    tree.Number,
    tree.Percent,
    tree.Boolean,
    tree.Date,
    tree.DateTime,
    tree.TimeOfDay,
    tree.ListOf,
    tree.Path,
)
_HISTORIES = (tree.Count, tree.Aggregate, tree.TimeSince)
_OR, _AND, _NOT = 1, 2, 3
_SUM, _PRODUCT, _FACTOR = 1, 2, 3


def quote(text: str) -> str:
    """A string literal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def print_number(number: tree.Number | tree.Percent) -> str:
    """A number as it was written, else with all its digits."""
    return number.raw or f"{number.value:f}"


def print_value(value: tree.Value, level: int = _SUM) -> str:
    """A value; `level` says how tightly what stands around it binds."""
    text = _value(value)
    if isinstance(value, tree.Arithmetic):
        needed = level > _binding(value)
        return f"({text})" if needed or value.parens != "none" else text
    guides = isinstance(value, _HISTORIES) and value.parens != "none"
    return f"({text})" if guides or value.parens == "broken" else text


def _binding(value: tree.Arithmetic) -> int:
    return _SUM if value.op in "+-" else _PRODUCT


def _value(value: tree.Value) -> str:
    """A value without parentheses around it."""
    match value:
        case tree.Text():
            return quote(value.value)
        case tree.Number():
            return print_number(value)
        case tree.Percent():
            return f"{print_number(value)}%"
        case tree.Boolean():
            return "true" if value.value else "false"
        case tree.Date() | tree.DateTime():
            return print_moment(value)
        case tree.TimeOfDay():
            return print_clock(value)
        case tree.Duration():
            return print_duration(value)
        case tree.ListOf():
            return f"[{', '.join(print_value(item) for item in value.items)}]"
        case tree.Path():
            return str(value)
        case tree.Arithmetic():
            own = _binding(value)
            return f"{print_value(value.left, own)} {value.op} {print_value(value.right, own + 1)}"
        case tree.Count():
            return f"count of {print_history(value.history)}"
        case tree.Aggregate():
            history = value.history
            return f"{value.function} of {history.event}.{value.property}" + _qualifiers(history)
        case tree.TimeSince():
            return f"time since {print_history(value.history)}"


def print_moment(moment: tree.Date | tree.DateTime) -> str:
    if isinstance(moment, tree.DateTime):
        return moment.value.strftime("%Y-%m-%d %H:%M")
    return moment.value.isoformat()


def print_clock(clock: tree.TimeOfDay) -> str:
    return clock.value.strftime("%H:%M")


def print_duration(duration: tree.Duration) -> str:
    amount = duration.amount
    if isinstance(amount, tree.Number) and amount.parens != "broken":
        unit = duration.unit if abs(amount.value) == 1 else f"{duration.unit}s"
        return f"{print_number(amount)} {unit}"
    return f"({_value(amount)}) {duration.unit}s"


def print_times(times: int) -> str:
    return f"{times} {'time' if times == 1 else 'times'}"


def print_history(history: tree.History) -> str:
    return history.event + _qualifiers(history)


def _qualifiers(history: tree.History) -> str:
    parts = [_narrowed(history.of, history.same, of_this_product=history.of_this_product)]
    if history.bound is not None and history.times is not None:
        parts.append(f" {history.bound} {print_times(history.times)}")
    if history.period is not None:
        parts.append(f" in last {print_duration(history.period)}")
    if history.since is not None:
        since = history.since
        parts.append(f" since {since if isinstance(since, tree.Path) else print_moment(since)}")
    parts.append(print_where(history.where))
    return "".join(parts)


def _narrowed(of: str | None, same: str | None, *, of_this_product: bool) -> str:
    text = " of this product" if of_this_product else f" of {of}" if of else ""
    return f"{text} with same {same}" if same else text


def print_where(condition: tree.Condition | None) -> str:
    """` where ..`: one comparison of plain values needs no parentheses."""
    if condition is None:
        return ""
    if _is_plain_comparison(condition) and condition.parens == "none":
        return f" where {_condition(condition)}"
    return f" where ({_condition(condition)})"


def _is_plain_comparison(condition: tree.Condition) -> bool:
    match condition:
        case tree.Compare() | tree.Equals() | tree.Contains() | tree.Edge():
            return _is_operand(condition.left) and _is_operand(condition.right)
        case tree.State() | tree.OneOf():
            return _is_operand(condition.value)
        case _:
            return False


def _is_operand(value: tree.Value) -> bool:
    if isinstance(value, tree.Duration):
        return isinstance(value.amount, tree.Number)
    return isinstance(value, _OPERAND)


def print_condition(condition: tree.Condition, level: int = _OR) -> str:
    """A condition; `level` says how tightly what stands around it binds."""
    text = _condition(condition)
    match condition:
        case tree.AnyOf():
            needed = level > _OR
        case tree.All():
            needed = level > _AND or (level == _AND and condition.parens != "none")
        case _:
            needed = condition.parens != "none" and _guides(condition)
    return f"({text})" if needed or condition.parens == "broken" else text


def _guides(node: tree.Node) -> bool:
    """Whether parentheses around a condition help: it is more than a plain comparison."""
    if isinstance(node, tree.History | tree.Arithmetic | tree.HasItem):
        return True
    return any(
        isinstance(part, tree.Node) and _guides(part)
        for part in (getattr(node, one.name) for one in fields(node))
    )


def _condition(condition: tree.Condition) -> str:
    """A condition without parentheses around it."""
    match condition:
        case tree.AnyOf():
            return " or ".join(print_condition(part, _AND) for part in condition.conditions)
        case tree.All():
            return " and ".join(print_condition(part, _NOT) for part in condition.conditions)
        case tree.Not():
            return f"not {print_condition(condition.condition, _NOT)}"
        case tree.Compare():
            return f"{print_value(condition.left)} {condition.op} {print_value(condition.right)}"
        case tree.Equals():
            verb = "is not" if condition.negated else "is"
            return f"{print_value(condition.left)} {verb} {print_value(condition.right)}"
        case tree.State():
            verb = "is not" if condition.negated else "is"
            return f"{print_value(condition.value)} {verb} {condition.state}"
        case tree.OneOf():
            verb = "not in" if condition.negated else "in"
            return f"{print_value(condition.value)} {verb} {print_value(condition.options)}"
        case tree.Contains():
            return f"{print_value(condition.left)} contains {print_value(condition.right)}"
        case tree.Edge():
            left, right = print_value(condition.left), print_value(condition.right)
            return f"{left} {condition.edge} with {right}"
        case tree.HasItem():
            return f"{condition.subject} has item{print_where(condition.where)}"
        case tree.InSegment():
            return f"customer {'not ' * condition.negated}in segment {condition.segment}"
        case tree.HasTag():
            return f"customer has tag {quote(condition.tag)}"
        case tree.CanReceive():
            return f"customer can receive {condition.what}"
        case tree.CanBeTracked():
            return "customer can be tracked"
        case tree.Did():
            return f"did {'not ' * condition.negated}{print_history(condition.history)}"


def print_happening(happening: tree.Happening) -> str:
    """What happens: `purchase of this product where value >= 20`."""
    match happening:
        case tree.EventHappens():
            narrowed = _narrowed(
                happening.of, happening.same, of_this_product=happening.of_this_product
            )
            return f"{happening.event}{narrowed}{print_where(happening.where)}"
        case tree.SegmentMove():
            return f"customer {happening.move} segment {happening.segment}"
        case tree.BackInStock():
            return "product back in stock"
        case tree.PriceDrop():
            by = f" by {print_value(happening.by)}" if happening.by is not None else ""
            return f"product price drops{by}"
        case tree.StockFalls():
            return f"product stock falls below {happening.below}"


def print_happenings(happenings: tuple[tree.Happening, ...]) -> str:
    return " or ".join(print_happening(happening) for happening in happenings)


def print_trigger(trigger: tree.Trigger) -> str:
    """What follows `enter`."""
    match trigger:
        case tree.OnHappening():
            text = f"when {print_happenings(trigger.happenings)}"
            if trigger.per:
                return f"{text} per {trigger.per}"
            if trigger.each_item:
                return f"{text} for each item{print_where(trigger.item_where)}"
            if trigger.audience is not None:
                return f"{text} for customers who {print_condition(trigger.audience)}"
            return text
        case tree.OnSchedule():
            return (
                f"every {_recurrence(trigger.recurrence)} at {print_clock(trigger.at)}"
                f"{_store_time(trigger.store_time)} for segment {trigger.segment}"
            )
        case tree.OnAnniversary():
            offset = "on" if trigger.offset is None else print_offset(trigger.offset)
            return f"every year {offset} {trigger.path} at {print_clock(trigger.at)}"
        case tree.OnDate():
            side = "on" if trigger.offset is None else print_offset(trigger.offset)
            return f"{side} {trigger.path} at {print_clock(trigger.at)}"
        case tree.Once():
            return (
                f"once on {print_moment(trigger.moment)}{_store_time(trigger.store_time)}"
                f" for segment {trigger.segment}"
            )
        case tree.Manually():
            return "manually"


def _store_time(store_time: bool) -> str:
    return " store time" if store_time else ""


def _recurrence(recurrence: tree.Recurrence) -> str:
    match recurrence.kind:
        case "day":
            return "day" if recurrence.every == 1 else f"{recurrence.every} days"
        case "week":
            weekday = recurrence.weekday or "monday"
            return weekday if recurrence.every == 1 else f"{recurrence.every} weeks on {weekday}"
        case "month":
            return f"month on day {recurrence.day}"
        case "year":
            return f"year on {recurrence.month:02}-{recurrence.day:02}"


def print_offset(offset: tree.Offset) -> str:
    return f"{print_duration(offset.duration)} {offset.side}"


def print_timing(timing: tree.Timing) -> str:
    """What follows `wait`."""
    match timing:
        case tree.ForTime():
            return print_duration(timing.duration)
        case tree.UpTo():
            return f"up to {print_duration(timing.duration)}"
        case tree.UntilTime():
            return f"until {print_clock(timing.at)}"
        case tree.UntilWeekday():
            return f"until {timing.weekday} at {print_clock(timing.at)}"
        case tree.UntilMoment():
            return f"until {print_moment(timing.moment)}{_store_time(timing.store_time)}"
        case tree.UntilBestTime():
            return f"until best time within {print_duration(timing.within)}"
        case tree.UntilDate():
            offset = f"{print_offset(timing.offset)} " if timing.offset is not None else ""
            at = f" at {print_clock(timing.at)}" if timing.at is not None else ""
            return f"until {offset}{timing.path}{at}"


def print_arguments(arguments: tuple[tree.Argument, ...]) -> str:
    inside = ", ".join(f"{part.name}: {print_value(part.value)}" for part in arguments)
    return f"({inside})"
