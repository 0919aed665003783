"""What is done to the steps of a drawing, each by the language's own edits."""

from __future__ import annotations

from typing import Final

from fastapi import Request

from dsl import edits
from dsl.edits import Edited, Refusal
from editor.flow.asked import Do
from editor.flow.forms import FieldError, set_fields
from editor.flow.opening import Opened
from editor.language import _
from editor.running import documents, running


class FieldRefusedError(Exception):
    """What stands in one field of a form cannot be written; the sentence says why."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


_OF_STEPS: Final = {
    "delete": edits.delete,
    "wrap": edits.wrap,
    "up": edits.up,
    "down": edits.down,
    "off": edits.off,
    "on": edits.on,
}
"""What is done to steps, which say by themselves where they are."""


def done(request: Request, opened: Opened, act: Do) -> Edited:
    """The edit of the text that an act is.

    Raises:
        Refusal: it cannot be done; the sentence says why.
        FieldRefusedError: because of one field.
    """
    if opened.flow is None:
        raise Refusal(_("The first line of this flow cannot be read. Mend it in the text first."))
    parsed, flow, steps = opened.reading.parsed, opened.flow.name, act.chosen
    if act.op in {"insert", "move"} and not act.at:
        raise Refusal(_("It is not said where."))
    if act.op == "insert":
        return edits.insert(parsed, flow, act.at, act.text)
    if not steps:
        raise Refusal(_("Choose a step first."))
    known = {node.id for node in opened.drawing.graph.nodes}
    for step in steps:
        if step not in known:
            raise Refusal(_("There is no step {step} in this flow any more.").format(step=step))
    match act.op:
        case "set":
            return _set(request, opened, act)
        case "move":
            return edits.move(parsed, flow, steps, act.at)
        case "duplicate" if len(steps) == 1:
            return edits.duplicate(parsed, flow, steps[0])
        case "duplicate":
            text = edits.copy(parsed, flow, steps)
            return edits.insert(parsed, flow, f"after:{steps[-1]}", text)
        case "flip":
            return edits.flip(parsed, flow, steps[0])
        case "end":
            return edits.end_experiment(parsed, flow, steps[0], act.at, _live(request, flow))
    if act.op in _OF_STEPS:
        return _OF_STEPS[act.op](parsed, flow, steps)
    return Edited((), parsed, select=steps[0])


def copied(opened: Opened, act: Do) -> str:
    """The text of steps, as it is put on a clipboard. Raises Refusal."""
    if opened.flow is None:
        raise Refusal(_("The first line of this flow cannot be read. Mend it in the text first."))
    return edits.copy(opened.reading.parsed, opened.flow.name, act.chosen)


def _set(request: Request, opened: Opened, act: Do) -> Edited:
    """Fields of a step's form, written into the step."""
    assert opened.flow is not None
    step, graph = act.chosen[0], opened.drawing.graph
    project = documents(request).project(opened.person)
    try:
        node = set_fields(project, opened.flow, graph, step, act.fields)
    except FieldError as error:
        raise FieldRefusedError(error.name, error.sentence) from None
    flow = opened.flow.name
    return edits.replace_step(opened.reading.parsed, flow, step, node, _live(request, flow))


def _live(request: Request, flow: str) -> list[str]:
    """The steps of what runs: people may stand at them."""
    program = running(request).deployment.programs.get(flow)
    return [] if program is None else [op.id for op in program.ops]
