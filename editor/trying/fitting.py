"""Somebody whom a flow means: what `only if`, its segments and `for customers who` ask, as given.

What is asked is read as far as one can invent it: events of the past, properties, tags, products.
Of an alternative the first is taken. What nobody can invent stays away, and the trial then says
why nobody comes in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from dsl import tree
from dsl.project import Project
from editor.trying.asking import asked_for, wanted
from engine.lab import wording

SAMPLE: Final = "sample-1"
ORDER: Final = "o-1"
_MINUTES: Final = {"minute": 1, "hour": 60, "day": 1440, "week": 10_080, "month": 43_200,
                   "year": 525_600}  # fmt: skip
_DAY: Final = 1440
_RECENT: Final = 2 * _DAY
_MOST: Final = 60
"""So many events of one kind are invented at most."""
_SAMPLES: Final = {"number": "30", "money": "30", "boolean": "true", "date": "2026-01-12",
                   "time": "10:00", "list": '["a"]'}  # fmt: skip


@dataclass(slots=True)
class _Past:
    """Events of one kind: how many, how many minutes ago the newest is, and how far apart."""

    play: tree.EventPlay
    times: int = 1
    ago: int = _RECENT
    value: Decimal | None = None


@dataclass(slots=True)
class Fit:
    """What to give: `customer` and `product` are properties with their literals, `lost` channels
    that must not reach them, `last` the event that makes them a member, which is still to come.
    """

    customer: dict[str, str] = field(default_factory=dict)
    product: dict[str, str] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    about_product: bool = False
    last: tree.EventPlay | None = None
    past: dict[str, _Past] = field(default_factory=dict)
    older: dict[str, int] = field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        """What happened before, the oldest first."""
        found: list[tuple[int, str]] = []
        for one in self.past.values():
            older = self.older.get(one.play.event, 0)
            ago = max(one.ago, older)
            text = wording.play(one.play)
            found += [(ago + number * 10, text) for number in range(min(one.times, _MOST))]
        for ago, text in sorted(found, reverse=True):
            yield f"given {_ago(ago)} ago {text}"


def fit(project: Project, flow: tree.Flow, product: str = SAMPLE) -> Fit:
    """Whom `flow` means. `product` is the one that is meant where a product is."""
    found = Fit()
    reading = _Reading(project, found, product)
    entering: set[str] = set()
    joins: str | None = None
    for header in flow.headers:
        if not isinstance(header, tree.Enter):
            continue
        trigger = header.trigger
        if isinstance(trigger, tree.OnHappening):
            for one in trigger.happenings:
                if isinstance(one, tree.EventHappens):
                    entering.add(one.event)
                elif isinstance(one, tree.SegmentMove):
                    joins = one.segment if one.move == "joins" else joins
                    reading.segment(one.segment)
            if trigger.audience is not None:
                reading.take(trigger.audience)
            if trigger.item_where is not None:
                reading.item(trigger.item_where)
        elif isinstance(trigger, tree.OnSchedule | tree.Once):
            reading.segment(trigger.segment)
    for header in flow.headers:
        if isinstance(header, tree.OnlyIf):
            reading.take(header.condition)
    # The event that enters is seen by `only if`.
    for event in entering:
        for name, past in list(found.past.items()):
            if past.play.event == event and (past.times > 1 or name.endswith("=")):
                past.times -= 1
    reading.products_of(flow)
    if joins is not None:
        _leave_one(found)
    return found


def before(trigger: tree.Trigger) -> str:
    """When to begin, so that what the calendar brings comes soon: the store's local time, "" where
    it does not matter.
    """
    match trigger:
        case tree.Once(moment=tree.DateTime(value=moment)):
            return _told(moment - timedelta(hours=1))
        case tree.Once(moment=tree.Date(value=day)):
            return _told(datetime(day.year, day.month, day.day) - timedelta(hours=1))  # noqa: DTZ001
        case tree.OnSchedule():
            at = trigger.at.value
            day = _first(trigger.recurrence)
            moment = datetime(day.year, day.month, day.day, at.hour, at.minute)  # noqa: DTZ001
            return _told(moment - timedelta(hours=1))
        case _:
            return ""


def _told(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _first(recurrence: tree.Recurrence) -> date:
    """A day on which it may be due; where weeks are counted, it comes a little later."""
    day = tree.TEST_START.date() + timedelta(days=1)
    if recurrence.kind == "year":
        return date(day.year, recurrence.month or 1, min(recurrence.day or 1, 28))
    if recurrence.kind == "month" and recurrence.day:
        return date(day.year, day.month + 1, min(recurrence.day, 28))
    return day


def _leave_one(found: Fit) -> None:
    """Who joins a segment lacks one event, or some time, until they are a member."""
    for past in found.past.values():
        if (older := found.older.get(past.play.event, 0)) > _DAY:
            found.older[past.play.event] = older - 2 * _DAY
            return
    for name, past in reversed(found.past.items()):
        found.last = past.play
        past.times -= 1
        if not past.times:
            del found.past[name]
        return


class _Reading:
    """Reads conditions into a `Fit`."""

    def __init__(self, project: Project, found: Fit, product: str) -> None:
        self._project = project
        self._found = found
        self._product = product
        self._segments: set[str] = set()

    def segment(self, name: str) -> None:
        segment = self._project.segments.get(name)
        if segment is not None and name not in self._segments:
            self._segments.add(name)
            self.take(segment.block)

    def take(self, asked: tree.Condition | tree.ConditionBlock) -> None:
        """Whatever makes it hold."""
        found = self._found
        match asked:
            case tree.ConditionBlock(lines=lines):
                for line in lines:
                    self._line(line)
            case tree.All(conditions=all_of):
                for one in all_of:
                    self.take(one)
            case tree.AnyOf(conditions=any_of):
                self.take(any_of[0])
            case tree.InSegment(segment=name, negated=False):
                self.segment(name)
            case tree.HasTag(tag=tag):
                found.tags.append(tag)
            case tree.Not(condition=tree.CanReceive(what=what)):
                found.lost.append(what)
            case tree.Did(history=history, negated=False) if history.bound != "at most":
                self._did(history, history.times or 1)
            case tree.HasItem(subject=tree.Path(parts=("cart",)), where=where):
                self._cart(where)
            case tree.State(value=tree.Path(parts=("cart", *_)), state="empty", negated=True):
                self._cart(None)
            case tree.Compare(op=op, left=left, right=right):
                self._compared(op, left, right)
            case tree.Equals(left=tree.Count(history=history), right=tree.Number() as number,
                             negated=False):  # fmt: skip
                self._did(history, int(number.value), exact=True)
            case _:
                self._property(asked)

    def item(self, asked: tree.Condition) -> None:
        """What `for each item where` asks of a product."""
        for one in asked.conditions if isinstance(asked, tree.All) else (asked,):
            for name, value in wanted(one, ("item", "product")):
                self._found.product[name] = value or self._sample(name, self._project.product)
                self._found.about_product = True

    def products_of(self, flow: tree.Flow) -> None:
        """Properties of products that the shop declared and the flow's waits and branches read."""
        for node in tree.walk(flow):
            match node:
                case tree.Path(parts=("item" | "product", name)) if name in self._declared:
                    self._found.product.setdefault(name, self._sample(name, self._project.product))
                    self._found.about_product = True
                case _:
                    pass

    @property
    def _declared(self) -> set[str]:
        """The properties of products that this project adds."""
        return {
            one.name
            for declared in self._project.all_declarations
            if isinstance(declared, tree.Properties) and declared.subject == "product"
            for one in declared.properties
            if isinstance(one, tree.Property)
        }

    def _line(self, line: tree.ConditionLine | tree.ConditionGroup | tree.Unreadable) -> None:
        match line:
            case tree.ConditionLine(condition=condition):
                self.take(condition)
            case tree.ConditionGroup(quantifier="all", block=block):
                self.take(block)
            case tree.ConditionGroup(quantifier="any", block=block) if block.lines:
                self._line(_easiest(block.lines))
            case _:
                pass

    def _compared(self, op: str, left: tree.Value, right: tree.Value) -> None:
        more = op in (">", ">=")
        strictly = op in (">", "<")
        match left, right:
            case tree.Count(history=history), tree.Number(value=bound) if more:
                self._did(history, int(bound) + strictly)
            case tree.Aggregate(function="sum", history=history), tree.Number(value=bound) if more:
                past = self._did(history, 1)
                past.value = bound + strictly
                self._worth(past, left.property)
            case tree.TimeSince(history=history), tree.Duration() as period if more:
                minutes = _minutes(period) + _DAY
                known = self._found.older
                known[history.event] = max(known.get(history.event, 0), minutes)
            case (
                tree.Arithmetic(op="-", left=tree.Count() as all_of, right=tree.Count() as late),
                tree.Number(value=bound),
            ) if more:
                past = self._did(all_of.history, int(bound) + strictly)
                periods = [one.history.period for one in (all_of, late)]
                past.ago = sum(_minutes(one) for one in periods if one is not None) // 2
            case tree.Path(parts=("score", name)), tree.Number(value=bound) if more:
                self._scored(name, bound + strictly)
            case tree.Path(parts=("customer", name)), tree.Number(value=bound):
                one = Decimal(1) if strictly else Decimal(0)
                self._found.customer[name] = f"{bound + (one if more else -one):f}"
            case (
                tree.Path(parts=("customer", name)),
                tree.Arithmetic(op="-", left=tree.Path(parts=("now",)), right=tree.Duration() as d),
            ) if not more:
                moment = tree.TEST_START - timedelta(minutes=_minutes(d) + 30 * _DAY)
                clock = " 10:00" if name.endswith("_at") else ""
                self._found.customer[name] = f"{moment:%Y-%m-%d}{clock}"
            case _:
                pass

    def _did(self, history: tree.History, times: int, *, exact: bool = False) -> _Past:
        told = dict(asked_for(history.where)) if history.where is not None else {}
        kinds = self._project.events.get(history.event, {})
        if history.of_this_product or (not told and history.event in _ABOUT and "item" in kinds):
            told["item"] = tree.Text(self._product)
            self._found.about_product = True
        if history.event == "purchase":
            told.setdefault("value", tree.Number(Decimal(59), "59"))
        arguments = tuple(tree.Argument(name, value) for name, value in told.items())
        play = tree.EventPlay(history.event, arguments, None)
        period = _RECENT if history.period is None else min(_minutes(history.period) // 3, _RECENT)
        key = f"{wording.play(play)}{'=' if exact else ''}"
        known = self._found.past.setdefault(key, _Past(play, 0))
        known.times = max(known.times, times)
        known.ago = max(min(known.ago, period), 1)
        return known

    def _worth(self, past: _Past, name: str) -> None:
        """Let the newest events be worth what the sum has to be."""
        said = tuple(one for one in past.play.arguments if one.name != name)
        amount = f"{past.value:f}"
        worth = tree.Argument(name, tree.Number(Decimal(amount), amount))
        past.play = tree.EventPlay(past.play.event, (*said, worth), None)

    def _cart(self, where: tree.Condition | None) -> None:
        told = {} if where is None else dict(asked_for(where))
        told.setdefault("item", tree.Text(self._product))
        arguments = tuple(tree.Argument(name, value) for name, value in told.items())
        play = tree.EventPlay("add_to_cart", arguments, None)
        self._found.past.setdefault(wording.play(play), _Past(play, 1, 60))

    def _scored(self, name: str, bound: Decimal) -> None:
        """What earns most points without buying anything, often enough."""
        rules = [
            (rule.points.value, rule.happening)
            for score in self._project.all_declarations
            if isinstance(score, tree.Score) and score.name == name
            for rule in score.lines
            if isinstance(rule, tree.ScoreRule)
            and isinstance(rule.happening, tree.EventHappens)
            and rule.happening.event != "purchase"
        ]
        points, happening = max(rules, key=lambda one: one[0], default=(Decimal(0), None))
        if happening is not None and points > 0:
            times = int(bound / points) + 2
            self._did(tree.History(happening.event, where=happening.where), times)

    def _property(self, asked: tree.Condition) -> None:
        for name, value in wanted(asked, ("customer",)):
            kind = self._project.customer.get(name)
            said = value or self._sample(name, self._project.customer)
            self._found.customer[name] = f"[{said}]" if kind == "list" and value else said

    def _sample(self, name: str, kinds: Mapping[str, str]) -> str:
        if name.endswith("_url"):
            return f'"https://shop.example/{name.removesuffix("_url")}"'
        return _SAMPLES.get(kinds.get(name, "text"), f'"{name.replace("_", " ")}"')


_ABOUT: Final = frozenset({"view_item", "add_to_cart", "add_to_wishlist", "notify_me"})
"""Events that are about a product, whatever is asked of them."""


def _easiest(lines: Iterable[object]) -> tree.ConditionLine:
    """Of alternatives a tag, which is given at once, else the first."""
    said = [one for one in lines if isinstance(one, tree.ConditionLine)]
    tagged = (one for one in said if isinstance(one.condition, tree.HasTag))
    return next(tagged, said[0])


def _minutes(period: tree.Duration) -> int:
    if not isinstance(period.amount, tree.Number):
        return _DAY
    return int(period.amount.value * _MINUTES[period.unit])


def _ago(minutes: int) -> str:
    for size, unit in ((_DAY, "day"), (60, "hour")):
        if minutes % size == 0:
            amount = minutes // size
            return f"{amount} {unit}" if amount == 1 else f"{amount} {unit}s"
    return f"{minutes} {'minute' if minutes == 1 else 'minutes'}"
