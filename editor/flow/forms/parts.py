"""What a form is made of: the rows of the table say which parts a node has, forms show them.

A part reads a text from a node and makes another node from a text. The texts are those of the
language; who types one that means nothing gets a `WrongError` with a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from dsl import tree
from dsl.names.scopes import Scope
from dsl.project import Project

Control = Literal["text", "long", "code", "number", "flag", "choice", "order"]
"""How a part is shown: a line, several lines, text of the language, a number, a tick, one of
several, or several of which the first that fits counts.
"""


class WrongError(ValueError):
    """What was typed cannot be written; the message is a sentence for whoever typed it."""


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    title: str
    group: str = ""


Choices = tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a form stands: what its project declares, and what is known at the node."""

    project: Project
    scope: Scope


Choosing = Callable[[Place, Any], Choices]


@dataclass(frozen=True, slots=True)
class Part:
    """One field. `covers` names the fields of the node that it stands for.

    `choices` are all that can be meant (`control` "choice"), or those that are suggested.
    """

    name: str
    title: str
    control: Control | Callable[[Any, Place], Control]
    read: Callable[[Any], str]
    write: Callable[[Any, str, Place], Any]
    covers: tuple[str, ...]
    choices: Choosing | None = None
    shown: Callable[[Any], bool] | None = None
    hint: str = ""
    wide: bool = True


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the classes that may stand at a place; `make` gives one of it instead of another."""

    value: str
    title: str
    is_one: Callable[[Any], bool]
    make: Callable[[Any, Place], Any]


@dataclass(frozen=True, slots=True)
class Act:
    """A button: what is made of the node when it is pressed."""

    name: str
    title: str
    do: Callable[[Any, Place], Any]
    shown: Callable[[Any], bool] = lambda _node: True


@dataclass(frozen=True, slots=True)
class Child:
    """A node inside a node, with a form of its own. `flat`: its fields keep their short names.

    `choose` is the name of the field that says which of `kinds` it is.
    """

    field: str
    title: str
    kinds: tuple[Kind, ...] = ()
    flat: bool = False
    choose: str = "kind"
    asks: str = ""
    """The words beside that field."""
    inside: bool = False
    """Shown below the text that says the same, as its builder."""
    without: tuple[str, ...] = ()
    """Parts of its row that cannot stand here."""
    acts: tuple[Act, ...] = ()
    shown: Callable[[Any], bool] | None = None
    settle: Callable[[Any, Any, Place], Any] | None = None
    """Makes the node fit again to what its child has become; it is told what the child was."""


@dataclass(frozen=True, slots=True)
class Children:
    """A list of nodes. `add` are the kinds of which one more can be had, `least` must stay.

    `alone`: where one is left, it stands there itself instead of the list.
    """

    field: str
    title: str
    add: tuple[Kind, ...]
    kinds: tuple[Kind, ...] = ()
    least: int = 0
    alone: bool = False
    inside: bool = False
    shown: Callable[[Any], bool] | None = None
    skip: Callable[[Any, Any], bool] | None = None
    """Whether one of them is shown elsewhere in the form: of the list's node and the one."""
    key: Callable[[Any], str] | None = None
    """What one of them is called in names of fields; without, they are counted."""
    place: Callable[[tuple[Any, ...], Any], tuple[Any, ...]] | None = None
    """Puts a new one among them; without, it stands last."""


@dataclass(frozen=True, slots=True)
class Row:
    """What the table says of one class of nodes."""

    title: str
    parts: tuple[Part | Child | Children | Act, ...] = ()


# --- a form, made for one node -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Field:
    """A part of one node at its place in a form. `write` gives the whole node that results."""

    name: str
    title: str
    control: Control | Literal["act"]
    value: str
    write: Callable[[str], Any]
    choices: Choices = ()
    hint: str = ""
    wide: bool = True

    @property
    def adds(self) -> bool:
        """Whether it is a button that adds one more to a list."""
        return self.control == "act" and ".add." in self.name


@dataclass(frozen=True, slots=True)
class Section:
    """Fields that belong together, and sections in it. `inside`: the builder of the text above."""

    title: str
    items: tuple[Field | Section, ...] = ()
    inside: bool = False
    node: str = ""
    """The class of the node that it shows."""
    name: str = ""

    @property
    def shown(self) -> list[Field | Section]:
        """What stands in it, without the buttons that add to it."""
        return [one for one in self.items if isinstance(one, Section) or not one.adds]

    @property
    def adding(self) -> list[Field]:
        """The buttons that add to it."""
        return [one for one in self.items if isinstance(one, Field) and one.adds]

    def fields(self) -> list[Field]:
        """All fields, those of inner sections included."""
        found: list[Field] = []
        for one in self.items:
            found += one.fields() if isinstance(one, Section) else (one,)
        return found


def at(items: Sequence[Any], n: int, item: Any) -> tuple[Any, ...]:
    """The same items with another one in place of the n-th."""
    return (*items[:n], item, *items[n + 1 :])


def within(node: tree.Node, name: str, place: Place) -> Place:
    """What is known inside of a node's field: behind `where`, properties stand alone."""
    scope = place.scope
    match node, name:
        case (tree.History() | tree.EventHappens(), "where"):
            scope = replace(scope, where="event", events=(node.event,), calculated=False)
        case (tree.HasItem() | tree.Products(), "where"):
            scope = replace(scope, where="item")
        case (tree.OnHappening(), "item_where"):
            events = [one.event for one in node.happenings if isinstance(one, tree.EventHappens)]
            scope = replace(scope, where="item", events=tuple(events))
        case _:
            return place
    return replace(place, scope=scope)
