"""SQLite's way. JSON columns are blobs of JSON text. Local time and long arithmetic come from
`engine.store.sqlite.functions`, which every connection is taught.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from engine.segments.sql.dialect import Element

_EXACT: Final = 2**53
_SIGNS: Final = frozenset("+-*/")
_MOST_OPERANDS: Final = 40


def _path(one: Element) -> str:
    return "'$" + "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in one.path) + "'"


class Sqlite:
    empty_list = "'[]'"
    once = ""

    def column(self, name: str) -> Element:
        # Without the cast, newer versions would take the blob for their binary JSON.
        return Element(f"cast({name} as text)")

    def number(self, one: Element) -> str:
        return self._of("in ('integer', 'real', 'true', 'false')", one)

    def plain_number(self, one: Element) -> str:
        return self._of("in ('integer', 'real')", one)

    def whole(self, one: Element) -> str:
        value = self.printed(one)
        return (
            f"case when {self._kind(one)} in ('integer', 'real') then"
            f" case when {value} between -{_EXACT} and {_EXACT}"
            f" and {value} = cast({value} as integer)"
            f" then cast({value} as integer) end end"
        )

    def text(self, one: Element) -> str:
        return self._of("= 'text'", one)

    def compound(self, one: Element) -> str:
        return self._of("in ('array', 'object')", one)

    def _of(self, kinds: str, one: Element) -> str:
        return f"case when {self._kind(one)} {kinds} then {self.printed(one)} end"

    def _kind(self, one: Element) -> str:
        return f"json_type({one.source}, {_path(one)})"

    def printed(self, one: Element) -> str:
        return f"json_extract({one.source}, {_path(one)})"

    def there(self, one: Element) -> str:
        return f"({self.printed(one)} is not null)"

    def json(self, one: Element) -> str:
        return f"({one.source} -> {_path(one)})"

    def holds_something(self, one: Element) -> str:
        value = self.printed(one)
        return (
            f"coalesce(case {self._kind(one)} when 'text' then {value} <> ''"
            f" when 'array' then {value} <> '[]' when 'object' then {value} <> '{{}}'"
            f" else {value} <> 0 end, false)"
        )

    def is_empty_compound(self, json: str) -> str:
        return f"{json} in ('[]', '{{}}')"

    def members(self, json: str, alias: str) -> tuple[str, Element]:
        rows = (
            "select case type when 'true' then 'true' when 'false' then 'false'"
            " when 'null' then 'null' when 'array' then value when 'object' then value"
            " else json_quote(value) end as j from json_each"
            f"(case when json_type({json}) = 'array' then {json} else '[]' end)"
        )
        return f"({rows}) as {alias}", Element(f"{alias}.j")

    def items(self, json: str, alias: str) -> tuple[str, Element]:
        rows = (
            "select case type when 'object' then value"
            " when 'array' then json_object('id', json(value))"
            " else json_object('id', value) end as j from json_each"
            f"(case when json_type({json}) = 'array' then {json} else '[]' end)"
        )
        return f"({rows}) as {alias}", Element(f"{alias}.j")

    def values_of(self, json: str, alias: str) -> tuple[str, Element]:
        return f"(select value as j from json_each(coalesce({json}, '{{}}'))) as {alias}", Element(
            f"{alias}.j"
        )

    def bound_text(self, marker: str) -> str:
        # A cast would make numbers look like text where they are compared with it.
        return marker

    def bound_json(self, marker: str) -> str:
        return marker

    def ordered(self, text: str) -> str:
        return text

    def as_float(self, number: str) -> str:
        return f"({number} * 1.0)"

    def operand(self, number: str) -> str:
        return f"(({number}) * 1.0)"

    def in_steps(self, steps: tuple[str, ...], nested: str) -> tuple[str, tuple[str, ...]]:  # noqa: ARG002
        # Its parser gives up on a few dozen selects within each other.
        operands = [step for step in steps if step not in _SIGNS]
        program = "".join(step if step in _SIGNS else "v" for step in steps)
        call = f"calculated('{program}', {', '.join(operands)})"
        return call, steps if len(operands) < _MOST_OPERANDS else ()

    def summand(self, one: Element) -> str:
        number = self.plain_number(one)
        # Whole numbers beyond 2 ** 50 are summed up as floats: an overflow would be an error.
        return (
            f"case when {number} between -1125899906842624 and 1125899906842624 then {number}"
            f" when {number} between -1e100 and 1e100 then {number} * 1.0 end"
        )

    def whole_of(self, number: str) -> str:
        return (
            f"(select case when x between -{_EXACT} and {_EXACT} and x = cast(x as integer)"
            f" then cast(x as integer) end from (select {number} as x))"
        )

    def nearest(self, number: str) -> str:
        return f"round({number})"

    def never(self) -> str:
        return "9e999"

    def rounded(self, number: str) -> str:
        return (
            "(select case when x between -4503599627.0 and 4503599627.0"
            f" then round(x * 1000000.0) / 1000000.0 else x end from (select {number} as x))"
        )

    def found(self, text: str, part: str) -> str:
        return f"instr({text}, {part}) > 0"

    def begins(self, text: str, part: str) -> str:
        return f"substr({text}, 1, length({part})) = {part}"

    def finishes(self, text: str, part: str) -> str:
        return f"({text} is not null and {part} = '' or substr({text}, -length({part})) = {part})"

    def midnight(self, day: str, zone: str) -> str:
        return f"local_midnight({day}, {zone})"

    def local_moment(self, moment: datetime, zone: str) -> str:
        return f"local_moment('{moment.isoformat()}', {zone})"

    def local_day(self, instant: str, zone: str) -> str:
        return f"local_day({instant}, {zone})"

    def listed(self, one: Element, rows: str) -> str:
        return f"(select json_group_array(json({one.source})) from {rows})"

    def applied(self, event: str) -> str:
        return (
            f"({event} < (select coalesce(min(id), 9223372036854775807) from pending)"
            f" or not exists (select 1 from pending where pending.id = {event}))"
        )

    def consents(self, customer: str) -> str:
        return (
            "(select json_group_array(what) from consent"
            f" where customer = {customer} and allowed and what <> 'tracking')"
        )
