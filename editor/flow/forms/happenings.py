"""The rows of what happens, what starts a flow, and times that are meant by more than a clock."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dsl import tree
from dsl.printing.expressions import print_happenings
from editor.flow.forms import choices, reading
from editor.flow.forms.conditions import BESIDE, CONDITIONS, where
from editor.flow.forms.controls import (
    WEEKDAYS,
    choice_part,
    clock_part,
    duration_parts,
    flag_part,
    moment_part,
    name_part,
    of,
    path_part,
    percent_part,
    whole_part,
)
from editor.flow.forms.parts import Child, Children, Kind, Part, Place, Row, WrongError
from editor.flow.forms.values import OF_PARTS
from editor.language import _, noop


def kind(value: str, title: str, node: type[Any], make: Any) -> Kind:
    """A class of nodes among others; what both have in common stays when one is made."""

    def made(old: Any, place: Place) -> Any:
        return make(old, place) if callable(make) else make

    return Kind(value, title, lambda one: isinstance(one, node), made)


def _event(old: Any, _place: Place) -> tree.EventHappens:
    return tree.EventHappens(getattr(old, "event", "purchase"))


def first_segment(place: Place) -> str:
    """A segment to begin with: the first of the project."""
    return next(iter(place.project.segments), "new_segment")


HAPPENINGS = (
    kind("event", noop("something happens"), tree.EventHappens, _event),
    kind(
        "segment",
        noop("joins or leaves a segment"),
        tree.SegmentMove,
        lambda _old, place: tree.SegmentMove("joins", first_segment(place)),
    ),
    kind("stock", noop("product back in stock"), tree.BackInStock, tree.BackInStock()),
    kind("price", noop("product price drops"), tree.PriceDrop, tree.PriceDrop()),
    kind("low", noop("product stock falls below"), tree.StockFalls, tree.StockFalls(5)),
)


def happenings_parts(
    title: str = noop("Something happens"), *, none: bool = False
) -> tuple[Part, Children]:
    """What happens, as text and as rows below it."""

    def write(node: Any, text: str, _place: Place) -> Any:
        if none and not text.strip() and node.block is None:
            return replace(node, happenings=())
        return replace(node, happenings=reading.happenings(text))

    return (
        Part(
            "happenings",
            title,
            "code",
            lambda node: print_happenings(node.happenings),
            write,
            ("happenings",),
        ),
        Children("happenings", title, HAPPENINGS, HAPPENINGS, least=1, inside=True),
    )


def _every(node: Any, text: str, _place: Place) -> tree.Recurrence:
    kinds = {
        "day": tree.Recurrence("day"),
        "week": tree.Recurrence("week", weekday="monday"),
        "month": tree.Recurrence("month", day=1),
        "year": tree.Recurrence("year", day=1, month=1),
    }
    if text not in kinds:
        raise WrongError(_("One of the choices has to be taken."))
    return node if node.kind == text else kinds[text]


def _day(node: Any, text: str, _place: Place) -> Any:
    day = reading.whole(text, 1)
    if day > 31:
        raise WrongError(_("A month has at most 31 days."))
    return replace(node, day=day)


def _month(node: Any, text: str, _place: Place) -> Any:
    month = reading.whole(text, 1)
    if month > 12:
        raise WrongError(_("A year has 12 months."))
    return replace(node, month=month)


_SIDES = of(("before", noop("before")), ("after", noop("after")))


def _offset(old: Any, _place: Place) -> Any:
    return old or tree.Offset(reading.duration("1", "day"), "before")


OFFSETS = (
    Kind("on", noop("on the day itself"), lambda one: one is None, lambda _old, _place: None),
    kind("offset", noop("before or after it"), tree.Offset, _offset),
)


def _first_event(node: Any) -> str:
    found = (one.event for one in node.happenings if isinstance(one, tree.EventHappens))
    return next(found, "purchase")


def _who(node: Any) -> str:
    if node.per:
        return "per"
    if node.each_item:
        return "item"
    return "who" if node.audience is not None else ""


def _set_who(node: Any, text: str, _place: Place) -> Any:
    if text == _who(node):
        return node
    plain = replace(node, per=None, each_item=False, item_where=None, audience=None)
    match text:
        case "":
            return plain
        case "per":
            return replace(plain, per="order_id")
        case "item":
            return replace(plain, each_item=True)
        case "who":
            return replace(plain, audience=tree.CanReceive("email"))
    raise WrongError(_("One of the choices has to be taken."))


def _segment_part() -> Part:
    return name_part("segment", noop("Segment"), "exit if customer in segment {}", choices.segments)


STORE_TIME = flag_part("store_time", noop("In the store's time zone, for everybody at once"))

HAPPENING_ROWS: dict[type[Any], Row] = {
    tree.EventHappens: Row(
        noop("Event"),
        (
            name_part("event", noop("Event"), "exit when {}", choices.events, own=True),
            *OF_PARTS,
            where(),
        ),
    ),
    tree.SegmentMove: Row(
        noop("Segment"),
        (
            choice_part(
                "move",
                noop("Move"),
                of(("joins", noop("joins")), ("leaves", noop("leaves"))),
                wide=False,
            ),
            _segment_part(),
        ),
    ),
    tree.BackInStock: Row(noop("Back in stock")),
    tree.PriceDrop: Row(
        noop("Price drop"),
        (percent_part("by", noop("By at least (%)"), optional=True, hint=noop("blank: by any")),),
    ),
    tree.StockFalls: Row(noop("Stock"), (whole_part("below", noop("Below")),)),
}


def _on_happening(old: Any, _place: Place) -> tree.OnHappening:
    found = getattr(old, "happenings", None) or (tree.EventHappens("purchase"),)
    return tree.OnHappening(found)


def _segment_of(old: Any, place: Place) -> str:
    return getattr(old, "segment", None) or first_segment(place)


_NINE = reading.clock("09:00")


def at_of(old: Any) -> tree.TimeOfDay:
    """The time of day of what stood there before, else nine."""
    return getattr(old, "at", None) or _NINE


def dated(old: Any) -> tree.Path:
    """The date of what stood there before, else the birthday."""
    return getattr(old, "path", None) or tree.Path(("customer", "birthday"))


def _anniversary(old: Any, _place: Place) -> tree.OnAnniversary:
    return tree.OnAnniversary(dated(old), at_of(old), getattr(old, "offset", None))


def _date(old: Any, _place: Place) -> tree.OnDate:
    return tree.OnDate(getattr(old, "offset", None), dated(old), at_of(old))


TRIGGERS = (
    kind("when", noop("when something happens"), tree.OnHappening, _on_happening),
    kind(
        "schedule",
        noop("on a schedule, for a segment"),
        tree.OnSchedule,
        lambda old, place: tree.OnSchedule(
            tree.Recurrence("day"), at_of(old), _segment_of(old, place)
        ),
    ),
    kind("anniversary", noop("every year around a date"), tree.OnAnniversary, _anniversary),
    kind("date", noop("around a date"), tree.OnDate, _date),
    kind(
        "once",
        noop("once, for a segment"),
        tree.Once,
        lambda old, place: tree.Once(reading.moment("2027-01-01 09:00"), _segment_of(old, place)),
    ),
    kind("manually", noop("by hand"), tree.Manually, tree.Manually()),
)

DATE = path_part("path", noop("Date"), choices.dates)
OFFSET = Child("offset", "", OFFSETS, asks=noop("Day"), choose="on")

TRIGGER_ROWS: dict[type[Any], Row] = {
    tree.OnHappening: Row(
        noop("When something happens"),
        (
            *happenings_parts(noop("When")),
            Part(
                "who",
                noop("A run is"),
                "choice",
                _who,
                _set_who,
                ("each_item",),
                of(
                    ("", noop("for the customer")),
                    ("per", noop("for each of something, such as each order")),
                    ("item", noop("for each item of it")),
                    ("who", noop("for all customers who ..")),
                ),
            ),
            name_part(
                "per",
                noop("Each"),
                "enter when purchase per {}",
                choices.event_properties(_first_event),
                own=True,
                shown=lambda node: node.per is not None,
            ),
            replace(
                where("item_where", noop("Only items where")),
                shown=lambda node: bool(node.each_item),
            ),
            Child(
                "audience",
                "",
                CONDITIONS,
                asks=noop("Customers who"),
                acts=BESIDE,
                shown=lambda node: node.audience is not None,
            ),
        ),
    ),
    tree.OnSchedule: Row(
        noop("On a schedule"),
        (
            Child("recurrence", "", flat=True),
            clock_part("at", noop("At")),
            STORE_TIME,
            _segment_part(),
        ),
    ),
    tree.Recurrence: Row(
        noop("How often"),
        (
            Part(
                "every",
                noop("Every"),
                "choice",
                lambda node: node.kind,
                _every,
                ("kind",),
                of(
                    ("day", noop("day")),
                    ("week", noop("week")),
                    ("month", noop("month")),
                    ("year", noop("year")),
                ),
                wide=False,
            ),
            whole_part(
                "count",
                noop("Only every .. of them"),
                field="every",
                least=1,
                shown=lambda node: node.kind in {"day", "week"},
            ),
            choice_part(
                "weekday",
                noop("On"),
                of(*WEEKDAYS),
                shown=lambda node: node.kind == "week",
            ),
            Part(
                "day",
                noop("Day of the month"),
                "number",
                lambda node: str(node.day),
                _day,
                ("day",),
                shown=lambda node: node.kind in {"month", "year"},
                wide=False,
            ),
            Part(
                "month",
                noop("Month"),
                "number",
                lambda node: str(node.month),
                _month,
                ("month",),
                shown=lambda node: node.kind == "year",
                wide=False,
            ),
        ),
    ),
    tree.OnAnniversary: Row(noop("Every year"), (DATE, OFFSET, clock_part("at", noop("At")))),
    tree.OnDate: Row(noop("Around a date"), (DATE, OFFSET, clock_part("at", noop("At")))),
    tree.Offset: Row(
        noop("Before or after"),
        (
            *duration_parts("duration", noop("How long")),
            choice_part("side", noop("Side"), _SIDES, wide=False),
        ),
    ),
    tree.Once: Row(
        noop("Once"), (moment_part("moment", noop("When")), STORE_TIME, _segment_part())
    ),
    tree.Manually: Row(noop("By hand")),
}
