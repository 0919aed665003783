"""Conditions as SQL that is true or false, never null."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal, NamedTuple

from dsl import tree
from engine.core.conditions import operations as meaning
from engine.core.facts import CONTACT
from engine.core.model import Instant
from engine.segments.sql import history, operand, values
from engine.segments.sql.dialect import is_plain
from engine.segments.sql.levels import Place, earlier
from engine.segments.sql.operand import UNKNOWN, Value
from engine.segments.sql.writing import Truth, Writer, every, some

_ORDERS = {
    "<": meaning.less,
    "<=": meaning.at_most,
    ">": meaning.more,
    ">=": meaning.at_least,
}
_TURNED: dict[str, Literal["<", "<=", ">", ">="]] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def block(writer: Writer, node: tree.ConditionBlock, place: Place) -> list[Truth]:
    """The lines of a block, each by itself."""
    return _lines(writer, node, place, any_of=False)


def _lines(writer: Writer, node: tree.ConditionBlock, place: Place, *, any_of: bool) -> list[Truth]:
    """The lines of a block of which any or all must hold."""
    conditions = [line.condition for line in node.lines if isinstance(line, tree.ConditionLine)]
    parts = _each(writer, conditions, place, any_of=any_of)
    for line in node.lines:
        if isinstance(line, tree.ConditionLine):
            continue
        if isinstance(line, tree.ConditionGroup):
            lines = _lines(writer, line.block, place, any_of=line.quantifier != "all")
            if line.quantifier == "all":
                parts.append(every(lines))
            elif line.quantifier == "any":
                # Python's `True` for a group without lines.
                parts.append(some(lines) if lines else Truth.of(True))
            else:
                parts.append(~some(lines) if lines else Truth.of(False))
        else:
            raise writer.refusal(line)
    return parts


def _each(
    writer: Writer, nodes: Sequence[tree.Condition], place: Place, *, any_of: bool
) -> list[Truth]:
    """Conditions of which any or all must hold. Whether any of several events happened (or none of
    them did) is asked at once.
    """
    together: dict[str, Instant | None] = {}
    apart, alone = [], []
    for node in nodes:
        found = _happened(writer, node, place)
        if found is None or found.negated is any_of:
            apart.append(node)
            continue
        alone.append(node)
        before = together.get(found.event, found.start)
        together[found.event] = earlier(before, found.start)
    if len(alone) < 2:
        return [condition(writer, node, place) for node in nodes]
    truth = history.any_of(together, place)
    return [truth if any_of else ~truth, *(condition(writer, node, place) for node in apart)]


class _Happened(NamedTuple):
    event: str
    start: Instant | None
    negated: bool


def _happened(writer: Writer, node: tree.Condition, place: Place) -> _Happened | None:
    """What a condition asks that asks for nothing but whether an event happened."""
    if isinstance(node, tree.Did):
        if not history.is_plain(node.history):
            return None
        return _Happened(node.history.event, history.start_of(writer, node.history), node.negated)
    if isinstance(node, tree.Compare):
        since = _since_when(writer, node, place)
        if since is None or since.history != tree.History(since.history.event):
            return None
        return _Happened(since.history.event, since.start, since.negated)
    return None


_DEPTH = 12
"""SQLite's parser gives up at about thirty groups within each other."""


def condition(writer: Writer, node: tree.Condition, place: Place) -> Truth:
    """Groups within groups within groups become queries of their own."""
    writer.depth += 1
    try:
        if writer.depth % _DEPTH or not isinstance(node, tree.Not | tree.All | tree.AnyOf):
            return _condition(writer, node, place)
        return _apart(writer, node, place)
    finally:
        writer.depth -= 1


def _apart(writer: Writer, node: tree.Condition, place: Place) -> Truth:
    if place.where == "item":
        # An item has no number by which it could be found again.
        return _condition(writer, node, place)
    if place.where == "event":
        scan, event = place.level.new_scan(), place.events[0]
        inner = place.within_event(scan.level, event, scan.properties, f"{scan.alias}.id")
        truth = _condition(writer, node, inner)
        rows = f"select {scan.alias}.id {scan.rows({event: None}, truth.sql)}"
        row = place.row
    else:
        alias = writer.alias("c")
        level = place.level.over_customers(alias)
        truth = _condition(writer, node, Place(level, place.condition))
        rows = f"select {alias}.id {level.source()} where {truth.sql}"
        row = place.level.identity
    table = writer.table(writer.alias("t"), rows)
    return Truth(f"({row} in (select id from {table}))")


def _condition(writer: Writer, node: tree.Condition, place: Place) -> Truth:
    match node:
        case tree.Compare():
            return _compare(writer, node, place)
        case tree.Equals():
            return _maybe_not(_equals(writer, node.left, node.right, place), node.negated)
        case tree.State():
            return _maybe_not(_state(writer, node, place), node.negated)
        case tree.OneOf():
            tests = [_equals(writer, node.value, one, place) for one in node.options.items]
            return _maybe_not(some(tests), node.negated)
        case tree.Contains():
            return _contains(writer, node, place)
        case tree.Edge():
            return _edge(writer, node, place)
        case tree.HasItem():
            return _has_item(writer, node, place)
        case tree.InSegment():
            return _maybe_not(_segment(writer, node.segment, place), node.negated)
        case tree.HasTag():
            tags = values.value(writer, tree.Path(("customer", "tags")), place)
            return _among(writer, str(tags.members), operand.known(node.tag, "text"))
        case tree.CanReceive():
            return _can_receive(writer, node.what, place)
        case tree.CanBeTracked():
            return Truth(f"({_consent(writer, 'tracking', place)} is true)")
        case tree.Did():
            return _maybe_not(history.did(writer, node.history, place), node.negated)
        case tree.Not():
            return ~condition(writer, node.condition, place)
        case tree.All():
            return every(_each(writer, node.conditions, place, any_of=False))
        case tree.AnyOf():
            return some(_each(writer, node.conditions, place, any_of=True))
        case _:
            raise writer.refusal(node)


def _maybe_not(truth: Truth, negated: bool) -> Truth:
    return ~truth if negated else truth


def _found(tests: list[str], empty: Any = UNKNOWN) -> Truth:
    """Whether one of the tests is true; where they are null they are not."""
    known = None if empty is UNKNOWN else bool(empty)
    return Truth(f"(({' or '.join(tests)}) is true)", known) if tests else Truth.of(False)


# --- comparisons ---------------------------------------------------------------------------


def _compare(writer: Writer, node: tree.Compare, place: Place) -> Truth:
    since = _since(writer, node, place)
    if since is not None:
        return since
    left, right = values.pair(writer, node.left, node.right, place)
    empty: Any = UNKNOWN
    if left.empty is not UNKNOWN and right.empty is not UNKNOWN:
        empty = _ORDERS[node.op](left.empty, right.empty)
        if left.is_known and right.is_known:
            return Truth.of(empty)
    tests = []
    if left.number is not None and right.number is not None:
        tests.append(f"{left.number} {node.op} {right.number}")
    one, other = operand.text_of(writer, left), operand.text_of(writer, right)
    if one is not None and other is not None:
        tests.append(f"{writer.dialect.ordered(one)} {node.op} {other}")
    return _found(tests, empty)


class _SinceWhen(NamedTuple):
    history: tree.History
    start: Instant
    negated: bool


def _since(writer: Writer, node: tree.Compare, place: Place) -> Truth | None:
    """`time since` against a length of time asks only for what happened in that time."""
    since = _since_when(writer, node, place)
    if since is None:
        return None
    return _maybe_not(history.did_after(writer, since.history, place, since.start), since.negated)


def _since_when(writer: Writer, node: tree.Compare, place: Place) -> _SinceWhen | None:
    op, since, other = node.op, node.left, node.right
    if not isinstance(since, tree.TimeSince):
        op, since, other = _TURNED[op], node.right, node.left
    if not isinstance(since, tree.TimeSince) or isinstance(other, tree.TimeSince):
        return None
    length = values.value(writer, other, place)
    if not length.is_known or not isinstance(length.known, int):
        return None
    start = writer.now - length.known
    if op in ("<=", ">"):
        start -= 1
    return _SinceWhen(since.history, start, op in (">", ">="))


def _equals(writer: Writer, a: tree.Value, b: tree.Value, place: Place) -> Truth:
    left, right = values.pair(writer, a, b, place)
    for one, other, node in ((left, right, b), (right, left, a)):
        if one.day is not None and not other.literal:
            return _on_day(writer, node, one.day, place)
    return _same(writer, left, right)


def _on_day(writer: Writer, node: tree.Value, day: date, place: Place) -> Truth:
    value = values.plain(writer, node, place)
    return _found(operand.on_day(writer, value, day, place))


def _same(writer: Writer, left: Value, right: Value) -> Truth:
    empty: Any = UNKNOWN
    if left.empty is not UNKNOWN and right.empty is not UNKNOWN:
        empty = left.empty is not None and left.empty == right.empty
        if left.is_known and right.is_known:
            return Truth.of(bool(empty))
    for one, other in ((left, right), (right, left)):
        if isinstance(one.known, str) and is_plain(one.known) and other.printed is not None:
            return _found([f"{other.printed} = {writer.bound_text(one.known)}"], empty)
    tests = []
    if left.number is not None and right.number is not None:
        tests.append(f"{left.number} = {right.number}")
    text, other_text = operand.text_of(writer, left), operand.text_of(writer, right)
    if text is not None and other_text is not None:
        tests.append(f"{text} = {other_text}")
    json, other_json = operand.compound_of(writer, left), operand.compound_of(writer, right)
    if json is not None and other_json is not None:
        tests.append(f"{json} = {other_json}")
    return _found(tests, empty)


def _state(writer: Writer, node: tree.State, place: Place) -> Truth:
    if isinstance(node.value, tree.Path) and node.value.parts == ("cart",):
        items = values.value(writer, tree.Path(("cart", "items")), place)
        empty = Truth(f"({writer.dialect.is_empty_compound(str(items.members))})")
        return empty if node.state == "empty" else ~empty
    value = values.value(writer, node.value, place)
    if value.is_known:
        known = value.known
        return Truth.of(meaning.is_empty(known) if node.state == "empty" else known is not None)
    there = Truth.of(True) if value.there is None else Truth(value.there)
    if value.there == "false":
        there = Truth.of(False)
    if node.state == "set":
        if value.empty is not UNKNOWN:
            there = Truth(there.sql, value.empty is not None)
        return there
    tests = []
    if value.text is not None:
        tests.append(f"{value.text} = ''")
    if value.members is not None:
        tests.append(writer.dialect.is_empty_compound(value.members))
    empty = some([~there, _found(tests)])
    return Truth(empty.sql, meaning.is_empty(value.empty) if value.empty is not UNKNOWN else None)


# --- text and lists ------------------------------------------------------------------------


def _contains(writer: Writer, node: tree.Contains, place: Place) -> Truth:
    whole, part = (values.value(writer, one, place) for one in (node.left, node.right))
    if whole.is_known and part.is_known:
        return Truth.of(meaning.contains(whole.known, part.known))
    tests = []
    text, other = operand.text_of(writer, whole), operand.text_of(writer, part)
    if text is not None and other is not None:
        tests.append(f"({writer.dialect.found(text, other)}) is true")
    if whole.members is not None:
        tests.append(_among(writer, whole.members, part).sql)
    return _found(tests)


def _among(writer: Writer, members: str, part: Value) -> Truth:
    """A value, or the item with that id, in a list."""
    rows, one = writer.dialect.members(members, writer.alias("m"))
    test = some(
        [
            _same(writer, operand.element(writer, one, None), part),
            _same(writer, operand.element(writer, one.at("id"), None), part),
        ]
    )
    return Truth(f"exists (select 1 from {rows} where {test.sql})")


def _edge(writer: Writer, node: tree.Edge, place: Place) -> Truth:
    whole, part = (values.value(writer, one, place) for one in (node.left, node.right))
    if whole.is_known and part.is_known:
        edge = meaning.starts if node.edge == "starts" else meaning.ends
        return Truth.of(edge(whole.known, part.known))
    text, other = operand.text_of(writer, whole), operand.text_of(writer, part)
    if text is None or other is None:
        return Truth.of(False)
    test = writer.dialect.begins if node.edge == "starts" else writer.dialect.finishes
    if whole.printed is not None:
        # Most are told apart by how they are printed, without a look at their kind.
        return _found([f"{test(whole.printed, other)} and {text} is not null"])
    return _found([test(text, other)])


def _has_item(writer: Writer, node: tree.HasItem, place: Place) -> Truth:
    subject, alias = node.subject.parts[0], writer.alias("i")
    dialect = writer.dialect
    if subject == "cart":
        rows, item = values.cart_items(writer, place, alias)
    elif subject == "order":
        order = history.latest_order(writer, place)
        rows, item = dialect.items(dialect.json(order.at("items")), alias)
    elif subject == "event" and place.properties is not None:
        rows, item = dialect.items(dialect.json(place.properties.at("items")), alias)
    elif subject in ("event", "entry"):
        return Truth.of(False)
    else:
        raise writer.refusal(subject)
    join, product = values.product_of(writer, item)
    test = condition(writer, node.where, place.within_item(item, product))
    if test.sql == "false":
        return test
    return Truth(f"exists (select 1 from {rows}{join} where {test.sql})")


# --- customers -----------------------------------------------------------------------------


def _consent(writer: Writer, what: str, place: Place) -> str:
    """What was said about a channel, a topic or tracking: a boolean, null for nothing."""
    identity = place.level.identity
    alias = place.level.joined_once(
        ("consent", what),
        "k",
        f"consent as {{alias}} on {{alias}}.customer = {identity}"
        f" and {{alias}}.what = {writer.bound_text(what)}",
    )
    return f"{alias}.allowed"


def _can_receive(writer: Writer, what: str, place: Place) -> Truth:
    contact = CONTACT.get(what)
    if contact is None:
        if what == "tracking":
            return Truth.of(True)
        return Truth(f"coalesce({_consent(writer, what, place)}, true)")
    address = writer.dialect.column(f"{place.level.person}.properties").at(contact)
    tests = [
        Truth(f"({_consent(writer, what, place)} is true)"),
        Truth(writer.dialect.holds_something(address)),
    ]
    suppressed = writer.suppressed(what)
    if suppressed is not None:
        alias = place.level.joined_once(
            ("suppressed", what),
            "s",
            f"(select value as customer from json_each({suppressed}) as numbers) as {{alias}}"
            f" on {{alias}}.customer = {place.level.identity}",
        )
        tests.append(Truth(f"({alias}.customer is null)"))
    return every(tests)


def _segment(writer: Writer, name: str, place: Place) -> Truth:
    found = writer.names.segments.get(name)
    if found is None or name in writer.segments:
        raise writer.refusal(f"segment {name}")
    outer, writer.segments = writer.segments, (*writer.segments, name)
    try:
        return every(block(writer, found, place.top()))
    finally:
        writer.segments = outer
