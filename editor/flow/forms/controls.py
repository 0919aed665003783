"""Parts that many rows of the table share: names, texts, numbers, lengths of time, ticks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dsl import tree
from dsl.printing.expressions import (
    print_clock,
    print_moment,
    print_number,
    print_value,
)
from editor.flow.forms import reading
from editor.flow.forms.parts import Choice, Choices, Choosing, Part, Place, WrongError
from editor.language import _, noop

UNITS: tuple[tree.Unit, ...] = ("minute", "hour", "day", "week", "month", "year")
UNIT_TITLES = (
    ("minute", noop("minutes")), ("hour", noop("hours")), ("day", noop("days")),
    ("week", noop("weeks")), ("month", noop("months")), ("year", noop("years")),
)  # fmt: skip
WEEKDAYS = (
    ("monday", noop("Monday")), ("tuesday", noop("Tuesday")), ("wednesday", noop("Wednesday")),
    ("thursday", noop("Thursday")), ("friday", noop("Friday")), ("saturday", noop("Saturday")),
    ("sunday", noop("Sunday")), ("weekday", noop("Weekday")),
)  # fmt: skip

Shown = Callable[[Any], bool]


def of(*pairs: tuple[str, str]) -> Choosing:
    """A choice of what is always the same."""
    return lambda _place, _node: tuple(Choice(value, _(title)) for value, title in pairs)


def name_part(
    name: str,
    title: str,
    form: str,
    choices: Choosing | None = None,
    *,
    optional: bool = False,
    own: bool = False,
    shown: Shown | None = None,
    hint: str = "",
) -> Part:
    """A name that stands in a line such as `stop flow {}`. `own`: any new one may be typed."""

    def write(node: Any, text: str, _place: Place) -> Any:
        if optional and not text.strip():
            return replace(node, **{name: None})
        return replace(node, **{name: reading.name(form, text)})

    control = "text" if own or choices is None else "choice"
    blank = Choice("", "–")

    def options(place: Place, node: Any) -> Choices:
        found = choices(place, node) if choices is not None else ()
        return (blank, *found) if optional and control == "choice" else found

    return Part(
        name,
        title,
        control,  # type: ignore[arg-type]
        lambda node: getattr(node, name) or "",
        write,
        (name,),
        options,
        shown,
        hint,
    )


def text_part(
    name: str,
    title: str,
    *,
    optional: bool = False,
    long: bool = False,
    choices: Choosing | None = None,
    field: str = "",
    hint: str = "",
) -> Part:
    """Any text. An optional one that is blank is not there."""
    field = field or name

    def write(node: Any, text: str, _place: Place) -> Any:
        said = reading.text(text)
        if optional and not said:
            kept = "" if getattr(node, field) == "" else None
            return replace(node, **{field: kept})
        return replace(node, **{field: said})

    return Part(
        name,
        title,
        "long" if long else "text",
        lambda node: getattr(node, field) or "",
        write,
        (field,),
        choices,
        hint=hint,
    )


def choice_part(
    name: str,
    title: str,
    choices: Choosing,
    *,
    field: str = "",
    shown: Shown | None = None,
    wide: bool = True,
) -> Part:
    """One of the words that the language has for it."""
    field = field or name

    def write(node: Any, text: str, place: Place) -> Any:
        if text not in {one.value for one in choices(place, node)}:
            raise WrongError(_("One of the choices has to be taken."))
        return replace(node, **{field: text})

    return Part(
        name,
        title,
        "choice",
        lambda node: getattr(node, field) or "",
        write,
        (field,),
        choices,
        shown,
        wide=wide,
    )


def flag_part(name: str, title: str, *, field: str = "", shown: Shown | None = None) -> Part:
    """Yes or no."""
    field = field or name
    return Part(
        name,
        title,
        "flag",
        lambda node: "yes" if getattr(node, field) else "",
        lambda node, text, _place: replace(node, **{field: is_yes(text)}),
        (field,),
        shown=shown,
    )


def is_yes(text: str) -> bool:
    """What a ticked box says."""
    return text.lower() in {"yes", "true", "on", "1"}


def whole_part(
    name: str,
    title: str,
    *,
    field: str = "",
    optional: bool = False,
    least: int = 0,
    shown: Shown | None = None,
) -> Part:
    """A whole number."""
    field = field or name

    def write(node: Any, text: str, _place: Place) -> Any:
        if optional and not text.strip():
            return replace(node, **{field: None})
        return replace(node, **{field: reading.whole(text, least)})

    def read(node: Any) -> str:
        found = getattr(node, field)
        return "" if found is None else str(found)

    return Part(name, title, "number", read, write, (field,), shown=shown)


def number_part(name: str, title: str, *, optional: bool = False) -> Part:
    """A number as the language writes it."""

    def write(node: Any, text: str, _place: Place) -> Any:
        if optional and not text.strip():
            return replace(node, **{name: None})
        return replace(node, **{name: reading.number(text)})

    def read(node: Any) -> str:
        found = getattr(node, name)
        return "" if found is None else print_number(found)

    return Part(name, title, "text", read, write, (name,))


def percent_part(name: str, title: str, *, optional: bool = False, hint: str = "") -> Part:
    """A share, in percent."""

    def write(node: Any, text: str, _place: Place) -> Any:
        if optional and not text.strip():
            return replace(node, **{name: None})
        return replace(node, **{name: reading.percent(text)})

    def read(node: Any) -> str:
        found = getattr(node, name)
        return "" if found is None else print_number(found)

    return Part(name, title, "text", read, write, (name,), hint=hint)


def clock_part(name: str, title: str, *, optional: bool = False) -> Part:
    """A time of day."""

    def write(node: Any, text: str, _place: Place) -> Any:
        if optional and not text.strip():
            return replace(node, **{name: None})
        return replace(node, **{name: reading.clock(text)})

    def read(node: Any) -> str:
        found = getattr(node, name)
        return "" if found is None else print_clock(found)

    return Part(name, title, "text", read, write, (name,), hint=noop("such as 18:00"), wide=False)


def moment_part(name: str, title: str) -> Part:
    """A day, with a time or without."""
    return Part(
        name,
        title,
        "text",
        lambda node: print_moment(getattr(node, name)),
        lambda node, text, _place: replace(node, **{name: reading.moment(text)}),
        (name,),
        hint=noop("such as 2026-11-27 07:00"),
    )


def value_part(name: str, title: str, *, hint: str = "") -> Part:
    """A value in the words of the language."""
    return Part(
        name,
        title,
        "code",
        lambda node: print_value(getattr(node, name)),
        lambda node, text, _place: replace(node, **{name: reading.value(text)}),
        (name,),
        hint=hint,
    )


def path_part(name: str, title: str, choices: Choosing, *, optional: bool = False) -> Part:
    """A property with its owner."""

    def write(node: Any, text: str, _place: Place) -> Any:
        if optional and not text.strip():
            return replace(node, **{name: None})
        return replace(node, **{name: reading.path(text)})

    def read(node: Any) -> str:
        found = getattr(node, name)
        return "" if found is None else str(found)

    return Part(name, title, "text", read, write, (name,), choices)


def duration_parts(
    field: str = "duration", title: str = noop("How long"), *, optional: bool = False
) -> tuple[Part, Part]:
    """A number and its unit, for a node that has a length of time."""

    def found(node: Any) -> tree.Duration | None:
        length: tree.Duration | None = getattr(node, field)
        return length

    def amount(node: Any, text: str, _place: Place) -> Any:
        if optional and not text.strip():
            return replace(node, **{field: None})
        length = found(node)
        unit = length.unit if length is not None else "day"
        return replace(node, **{field: reading.duration(text, unit)})

    def unit(node: Any, text: str, _place: Place) -> Any:
        word = text.strip().removesuffix("s")
        if word not in UNITS:
            raise WrongError(
                _("A unit has to be chosen: minutes, hours, days, weeks, months, years.")
            )
        length = found(node)
        if length is None:
            return node
        written = reading.duration(print_amount(length), word)
        return replace(node, **{field: replace(length, unit=written.unit)})

    return (
        Part(
            "amount",
            title,
            "text",
            lambda node: "" if found(node) is None else print_amount(getattr(node, field)),
            amount,
            (field,),
            wide=False,
        ),
        Part(
            "unit",
            noop("Unit"),
            "choice",
            lambda node: getattr(found(node), "unit", "day"),
            unit,
            (field,),
            of(*UNIT_TITLES),
            wide=False,
        ),
    )


def print_amount(length: tree.Duration) -> str:
    """How many units, without the brackets around a calculation."""
    amount = length.amount
    if isinstance(amount, tree.Number):
        return print_number(amount)
    return print_value(replace(amount, parens="none"))
