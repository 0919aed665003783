"""The form of one node, from the table: its fields with their values, in sections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from dsl import tree
from editor.flow.forms import reading
from editor.flow.forms.parts import (
    Act,
    Child,
    Children,
    Choice,
    Field,
    Kind,
    Part,
    Place,
    Section,
    WrongError,
    at,
    within,
)
from editor.flow.forms.said import note_part, remark_part
from editor.flow.forms.table import row_of
from editor.language import _

Put = Callable[[Any], Any]


def form(node: tree.Step | tree.Flow, place: Place) -> Section:
    """The form of a step, or of a flow's header."""
    row = row_of(node)
    return Section(_(row.title), tuple(_items(node, place, lambda new: new, "")), node=_name(node))


def _name(node: Any) -> str:
    return type(node).__name__


def _items(
    node: Any, place: Place, put: Put, prefix: str, without: tuple[str, ...] = ()
) -> Iterator[Field | Section]:
    for part in row_of(node).parts:
        shown = part.shown
        if shown is not None and not shown(node):
            continue
        match part:
            case Part() if part.name not in without:
                yield _field(part, node, place, put, prefix)
            case Act():
                yield _act(part, node, place, put, prefix)
            case Child() if part.field not in without:
                yield from _child(part, node, place, put, prefix)
            case Children():
                yield _children(part, node, place, put, prefix)


def _full(prefix: str, name: str) -> str:
    """A name in a form; what is called like the section that it stands in is called once."""
    return prefix.removesuffix(".") if prefix == f"{name}." else f"{prefix}{name}"


def _field(part: Part, node: Any, place: Place, put: Put, prefix: str) -> Field:
    control = part.control(node, place) if callable(part.control) else part.control
    return Field(
        _full(prefix, part.name),
        _(part.title),
        control,
        part.read(node),
        lambda text: put(part.write(node, text, place)),
        part.choices(place, node) if part.choices is not None else (),
        _(part.hint) if part.hint else "",
        part.wide,
    )


def _act(act: Act, node: Any, place: Place, put: Put, prefix: str) -> Field:
    return Field(
        f"{prefix}{act.name}", _(act.title), "act", "", lambda _said: put(act.do(node, place))
    )


def _kind_field(
    name: str,
    title: str,
    kinds: tuple[Kind, ...],
    node: Any,
    place: Place,
    put: Put,
) -> Field:
    """Which of the classes a node is."""
    now = next((one.value for one in kinds if one.is_one(node)), "")

    def write(text: str) -> Any:
        wanted = next((one for one in kinds if one.value == text), None)
        if wanted is None:
            raise WrongError(_("One of the choices has to be taken."))
        return put(node if wanted.is_one(node) else wanted.make(node, place))

    choices = tuple(Choice(one.value, _(one.title)) for one in kinds)
    return Field(name, _(title), "choice", now, write, choices)


def _child(
    part: Child, node: Any, place: Place, put: Put, prefix: str
) -> Iterator[Field | Section]:
    child = getattr(node, part.field)
    inner = within(node, part.field, place)
    if child is None and not part.kinds:
        return
    if not part.kinds and not isinstance(child, tree.Node):
        return  # such as the word `never` where a length of time may stand

    def put_child(new: Any) -> Any:
        changed = replace(node, **{part.field: new})
        return put(changed if part.settle is None else part.settle(changed, child, place))

    below = prefix if part.flat else f"{prefix}{part.field}."
    items: list[Field | Section] = []
    if part.kinds:
        name = f"{below}{part.choose}"
        items.append(
            _kind_field(name, part.asks or part.title, part.kinds, child, inner, put_child)
        )
    if child is not None:
        items += _items(child, inner, put_child, below, part.without)
        items += [
            _act(one, child, inner, put_child, below) for one in part.acts if one.shown(child)
        ]
    if part.flat:
        yield from items
    else:
        title = _(part.title) if part.title else ""
        yield Section(title, tuple(items), part.inside, _name(child), below)


def _children(part: Children, node: Any, place: Place, put: Put, prefix: str) -> Section:
    nodes = getattr(node, part.field)
    inner = within(node, part.field, place)

    def put_all(new: tuple[Any, ...]) -> Any:
        if part.alone and len(new) == 1:
            return put(new[0])
        return put(replace(node, **{part.field: new}))

    sections: list[Field | Section] = []
    counted: dict[str, int] = {}
    for n, one in enumerate(nodes):
        if part.skip is not None and part.skip(node, one):
            continue
        below = f"{prefix}{_key(part, one, n, counted)}."
        sections.append(_one_of(part, node, nodes, n, inner, put_all, below))
    sections += [
        _adding(part, kind, nodes, inner, put_all, f"{prefix}{part.field}.add") for kind in part.add
    ]
    title = _(part.title) if part.title else ""
    return Section(title, tuple(sections), part.inside, name=f"{prefix}{part.field}.")


def _key(part: Children, one: Any, n: int, counted: dict[str, int]) -> str:
    if part.key is None:
        return f"{part.field}.{n + 1}"
    key = part.key(one)
    counted[key] = counted.get(key, 0) + 1
    return key if counted[key] == 1 else f"{key}_{counted[key]}"


def _one_of(
    part: Children,
    node: Any,
    nodes: tuple[Any, ...],
    n: int,
    place: Place,
    put_all: Callable[[tuple[Any, ...]], Any],
    below: str,
) -> Section:
    """The section of one node of a list, with the button that takes it away."""
    one = nodes[n]

    def put(new: Any) -> Any:
        return put_all(at(nodes, n, new))

    items: list[Field | Section] = []
    if isinstance(one, tree.Unreadable):
        items.append(
            Field(
                f"{below}text",
                _("What stands there"),
                "code",
                one.text,
                lambda text: put(reading.again_among(node, part.field, one, text)),
            )
        )
    else:
        if part.kinds:
            items.append(_kind_field(f"{below}kind", _("What"), part.kinds, one, place, put))
        items += _items(one, place, put, below)
        if isinstance(one, tree.Statement):
            said = (note_part() if one.lead else None, remark_part() if one.tail else None)
            items += [_field(two, one, place, put, below) for two in said if two is not None]
    if len(nodes) > part.least:
        gone = (*nodes[:n], *nodes[n + 1 :])
        items.append(Field(f"{below}remove", _("Remove"), "act", "", lambda _said: put_all(gone)))
    return Section(_(row_of(one).title), tuple(items), node=_name(one), name=below)


def _adding(
    part: Children,
    kind: Kind,
    nodes: tuple[Any, ...],
    place: Place,
    put_all: Callable[[tuple[Any, ...]], Any],
    prefix: str,
) -> Field:
    def write(_said: str) -> Any:
        made = kind.make(None, place)
        placed = (*nodes, made) if part.place is None else part.place(nodes, made)
        return put_all(placed)

    return Field(f"{prefix}.{kind.value}", _(kind.title), "act", "", write)
