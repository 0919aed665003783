"""Lists, literals, paths, arithmetic, history."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, cast

from dsl import tree
from dsl.diagnostics import Span
from dsl.parsing.lexer import RESERVED, Refused, Token, strip_quotes
from dsl.parsing.scanner import Line
from dsl.parsing.source import Places

Chain = tuple[Any, Any] | None
MAX_YEARS = 100
DAYS: dict[str, Decimal] = {
    "minute": Decimal(1) / 1440,
    "hour": Decimal(1) / 24,
    "day": Decimal(1),
    "week": Decimal(7),
    "month": Decimal(30),
    "year": Decimal(365),
}


def flat(chain: Chain) -> tuple[Any, ...]:
    """The items of a chain in order."""
    items: list[Any] = []
    while chain is not None:
        chain, item = chain
        items.append(item)
    items.reverse()
    return tuple(items)


def text_of(token: Token | None) -> str | None:
    """The value of an optional string literal."""
    return None if token is None else strip_quotes(token.text)


def string(token: Token) -> str:
    """The value of a string literal."""
    return strip_quotes(token.text)


def whole(token: Token) -> int:
    """The value of a whole number."""
    return int(token.text)


def decimal(token: Token) -> Decimal:
    """The value of a number or a share."""
    return Decimal(token.text.rstrip("%"))


class Values:
    """Builds the tree of one file.

    A method may refuse (`Refused`) only what lies within a line: whole statements are built when
    the next one begins, too late to blame theirs.

    `begins` and `ends` are the offsets of the construct at hand; `lines` finds the logical line
    that starts at an offset, for its comments. `unread` holds where declarations begin whose first
    line cannot be read.
    """

    def __init__(self, places: Places, lines: dict[int, Line]) -> None:
        self.places = places
        self.lines = lines
        self.begins = 0
        self.ends = 0
        self.unread: set[int] = set()

    @property
    def here(self) -> Span:
        return self.places.span(self.begins, self.ends)

    @property
    def said(self) -> dict[str, Any]:
        """What every statement has: its place and its comments."""
        line = self.lines[self.begins]
        row = self.places.text[line.start : line.end]
        return {
            "span": self.places.span(self.begins, self.ends),
            "lead": line.lead,
            "tail": line.tail,
            "inner": line.inner,
            "blank_before": line.blank_before,
            "rows": row if "\n" in row else "",
        }

    def words(self, line: Line, stop: int) -> str:
        """The text from a line's first word on, each row without the line's indentation."""
        first, *rest = self.places.text[line.start : stop].split("\n")
        text = [first.rstrip("\r \t")]
        for row in rest:
            cut = min(len(row) - len(row.lstrip(" \t")), line.indent)
            text.append(row[cut:].rstrip("\r \t"))
        return "\n".join(text)

    @property
    def declared(self) -> dict[str, Any]:
        """What every declaration has; its first line as it stands where that cannot be read."""
        line = self.lines[self.begins]
        if line.start not in self.unread:
            return self.said
        return {**self.said, "rows": "", "inner": (), "unread": self.words(line, line.end)}

    # --- lists -------------------------------------------------------------------------

    def one(self, item: Any) -> Chain:
        return (None, item)

    def more(self, items: Chain, item: Any) -> Chain:
        return (items, item)

    def more_after(self, items: Chain, _between: Token, item: Any) -> Chain:
        return (items, item)

    def pair(self, first: Any, _between: Token, second: Any) -> Chain:
        return ((None, first), second)

    def as_it_is(self, item: Any) -> Any:
        return item

    # --- words -------------------------------------------------------------------------

    def new_name(self, token: Token) -> str:
        """The name that a declaration or a label gives."""
        if token.text in RESERVED and token.start not in self.unread:
            raise Refused(
                "reserved-name",
                f"`{token.text}` has a meaning of its own and cannot be a name.",
                f"Choose another name, such as `{token.text}_1`.",
                token.start,
                token.end,
            )
        return token.text

    def channel(self, word: Token) -> str:
        return word.text

    def counted(self, word: Token) -> str | None:
        """A channel, or None for messages of any channel."""
        if word.text in ("message", "messages"):
            return None
        return "email" if word.text == "emails" else word.text

    def times(self, word: Token) -> str:
        return word.text

    def type(self, word: Token) -> str:
        return word.text

    def weekday(self, word: Token) -> str:
        return word.text

    def unit(self, word: Token) -> str:
        return word.text.removesuffix("s")

    # --- literals ----------------------------------------------------------------------

    def text(self, token: Token) -> tree.Text:
        return tree.Text(string(token), span=self.here)

    def number(self, sign: Token | None, token: Token) -> tree.Number:
        value = decimal(token)
        if sign is not None and sign.text == "-":
            value = -value
        raw = token.text if sign is None else sign.text + token.text
        return tree.Number(value, raw, span=self.here)

    def plain_number(self, token: Token) -> tree.Number:
        return tree.Number(decimal(token), token.text, span=self.here)

    def percent(self, token: Token) -> tree.Percent:
        return tree.Percent(decimal(token), token.text[:-1], span=self.here)

    def boolean(self, token: Token) -> tree.Boolean:
        return tree.Boolean(token.text == "true", span=self.here)

    def moment(self, token: Token) -> tree.Date | tree.DateTime:
        span = self.here
        day, _, clock = token.text.partition(" ")
        try:
            on = date.fromisoformat(day)
        except ValueError:
            raise Refused(
                "impossible-date",
                f"There is no day `{day}`.",
                "Dates are written year-month-day, such as `2026-02-28`.",
                token.start,
                token.start + len(day),
            ) from None
        if not clock:
            return tree.Date(on, span=span)
        clock = clock.strip()
        at = clock_time(clock, token.end - len(clock))
        return tree.DateTime(datetime.combine(on, at), span=span)  # a local time, zone unknown

    def clock(self, token: Token) -> tree.TimeOfDay:
        return tree.TimeOfDay(clock_time(token.text, token.start), span=self.here)

    def duration(self, amount: tree.Number, unit: str) -> tree.Duration:
        if abs(amount.value) * DAYS[unit] > MAX_YEARS * 366:
            raise Refused(
                "duration-too-long",
                f"`{amount.raw} {unit}s` is longer than {MAX_YEARS} years.",
                "Write a shorter time.",
                self.begins,
                self.ends,
            )
        return tree.Duration(amount, cast("tree.Unit", unit), span=self.here)

    def computed_duration(
        self, opens: Token, amount: tree.Value, closes: Token, unit: str
    ) -> tree.Duration:
        return tree.Duration(
            self.group(opens, amount, closes), cast("tree.Unit", unit), span=self.here
        )

    def empty_list(self, _open: Token, _close: Token) -> tree.ListOf:
        return tree.ListOf((), span=self.here)

    def list(self, _open: Token, items: Chain, _comma: Token | None, _close: Token) -> tree.ListOf:
        return tree.ListOf(flat(items), span=self.here)

    # --- paths and arithmetic ------------------------------------------------------------

    def plain_path(self, names: Chain) -> tree.Path:
        return tree.Path(tuple(name.text for name in flat(names)), span=self.here)

    def rooted_path(self, root: Token, _dot: Token, names: Chain) -> tree.Path:
        return tree.Path((root.text, *(name.text for name in flat(names))), span=self.here)

    def group(self, opens: Token, inside: Any, closes: Token) -> Any:
        broken = "\n" in self.places.text[opens.end : closes.start]
        return replace(inside, parens="broken" if broken else "one row")

    def arithmetic(self, left: tree.Value, op: Token, right: tree.Value) -> tree.Arithmetic:
        return tree.Arithmetic(cast("Any", op.text), left, right, span=self.here)

    # --- history -------------------------------------------------------------------------

    def of(self, _of: Token, name: Token) -> str:
        return name.text

    def of_this_product(self, _of: Token, _this: Token, _product: Token) -> bool:
        return True

    def same(self, _with: Token, _same: Token, name: Token) -> str:
        return name.text

    def where(self, _where: Token, condition: tree.Condition) -> tree.Condition:
        return condition

    def where_group(
        self, _where: Token, opens: Token, condition: tree.Condition, closes: Token
    ) -> tree.Condition:
        grouped: tree.Condition = self.group(opens, condition, closes)
        return grouped

    def frequency(self, _at: Token, bound: Token, times: Token, _times: str) -> tuple[str, int]:
        return f"at {bound.text}", whole(times)

    def exactly(self, _exactly: Token, times: Token, _times: str) -> tuple[str, int]:
        return "exactly", whole(times)

    def in_last(self, _in: Token, _last: Token, period: tree.Duration) -> dict[str, Any]:
        return {"period": period}

    def since_entry(self, _since: Token, entry: Token) -> dict[str, Any]:
        return {"since": tree.Path(("entry",), span=self.places.span(entry.start, entry.end))}

    def since(self, _since: Token, moment: tree.Date | tree.DateTime) -> dict[str, Any]:
        return {"since": moment}

    def history(
        self,
        event: Token,
        of: str | bool | None,
        same: str | None,
        frequency: tuple[str, int] | None,
        period: dict[str, Any] | None,
        where: tree.Condition | None,
    ) -> tree.History:
        bound, times = frequency or (None, None)
        return tree.History(
            event.text,
            of=of if isinstance(of, str) else None,
            of_this_product=of is True,
            same=same,
            bound=cast("Any", bound),
            times=times,
            where=where,
            span=self.here,
            **(period or {}),
        )

    def count(self, _count: Token, _of: Token, history: tree.History) -> tree.Count:
        return tree.Count(history, span=self.here)

    def aggregate(
        self,
        function: Token,
        _of: Token,
        event: Token,
        _dot: Token,
        name: Token,
        of: str | bool | None,
        same: str | None,
        period: dict[str, Any] | None,
        where: tree.Condition | None,
    ) -> tree.Aggregate:
        span = self.here
        self.begins = event.start
        history = self.history(event, of, same, None, period, where)
        return tree.Aggregate(cast("Any", function.text), name.text, history, span=span)

    def time_since(
        self,
        _time: Token,
        _since: Token,
        event: Token,
        of: str | bool | None,
        same: str | None,
        where: tree.Condition | None,
    ) -> tree.TimeSince:
        span = self.here
        self.begins = event.start
        return tree.TimeSince(self.history(event, of, same, None, None, where), span=span)


def clock_time(text: str, start: int) -> time:
    """The value of `18:00`, which starts at offset `start`."""
    hour, _, minute = text.partition(":")
    if len(hour) == 1 and len(minute) == 2:
        raise Refused(
            "impossible-time",
            f"`{text}` is not how times are written.",
            f"Hours have two digits: `0{text}`.",
            start,
            start + len(text),
        )
    if not (len(hour) == len(minute) == 2 and int(hour) < 24 and int(minute) < 60):
        raise Refused(
            "impossible-time",
            f"There is no time `{text}`.",
            "Times are written from `00:00` to `23:59`.",
            start,
            start + len(text),
        )
    return time(int(hour), int(minute))
