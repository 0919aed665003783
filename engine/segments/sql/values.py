"""Values of the language as SQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import orjson

from dsl import tree
from engine.core.calendar import ELAPSED
from engine.core.conditions import operations as meaning
from engine.core.conditions.values import arithmetic_kind
from engine.core.values import plain_number
from engine.segments.sql import history
from engine.segments.sql.dialect import Element
from engine.segments.sql.levels import Place
from engine.segments.sql.operand import (
    MISSING,
    UNKNOWN,
    Value,
    either,
    element,
    instant,
    known,
    moment,
)
from engine.segments.sql.writing import Writer

_SMALL, _LARGE = "1e-100", "1e100"


# --- numbers -------------------------------------------------------------------------------


def as_money(writer: Writer, value: Value) -> Value:
    digits = writer.names.types.digits
    if value.is_known:
        if not isinstance(value.known, int | float):
            return replace(value, kind="money")
        return known(plain_number(Decimal(repr(value.known)).scaleb(digits)), "money")
    return calculated(writer, "*", value, known(10**digits, None), "money")


def calculated(writer: Writer, op: str, left: Value, right: Value, kind: str | None) -> Value:
    """Two numbers put together; missing where one is, or is too large or small to be sure of."""
    empty = UNKNOWN
    if left.empty is not UNKNOWN and right.empty is not UNKNOWN:
        empty = meaning.ARITHMETIC[op](left.empty, right.empty)
    if left.is_known and right.is_known:
        return known(empty, kind) if empty is not None else MISSING
    if left.number is None or right.number is None:
        return MISSING
    guards = [
        f"({name} = 0 or {name} between {_SMALL} and {_LARGE}"
        f" or {name} between -{_LARGE} and -{_SMALL})"
        for name, side in (("a", left), ("b", right))
        if not side.tame
    ]
    a = writer.dialect.operand("a")
    b = writer.dialect.operand("b")
    if op == "/":
        a, b = writer.dialect.as_float("a"), f"nullif({b}, 0)"
    done = f"{a} {op} {b}"
    if guards:
        done = f"case when {' and '.join(guards)} then {done} end"
    sides = f"select {left.number} as a, {right.number} as b{writer.dialect.once}"
    number = f"(select {done} from ({sides}) as q)"
    steps = (*(left.steps or (left.number,)), *(right.steps or (right.number,)), op)
    if left.steps or right.steps:
        number, steps = writer.dialect.in_steps(steps, number)
    tame = op in "+-" and left.tame and right.tame
    return Value(
        kind, number=number, whole=writer.dialect.whole_of(number), empty=empty, tame=tame,
        there=f"({number} is not null)", steps=steps,
    )  # fmt: skip


def pair(writer: Writer, a: tree.Value, b: tree.Value, place: Place) -> tuple[Value, Value]:
    """Two sides that are to be compared or added, in the same unit."""
    left, right = value(writer, a, place), value(writer, b, place)
    if left.kind == "money" and right.kind == "number":
        right = as_money(writer, right)
    elif right.kind == "money" and left.kind == "number":
        left = as_money(writer, left)
    return left, right


# --- the constructs ------------------------------------------------------------------------


def value(writer: Writer, node: tree.Value, place: Place) -> Value:
    """A value that can be compared: dates have become instants."""
    found = plain(writer, node, place)
    # Arithmetic has made a moment of a date already.
    return found if isinstance(node, tree.Arithmetic) else instant(writer, found, place)


def plain(writer: Writer, node: tree.Value, place: Place) -> Value:  # one branch a construct
    match node:
        case tree.Text():
            return known(node.value, "text")
        case tree.Number():
            return known(plain_number(node.value), "number")
        case tree.Percent():
            return known(plain_number(node.value / 100), "number")
        case tree.Boolean():
            return known(node.value, "boolean")
        case tree.TimeOfDay():
            return known(node.value.strftime("%H:%M"), "time")
        case tree.Date() | tree.DateTime():
            number = moment(writer, node.value, place.level.zone)
            day = None if isinstance(node.value, datetime) else node.value
            return Value("date", number=number, whole=number, tame=True, literal=True, day=day)
        case tree.Duration():
            return _duration(writer, node, place)
        case tree.ListOf():
            return _list(writer, node, place)
        case tree.Path():
            return _path(writer, node, place)
        case tree.Arithmetic():
            if node.op in "+-":
                left, right = pair(writer, node.left, node.right, place)
            else:
                left, right = value(writer, node.left, place), value(writer, node.right, place)
            kind = arithmetic_kind(node.op, left.kind, right.kind)
            return calculated(writer, node.op, left, right, kind)
        case tree.Count():
            return history.count_of(writer, node.history, place)
        case tree.TimeSince():
            return history.time_since(writer, node.history, place)
        case tree.Aggregate():
            return history.aggregate(writer, node, place)
        case _:
            raise writer.refusal(node)


def _duration(writer: Writer, node: tree.Duration, place: Place) -> Value:
    unit = ELAPSED[node.unit]
    if isinstance(node.amount, tree.Number):
        return known(int(node.amount.value * unit), "duration")
    amount = value(writer, node.amount, place)
    return calculated(writer, "*", amount, known(unit, None), "duration")


def _list(writer: Writer, node: tree.ListOf, place: Place) -> Value:
    """Lists are literals; one with dates depends on the customer's zone and equals nothing."""
    items = [value(writer, item, place) for item in node.items]
    if all(item.is_known for item in items):
        items_known = [item.known for item in items]
        json = writer.dialect.bound_json(writer.bound(orjson.dumps(items_known).decode()))
        return Value("list", members=json, known=items_known, empty=items_known, literal=True)
    return Value("list", literal=True)


def _path(writer: Writer, node: tree.Path, place: Place) -> Value:
    parts, types = node.parts, writer.names.types
    if len(parts) == 1:
        return _bare(writer, parts[0], place)
    subject, name = parts[0], parts[1]
    match subject:
        case "customer":
            return _customer(writer, name, place)
        case "entry":
            # Nobody has entered anything where all customers are asked.
            return replace(MISSING, kind=types.entry_property(writer.names.entry_events, name))
        case "event":
            kind = types.event_property(place.events or tuple(types.events), name)
            if place.properties is None:
                return replace(MISSING, kind=kind)
            return element(writer, place.properties.at(name), kind)
        case "order":
            kind = types.event_property(("purchase",), name)
            return element(writer, history.latest_order(writer, place).at(name), kind)
        case "item":
            return _item(writer, name, place)
        case "product":
            return replace(MISSING, kind="text" if name == "id" else types.product.get(name))
        case "cart":
            return _cart(writer, name, place)
        case "score":
            return _score(writer, name, place)
        case _:
            raise writer.refusal(node)


def _bare(writer: Writer, name: str, place: Place) -> Value:
    if name == "now":
        return replace(known(writer.now, "date"), literal=False)
    if place.where == "item":
        return _item(writer, name, place)
    if place.where == "event" and place.properties is not None:
        kind = writer.names.types.event_property(place.events, name)
        return element(writer, place.properties.at(name), kind)
    raise writer.refusal(name)


def _item(writer: Writer, name: str, place: Place) -> Value:
    kind = writer.names.types.item.get(name)
    if place.item is None or place.product is None:
        return replace(MISSING, kind=kind)
    own = element(writer, place.item.at(name), kind)
    return either(own, element(writer, place.product.at(name), kind))


def _customer(writer: Writer, name: str, place: Place) -> Value:
    dialect, person = writer.dialect, place.level.person
    properties = dialect.column(f"{person}.properties")
    if name == "id":
        given = dialect.holds_something(properties.at("id"))
        own = replace(element(writer, properties.at("id"), None), there=given)
        number = Value(number=f"{person}.id", whole=f"{person}.id", there="true")
        return replace(either(own, number), there=None, printed=None)
    if name in ("orders", "total_spent"):
        found = element(writer, properties.at(name), None)
        return replace(
            found,
            kind="money" if name == "total_spent" else "number",
            number=f"case when {found.there} then {found.number} else 0 end",
            printed=None,
            there=None,
        )
    if name == "tags":
        tags = dialect.json(dialect.column(f"{person}.tags"))
        return Value("list", members=f"coalesce({tags}, {dialect.empty_list})")
    if name == "consent":
        return Value("list", members=dialect.consents(place.level.identity))
    return element(writer, properties.at(name), writer.names.types.customer.get(name))


def _score(writer: Writer, name: str, place: Place) -> Value:
    dialect = writer.dialect
    kept = dialect.column(f"{place.level.person}.scores").at(name)
    points, at = dialect.as_float(dialect.plain_number(kept.at(0))), dialect.whole(kept.at(1))
    halves = writer.names.halves.get(name)
    left = points
    if halves is not None:
        elapsed = f"{dialect.as_float(f'({writer.now} - {at})')} / {halves}"
        # A power too small for a number is an error to one of the two.
        left = (
            "(select case when x <= 0 then p when x > 200 then 0 else p * power(0.5, x) end"
            f" from (select {points} as p, {elapsed} as x) as q)"
        )
    number = f"coalesce({dialect.rounded(left)}, 0)"
    return Value("number", number=number, tame=True)


# --- the cart ------------------------------------------------------------------------------


def cart_items(writer: Writer, place: Place, alias: str) -> tuple[str, Element]:
    """The items in the cart, to be selected from."""
    cart = writer.dialect.column(f"{place.level.person}.cart")
    return writer.dialect.values_of(writer.dialect.json(cart.at("items")), alias)


def product_of(writer: Writer, item: Element) -> tuple[str, Element]:
    """The join that gives an item its product, and the product's properties."""
    alias = writer.alias("p")
    identifier = writer.dialect.text(item.at("id"))
    return (
        f" left join product as {alias} on {alias}.id = {identifier}",
        writer.dialect.column(f"{alias}.properties"),
    )


def _cart(writer: Writer, name: str, place: Place) -> Value:
    dialect = writer.dialect
    cart = dialect.column(f"{place.level.person}.cart")
    match name:
        case "url":
            return element(writer, cart.at("url"), "text")
        case "updated_at":
            return element(writer, cart.at("updated_at"), "date")
        case "items":
            return Value("list", members=_cart_list(writer, place))
        case "count" | "value":
            pass
        case _:
            raise writer.refusal(f"cart.{name}")
    alias = writer.alias("i")
    rows, item = cart_items(writer, place, alias)
    quantity = _within_reason(
        writer, dialect.number(item.at("quantity")), meaning.LARGEST_QUANTITY, 1
    )
    if name == "count":
        number = f"coalesce({dialect.rounded(f'(select sum({quantity}) from {rows})')}, 0)"
        return Value("number", number=number)
    join, product = product_of(writer, item)
    own, listed = dialect.number(item.at("price")), dialect.number(product.at("price"))
    price = f"case when {dialect.there(item.at('price'))} then {own} else {listed} end"
    total = f"sum({_within_reason(writer, price, meaning.LARGEST_PRICE, 0)} * {quantity})"
    number = f"coalesce((select {dialect.nearest(total)} from {rows}{join}), 0)"
    return Value("money", number=number)


def _within_reason(writer: Writer, number: str, limit: int, otherwise: int) -> str:
    number = f"({number})"
    return writer.dialect.operand(
        f"case when {number} between -{limit} and {limit} then {number} else {otherwise} end"
    )


def _cart_list(writer: Writer, place: Place) -> str:
    rows, item = cart_items(writer, place, writer.alias("i"))
    return writer.dialect.listed(item, rows)
