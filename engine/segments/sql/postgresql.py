"""PostgreSQL's way. JSON columns are JSONB; local time comes from the server's own time zones."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from engine.segments.sql.dialect import Element

_EXACT: Final = 2**53


class Postgresql:
    empty_list = "'[]'::jsonb"
    # The planner would write the column out wherever it is named: a chain of forty sums would
    # become larger than any memory.
    once = " offset 0"

    def column(self, name: str) -> Element:
        return Element(name)

    def json(self, one: Element) -> str:
        return "(" + one.source + "".join(f" -> {_key(step)}" for step in one.path) + ")"

    def printed(self, one: Element) -> str:
        if not one.path:
            return f"({one.source} #>> '{{}}')"
        *outer, last = one.path
        return (
            "(" + one.source + "".join(f" -> {_key(step)}" for step in outer)
            + f" ->> {_key(last)})"
        )  # fmt: skip

    def number(self, one: Element) -> str:
        json = self.json(one)
        return (
            f"case jsonb_typeof({json}) when 'number' then {json}::numeric"
            f" when 'boolean' then {json}::boolean::int::numeric end"
        )

    def plain_number(self, one: Element) -> str:
        json = self.json(one)
        return f"case when jsonb_typeof({json}) = 'number' then {json}::numeric end"

    def whole(self, one: Element) -> str:
        json = self.json(one)
        return (
            f"case when jsonb_typeof({json}) = 'number' then"
            f" case when {json}::numeric between -{_EXACT} and {_EXACT}"
            f" and {json}::numeric = trunc({json}::numeric) then {json}::numeric end end"
        )

    def text(self, one: Element) -> str:
        return f"case when jsonb_typeof({self.json(one)}) = 'string' then {self.printed(one)} end"

    def compound(self, one: Element) -> str:
        json = self.json(one)
        return f"case when jsonb_typeof({json}) in ('array', 'object') then {json} end"

    def there(self, one: Element) -> str:
        return f"({self.printed(one)} is not null)"

    def holds_something(self, one: Element) -> str:
        json, text = self.json(one), self.printed(one)
        return (
            f"coalesce(case jsonb_typeof({json}) when 'string' then {text} <> ''"
            f" when 'boolean' then {text} = 'true' when 'number' then {json} <> '0'::jsonb"
            f" when 'null' then false else {json} not in ('[]'::jsonb, '{{}}'::jsonb) end, false)"
        )

    def is_empty_compound(self, json: str) -> str:
        return f"{json} in ('[]'::jsonb, '{{}}'::jsonb)"

    def members(self, json: str, alias: str) -> tuple[str, Element]:
        rows = (
            "select value as j from jsonb_array_elements"
            f"(case when jsonb_typeof({json}) = 'array' then {json} end) as one(value)"
        )
        return f"({rows}) as {alias}", Element(f"{alias}.j")

    def items(self, json: str, alias: str) -> tuple[str, Element]:
        rows = (
            "select case when jsonb_typeof(value) = 'object' then value"
            " else jsonb_build_object('id', value) end as j from jsonb_array_elements"
            f"(case when jsonb_typeof({json}) = 'array' then {json} end) as one(value)"
        )
        return f"({rows}) as {alias}", Element(f"{alias}.j")

    def values_of(self, json: str, alias: str) -> tuple[str, Element]:
        rows = f"select value as j from jsonb_each({json}) as one(key, value)"
        return f"({rows}) as {alias}", Element(f"{alias}.j")

    def bound_text(self, marker: str) -> str:
        return f"cast({marker} as text)"

    def bound_json(self, marker: str) -> str:
        return f"cast({marker} as jsonb)"

    def ordered(self, text: str) -> str:
        return f'({text}) collate "C"'

    def as_float(self, number: str) -> str:
        return f"({number})::float8"

    def operand(self, number: str) -> str:
        return f"({number})::float8"

    def in_steps(self, steps: tuple[str, ...], nested: str) -> tuple[str, tuple[str, ...]]:
        return nested, steps

    def summand(self, one: Element) -> str:
        # In JSON's order nothing but numbers stands between two numbers.
        json = self.json(one)
        return f"case when {json} between '-1e100' and '1e100' then {json}::numeric end"

    def whole_of(self, number: str) -> str:
        return (
            f"(select case when x between -{_EXACT} and {_EXACT} and x = trunc(x) then x end"
            f" from (select {number} as x) as q)"
        )

    def nearest(self, number: str) -> str:
        return (
            "(select case when x between -4503599627370496 and 4503599627370496 then"
            " trunc(x + case when x < 0 then -0.5 else 0.5 end) else x end"
            f" from (select {number} as x) as q)"
        )

    def never(self) -> str:
        return "'Infinity'::float8"

    def rounded(self, number: str) -> str:
        return (
            "(select case when x between -4503599627 and 4503599627 then trunc(x::float8"
            " * 1000000::float8 + case when x < 0 then -0.5::float8 else 0.5::float8 end)"
            f" / 1000000::float8 else x::float8 end from (select {number} as x) as q)"
        )

    def found(self, text: str, part: str) -> str:
        return f"strpos({text}, {part}) > 0"

    def begins(self, text: str, part: str) -> str:
        return f"starts_with({text}, {part})"

    def finishes(self, text: str, part: str) -> str:
        return f"right({text}, length({part})) = {part}"

    def midnight(self, day: str, zone: str) -> str:
        """What has the shape of a day but names none (30 February) is null."""
        return (
            "(select case when d ~ '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$'"
            " and substr(d, 1, 4) <> '0000' then case when substr(d, 9)::int <= extract(day from"
            " (substr(d, 1, 7) || '-01')::timestamp + interval '1 month' - interval '1 day')"
            f" then {_instant('d::timestamp', 'z')} end end"
            f" from (select {day} as d, {zone} as z) as q)"
        )

    def local_moment(self, moment: datetime, zone: str) -> str:
        literal = f"timestamp '{moment.isoformat(sep=' ')}'"
        return f"(select {_instant(literal, 'z')} from (select {zone} as z) as q)"

    def local_day(self, instant: str, zone: str) -> str:
        return (
            "(select case when i between -62100000000000 and 253402128000000"
            " then to_char(to_timestamp(i / 1000.0) at time zone z, 'YYYY-MM-DD') end"
            f" from (select {instant} as i, {zone} as z) as q)"
        )

    def listed(self, one: Element, rows: str) -> str:
        return f"(select coalesce(jsonb_agg({one.source}), '[]'::jsonb) from {rows})"

    def applied(self, event: str) -> str:
        # By itself it becomes a join, and several processes of the server read the events. A select
        # that is asked for each row, or one that gives a bound, would leave them to one.
        return f"not exists (select 1 from pending where pending.id = {event})"

    def consents(self, customer: str) -> str:
        return (
            "(select coalesce(jsonb_agg(what), '[]'::jsonb) from consent"
            f" where customer = {customer} and allowed and what <> 'tracking')"
        )


def _key(step: str | int) -> str:
    return str(step) if isinstance(step, int) else f"'{step}'"


def _instant(local: str, zone: str) -> str:
    """A local time as an instant. Of a repeated one the server takes the second, and the first is
    meant: what the offset of some hours before makes of it, if that is the same local time.
    """
    first = f"({local} at time zone 'UTC') - (b at time zone {zone} - b at time zone 'UTC')"
    return (
        "(select (extract(epoch from case when f < a and f at time zone"
        f" {zone} = {local} then f else a end) * 1000)::bigint"
        f" from (select a, {first} as f from (select a, a - interval '6 hours' as b"
        f" from (select {local} at time zone {zone} as a) as r1) as r2) as r3)"
    )
