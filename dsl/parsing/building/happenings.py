"""Happenings, triggers and the header lines of a flow."""

from __future__ import annotations

from typing import Any, cast

from dsl import tree
from dsl.parsing.building.conditions import Conditions
from dsl.parsing.building.values import Chain, flat, string, whole
from dsl.parsing.lexer import Refused, Token


class Headers(Conditions):
    # --- happenings ----------------------------------------------------------------------

    def event_happens(
        self,
        event: Token,
        of: str | bool | None,
        same: str | None,
        where: tree.Condition | None,
    ) -> tree.EventHappens:
        return tree.EventHappens(
            event.text,
            of=of if isinstance(of, str) else None,
            of_this_product=of is True,
            same=same,
            where=where,
            span=self.here,
        )

    def segment_move(
        self, _customer: Token, move: Token, _segment: Token, name: Token
    ) -> tree.SegmentMove:
        return tree.SegmentMove(cast("Any", move.text), name.text, span=self.here)

    def back_in_stock(self, *_words: Token) -> tree.BackInStock:
        return tree.BackInStock(span=self.here)

    def price_drop(
        self,
        _product: Token,
        _price: Token,
        _drops: Token,
        _by: Token | None,
        by: tree.Percent | None,
    ) -> tree.PriceDrop:
        return tree.PriceDrop(by, span=self.here)

    def stock_falls(
        self, _product: Token, _stock: Token, _falls: Token, _below: Token, below: Token
    ) -> tree.StockFalls:
        return tree.StockFalls(whole(below), span=self.here)

    # --- triggers ------------------------------------------------------------------------

    def on_happening(
        self, _when: Token, happenings: Chain, audience: dict[str, Any] | None
    ) -> tree.OnHappening:
        return tree.OnHappening(flat(happenings), span=self.here, **(audience or {}))

    def per_key(self, _per: Token, name: Token) -> dict[str, Any]:
        return {"per": name.text}

    def each_item(
        self, _for: Token, _each: Token, _item: Token, where: tree.Condition | None
    ) -> dict[str, Any]:
        return {"each_item": True, "item_where": where}

    def customers_who(
        self, _for: Token, _customers: Token, _who: Token, condition: tree.Condition
    ) -> dict[str, Any]:
        return {"audience": condition}

    def on_schedule(
        self,
        _every: Token,
        recurrence: tree.Recurrence,
        _at: Token,
        at: tree.TimeOfDay,
        store_time: bool | None,
        _for: Token,
        _segment: Token,
        name: Token,
    ) -> tree.OnSchedule:
        return tree.OnSchedule(recurrence, at, name.text, bool(store_time), span=self.here)

    def store_time(self, _store: Token, _time: Token) -> bool:
        return True

    def daily(self, _day: Token) -> tree.Recurrence:
        return tree.Recurrence("day", span=self.here)

    def every_days(self, every: Token, _days: Token) -> tree.Recurrence:
        return tree.Recurrence("day", every=whole(every), span=self.here)

    def weekly(self, weekday: str) -> tree.Recurrence:
        return tree.Recurrence("week", weekday=cast("tree.Weekday", weekday), span=self.here)

    def every_weeks(self, every: Token, _weeks: Token, _on: Token, day: str) -> tree.Recurrence:
        return tree.Recurrence(
            "week", every=whole(every), weekday=cast("tree.Weekday", day), span=self.here
        )

    def monthly(self, _month: Token, _on: Token, _day: Token, day: Token) -> tree.Recurrence:
        number = whole(day)
        if not 1 <= number <= 31:
            raise Refused(
                "impossible-date",
                f"No month has a day {number}.",
                "Days go from 1 to 31; 31 means the last day in shorter months.",
                day.start,
                day.end,
            )
        return tree.Recurrence("month", day=number, span=self.here)

    def yearly(self, _year: Token, _on: Token, on: Token) -> tree.Recurrence:
        month, day = int(on.text[:2]), int(on.text[3:])
        if not (1 <= month <= 12 and 1 <= day <= _LONGEST[month - 1]):
            raise Refused(
                "impossible-date",
                f"There is no day `{on.text}` in any year.",
                "Days of the year are written month-day, such as `03-15` for 15 March.",
                on.start,
                on.end,
            )
        return tree.Recurrence("year", month=month, day=day, span=self.here)

    def offset(self, duration: tree.Duration, side: Token) -> tree.Offset:
        return tree.Offset(duration, cast("Any", side.text), span=self.here)

    def on_anniversary(
        self, _every: Token, _year: Token, _on: Token, path: tree.Path, _at: Token, at: Any
    ) -> tree.OnAnniversary:
        return tree.OnAnniversary(path, at, span=self.here)

    def near_anniversary(
        self, _every: Token, _year: Token, offset: Any, path: tree.Path, _at: Token, at: Any
    ) -> tree.OnAnniversary:
        return tree.OnAnniversary(path, at, offset, span=self.here)

    def near_date(self, offset: Any, path: tree.Path, _at: Token, at: Any) -> tree.OnDate:
        return tree.OnDate(offset, path, at, span=self.here)

    def on_date(self, _on: Token, path: tree.Path, _at: Token, at: Any) -> tree.OnDate:
        return tree.OnDate(None, path, at, span=self.here)

    def once(
        self,
        _once: Token,
        _on: Token,
        moment: tree.Date | tree.DateTime,
        store_time: bool | None,
        _for: Token,
        _segment: Token,
        name: Token,
    ) -> tree.Once:
        return tree.Once(moment, name.text, bool(store_time), span=self.here)

    def manually(self, _manually: Token) -> tree.Manually:
        return tree.Manually(span=self.here)

    # --- header lines --------------------------------------------------------------------

    def about(self, _about: Token, text: Token, _end: Token) -> tree.About:
        return tree.About(string(text), **self.said)

    def enter(self, _enter: Token, trigger: tree.Trigger, _end: Token) -> tree.Enter:
        return tree.Enter(trigger, **self.said)

    def only_if(self, _only: Token, _if: Token, condition: Any, _end: Token) -> tree.OnlyIf:
        return tree.OnlyIf(condition, **self.said)

    def only_if_block(self, _only: Token, _if: Token, block: tree.ConditionBlock) -> tree.OnlyIf:
        return tree.OnlyIf(block, **self.said)

    def reenter(self, _reenter: Token, rule: Token, _end: Token) -> tree.ReEnter:
        return tree.ReEnter(cast("Any", rule.text), **self.said)

    def reenter_after(
        self, _reenter: Token, _after: Token, duration: tree.Duration, _end: Token
    ) -> tree.ReEnter:
        return tree.ReEnter(duration, **self.said)

    def exit_when(
        self, _exit: Token, _when: Token, happenings: Chain, _end: Token
    ) -> tree.ExitWhen:
        return tree.ExitWhen(flat(happenings), **self.said)

    def exit_if(
        self, _exit: Token, _if: Token, condition: tree.Condition, _end: Token
    ) -> tree.ExitIf:
        return tree.ExitIf(condition, **self.said)

    def jump_when(
        self, _go: Token, _to: Token, target: Token, _when: Token, happenings: Chain, _end: Token
    ) -> tree.JumpWhen:
        return tree.JumpWhen(target.text, flat(happenings), **self.said)

    def goal(
        self, _goal: Token, happenings: Chain, _within: Token, within: tree.Duration, _end: Token
    ) -> tree.Goal:
        return tree.Goal(flat(happenings), within, **self.said)

    def holdout(self, _holdout: Token, share: tree.Percent, _end: Token) -> tree.Holdout:
        return tree.Holdout(share, **self.said)

    def priority(self, _priority: Token, value: Token, _end: Token) -> tree.Priority:
        return tree.Priority(whole(value), **self.said)

    def sent_by(self, _sender: Token, name: Token, _end: Token) -> tree.SentBy:
        return tree.SentBy(name.text, **self.said)

    def quiet_hours(
        self, _quiet: Token, _hours: Token, start: Any, _to: Token, end: Any, _end: Token
    ) -> tree.QuietHours:
        return tree.QuietHours(start, end, **self.said)

    def transactional(self, _transactional: Token, _end: Token) -> tree.Transactional:
        return tree.Transactional(**self.said)

    def moved(self, _moved: Token, old: Token, _to: Token, new: Token, _end: Token) -> tree.Moved:
        return tree.Moved(old.text, None if new.type == "EXIT" else new.text, **self.said)


_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
