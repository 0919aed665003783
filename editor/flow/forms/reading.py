"""Small texts, read by the parser of the language: there is no second grammar.

Each function writes what was typed into the line where it would stand, and reads that line.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from dsl import tree
from dsl.parsing.parser import parse
from dsl.parsing.source import bad_characters
from dsl.printing.expressions import quote
from dsl.printing.heads import print_head
from dsl.printing.printer import print_statement
from editor.flow.forms.parts import WrongError
from editor.language import _


def one_row(text: str) -> str:
    """A text that may be broken over lines, on one line."""
    return " ".join(text.split("\n")).strip()


def statement(text: str) -> Any:
    """The one step or header line that a text says.

    Raises `WrongError` when it cannot be read, says nothing or says more than one.
    """
    body = "".join(f"  {row}\n" for row in text.split("\n"))
    parsed = parse(f"flow x:\n{body}")
    wrong = next((one for one in parsed.diagnostics if one.severity == "error"), None)
    if wrong is not None:
        raise WrongError(f"{wrong.message} {wrong.hint}".strip())
    flow = parsed.tree.declarations[0] if parsed.tree.declarations else None
    if len(parsed.tree.declarations) != 1 or not isinstance(flow, tree.Flow):
        raise WrongError(_("This cannot be read."))
    found = [*flow.headers, *flow.steps.steps]
    if len(found) != 1:
        raise WrongError(_("Only one line can stand here."))
    return found[0]


def line(form: str, text: str) -> Any:
    """The statement that `form` says with `text` in place of its `{}`, without comments.

    Raises `WrongError`.
    """
    text = one_row(text)
    if not text:
        raise WrongError(_("Something has to stand here."))
    found = statement(form.replace("{}", text))
    if found.tail or found.lead or found.inner:
        raise WrongError(_("A comment stands in it. Write `#` only inside double quotes."))
    return found


def name(form: str, text: str) -> str:
    """A name as it can stand in a line such as `stop flow {}`. Raises `WrongError`."""
    text = text.strip()
    if not text:
        raise WrongError(_("A name has to stand here."))
    said = form.replace("{}", text)
    found = statement(said) if re.fullmatch(r"\S+", text) else None
    if found is None or print_head(found) != said.partition("\n")[0].removesuffix(":"):
        raise WrongError(
            _(
                "`{text}` is no name. Names are small letters, digits and `_`, such as "
                "`first_touch`.",
                text=text,
            )
        )
    return text


def text(value: str) -> str:
    """A text as it can stand between double quotes; raises `WrongError` where it holds a character
    that no file may hold.
    """
    value = value.replace("\r\n", "\n")
    bad = bad_characters(quote(value))
    if bad:
        raise WrongError(f"{bad[0].message} {bad[0].hint}")
    return value


def comment(value: str, before: tuple[str, ...]) -> tuple[str, ...]:
    """The lines of a note as comments above a statement. Raises `WrongError`."""
    rows: list[str] = []
    for row in text(value).split("\n"):
        kept = row.rstrip() or (" " if row else "")
        if kept or (rows and rows[-1]):
            rows.append(kept)
    while rows and not rows[-1] and not (before and not before[-1]):
        rows.pop()
    return () if rows == [""] else tuple(rows)


def value(text: str) -> tree.Value:
    """A value: `20`, `"DE"`, `customer.country`, `cart.value * 2`. Raises `WrongError`."""
    found = line("set customer.x to {}", text)
    if found.label is not None:
        raise WrongError(_("`as` names a step; it is no part of a value."))
    read: tree.Value = found.value
    return read


def path(text: str) -> tree.Path:
    """A property with its owner. Raises `WrongError`."""
    found = line("clear {}", text)
    if found.label is not None:
        raise WrongError(_("`as` names a step; it is no part of a property."))
    read: tree.Path = found.path
    return read


def duration(amount: str, unit: str) -> tree.Duration:
    """A length of time: the amount is a number or a calculation. Raises `WrongError`."""
    if not one_row(amount):
        raise WrongError(_("How long? Write a number, such as 3."))
    read = value(amount)
    if isinstance(read, tree.Number):
        if read.value < 0:
            raise WrongError(_("A length of time cannot be negative."))
        found = line("wait {} " + f"{unit}s", amount)
    else:
        found = line("wait ({}) " + f"{unit}s", amount)
    if found.happenings or found.label is not None or not isinstance(found.timing, tree.ForTime):
        raise WrongError(_("{text} is no number.", text=one_row(amount)))
    length: tree.Duration = found.timing.duration
    return length


def number(text: str) -> tree.Number:
    """A number. Raises `WrongError`."""
    read = value(text)
    if not isinstance(read, tree.Number):
        raise WrongError(_("{text} is no number.", text=one_row(text)))
    return read


def whole(text: str, least: int = 0) -> int:
    """A whole number. Raises `WrongError`."""
    read = number(text)
    if read.value != read.value.to_integral_value() or read.value < least:
        raise WrongError(_("A whole number from {least} on has to stand here.", least=least))
    return int(read.value)


def percent(text: str) -> tree.Percent:
    """A share such as `10%`; the sign may be left out. Raises `WrongError`."""
    read = value(one_row(text).removesuffix("%") + "%")
    if not isinstance(read, tree.Percent):
        raise WrongError(_("{text} is no share. Write it as 10 or 12.5.", text=one_row(text)))
    return read


def clock(text: str) -> tree.TimeOfDay:
    """A time of day. Raises `WrongError`."""
    read = value(text)
    if not isinstance(read, tree.TimeOfDay):
        raise WrongError(_("A time of day has to stand here, such as 18:00."))
    return read


def moment(text: str) -> tree.Date | tree.DateTime:
    """A day, or a day with a time. Raises `WrongError`."""
    read = value(one_row(text).replace("T", " "))
    if not isinstance(read, tree.Date | tree.DateTime):
        raise WrongError(_("A day has to stand here, such as 2026-11-27, or 2026-11-27 07:00."))
    return read


def condition(text: str) -> tree.Condition:
    """A condition on one line. Raises `WrongError`."""
    read: tree.Condition = line("exit if {}", text).condition
    return read


def condition_block(text: str) -> tree.ConditionBlock:
    """Conditions a line each, with `all of:` and the like. Raises `WrongError`."""
    rows = text.strip("\n").split("\n")
    found = statement("\n".join(["only if:", *(f"  {row}" for row in rows)]))
    if not isinstance(found, tree.OnlyIf) or not isinstance(found.condition, tree.ConditionBlock):
        raise WrongError(_("A condition has to stand here."))
    return found.condition


def happenings(text: str) -> tuple[tree.Happening, ...]:
    """What happens: `purchase or customer joins segment vip`. Raises `WrongError`."""
    read: tuple[tree.Happening, ...] = line("exit when {}", text).happenings
    return read


def again(node: Any, text: str) -> Any:
    """A step that could not be read with another text, read once more with what stands below it.

    What still cannot be read stays as it is typed. Raises `WrongError` where it has become more
    than one step, or none.
    """
    found = _once_more(_typed(node, text))
    if len(found.headers) + len(found.steps.steps) != 1 or found.steps.dangling:
        raise WrongError(_("Only one step can stand here."))
    read = (*found.headers, *found.steps.steps)[0]
    return replace(read, lead=node.lead, tail=read.tail or node.tail)


def again_among(parent: Any, field: str, node: Any, text: str) -> Any:
    """The same for a line in a list: an option, an arm, a case, a header, a condition.

    Raises `WrongError`.
    """
    lines = (_typed(node, text),)
    shell: Any
    match parent:
        case tree.Flow():
            shell = None
        case tree.Send():
            shell = tree.Send(("email",), "x", lines)
        case tree.Wait():
            shell = tree.Wait(tree.UpTo(duration("1", "day")), arms=lines)
        case tree.Switch():
            shell = tree.Switch(tree.Path(("customer", "x")), lines)
        case tree.Experiment():
            shell = tree.Experiment("x", None, None, lines)
        case _:
            shell = tree.OnlyIf(tree.ConditionBlock(lines))
    flow = _once_more(lines[0] if shell is None else shell)
    found: tuple[Any, ...] = flow.headers
    if shell is not None:
        outer = (*flow.headers, *flow.steps.steps)
        held: Any = outer[0] if len(outer) == 1 else None
        if isinstance(held, tree.OnlyIf):
            held = held.condition
        found = getattr(held, field, ())
    if len(found) != 1:
        raise WrongError(_("Only one line can stand here."))
    return replace(found[0], lead=node.lead, tail=found[0].tail or node.tail)


def _typed(node: Any, text: str) -> Any:
    rows = [row.rstrip() for row in text.rstrip().split("\n")]
    if not text.strip():
        raise WrongError(_("Something has to stand here. What is not wanted can be removed."))
    return replace(node, text="\n".join(rows), lead=(), tail="")


def _once_more(node: Any) -> tree.Flow:
    """A statement, printed and read as the one line of a flow."""
    said = print_statement(node, 1)
    bad = bad_characters(said)
    if bad:
        raise WrongError(f"{bad[0].message} {bad[0].hint}")
    declared = parse(f"flow x:\n{said}").tree.declarations
    if len(declared) != 1 or not isinstance(declared[0], tree.Flow):
        raise WrongError(_("This does not stay one step."))
    return declared[0]


def block(text: str) -> tree.Block:
    """Steps as they stand below a line. Raises `WrongError`."""
    rows = "".join(f"\n  {row}" for row in text.split("\n"))
    read: tree.Block = statement(f"repeat 1 time:{rows}").block
    return read
