"""The form of a step of a flow, and what becomes of the step when fields of it are set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dsl import tree
from dsl.graph.graph import StepGraph
from dsl.names.scopes import Scope, flow_names, places
from dsl.names.types import Unknown, resolve
from dsl.project import Project
from editor.flow.forms.building import form
from editor.flow.forms.parts import Place, Section, WrongError
from editor.language import _

HEADER = "entry"


class FieldError(ValueError):
    """A value that cannot be written: the field's name and a sentence that says why."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(sentence)
        self.name = name
        self.sentence = sentence


def node_of(flow: tree.Flow, graph: StepGraph, step_id: str) -> tree.Step | tree.Flow | None:
    """The node that a form of this step shows: the flow itself for its header."""
    if step_id in {"", HEADER}:
        return flow
    return next((one.step for one in graph.nodes if one.id == step_id), None)


def place_of(project: Project, flow: tree.Flow, node: tree.Step | tree.Flow) -> Place:
    """What is known where a step stands: labels, entry events, the event that was waited for."""
    scope = Scope(project.declarations, "", "", kind="flow", flow=flow_names(flow))
    if node is not flow:
        found = (known for one, known in places(flow, scope) if one is node)
        scope = next(found, scope)
    return Place(project, scope)


def form_of(project: Project, flow: tree.Flow, node: tree.Step | tree.Flow) -> Section:
    """The form of a step, or of the flow's header."""
    return form(node, place_of(project, flow, node))


def set_fields(
    project: Project,
    flow: tree.Flow,
    graph: StepGraph,
    step_id: str,
    fields: Mapping[str, object],
) -> Any:
    """The node of a step (of the flow, for "entry") with these values in the fields of its form.

    A field that says already what it is to say is left as it is written. Raises `FieldError` for
    the first value that cannot be written.
    """
    node = node_of(flow, graph, step_id)
    if node is None:
        raise FieldError(next(iter(fields), ""), _("This step is not there any more."))
    place = place_of(project, flow, node)
    for name, given in fields.items():
        found = next((one for one in form(node, place).fields() if one.name == name), None)
        if found is None:
            raise FieldError(name, _("This step has no such field."))
        text = _text(given)
        if text == found.value and found.control != "act":
            continue
        try:
            made = found.write(text)
        except WrongError as wrong:
            raise FieldError(name, str(wrong)) from None
        before = _alone(node, place.scope)
        for bare, sentence in _alone(made, place.scope).items():
            if bare not in before:
                number = _("{text} is no number.", text=f"`{bare}`")
                raise FieldError(name, number if name.endswith("amount") else sentence)
        node = made
    return node


_OWN_NAMES = frozenset({"where", "item_where"})


def _alone(node: tree.Node, scope: Scope) -> dict[str, str]:
    """Names that stand alone where none can, such as a text without its quotes, each with a
    sentence that says so. They can be read, but never mean what was typed.
    """
    found: dict[str, str] = {}
    if isinstance(node, tree.Path):
        meant = resolve(node, scope)
        if isinstance(meant, Unknown) and meant.code == "bare-name":
            found[str(node)] = f"{meant.message} {meant.hint}".strip()
    for name, below in tree.below(node):
        if name not in _OWN_NAMES:
            found |= _alone(below, scope)
    return found


def _text(given: object) -> str:
    """What a script may send: a text, a number, yes or no, or several words in order."""
    if isinstance(given, bool):
        return "yes" if given else ""
    if isinstance(given, list | tuple):
        return " else ".join(str(one) for one in given)
    return "" if given is None else str(given).replace("\r\n", "\n")
