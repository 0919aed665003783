"""Steps switched off: their lines become comments, and such comments become steps again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dsl import tree
from dsl.edits.acts import filled, left
from dsl.edits.edit import Refusal
from dsl.edits.making import Edited, make
from dsl.edits.naming import with_new_names
from dsl.edits.places import Places
from dsl.edits.snippets import read_steps, rows_of
from dsl.graph.compiler import ENTRY
from dsl.parsing.parser import Parsed
from dsl.parsing.scanner import EMPTY_COMMENT

_MOST_ROWS = 200


def off(parsed: Parsed, flow: str, steps: Sequence[str]) -> Edited:
    """Turns the lines of neighbouring steps into comments above the line that follows."""
    places = Places(parsed, flow)
    run = places.run(steps)
    if all(isinstance(step, tree.GoOn) for step in run.steps):
        raise Refusal("Nothing happens here, so there is nothing to switch off.")
    notes = _notes(rows_of(parsed, run))
    before, after = run.block.steps[: run.start], run.block.steps[run.stop :]
    if after:
        after = (replace(after[0], lead=(*notes, *after[0].lead)), *after[1:])
        block = replace(run.block, steps=(*before, *after))
        chosen: tree.Node | None = after[0]
    elif before or (run.block is places.flow.steps and places.flow.headers):
        block = replace(run.block, steps=before, dangling=(*notes, *run.block.dangling))
        chosen = before[-1] if before else None
    else:
        block = left(places, run.block, ())
        chosen = replace(block.steps[0], lead=notes)
        block = replace(block, steps=(chosen,))
    return make(places, {id(run.block): block}, ENTRY if chosen is None else chosen)


def on(parsed: Parsed, flow: str, steps: Sequence[str]) -> Edited:
    """Turns comments that read as steps into steps: those above a step, or, behind the last step
    of a way, those below it. `entry` has those of a flow without steps.
    """
    places = Places(parsed, flow)
    if list(steps) == [ENTRY]:
        block, index = places.flow.steps, len(places.flow.steps.steps)
    else:
        run = places.run(steps)
        block, index = run.block, run.start
        found = _read(run.steps[0].lead)
        if found is not None:
            start, stop, revived = found
            step, lead = run.steps[0], run.steps[0].lead
            revived = _named(places, revived, lead[:start])
            rest = replace(step, lead=lead[stop:])
            around = (*block.steps[:index], *revived, rest, *block.steps[index + 1 :])
            return make(places, {id(block): filled(block, around)}, revived[0])
        index = run.stop
    found = _read(block.dangling) if index == len(block.steps) else None
    if found is None:
        raise Refusal("No comment here reads as a step.")
    start, stop, revived = found
    revived = _named(places, revived, block.dangling[:start])
    around = (*block.steps, *revived)
    made = replace(filled(block, around), dangling=block.dangling[stop:])
    return make(places, {id(block): made}, revived[0])


def _named(
    places: Places, steps: tuple[tree.Step, ...], lead: tuple[str, ...]
) -> tuple[tree.Step, ...]:
    first, *rest = with_new_names(steps, places.names())
    return (replace(first, lead=(*lead, *first.lead)), *rest)


def _notes(rows: Sequence[str]) -> tuple[str, ...]:
    """Rows of text as comments; blank lines between them stay, one at a time."""
    notes: list[str] = []
    for row in rows:
        said = row.rstrip()
        if said or (notes and notes[-1]):
            notes.append(said)
    while notes and not notes[-1]:
        notes.pop()
    return tuple(notes)


def _read(comments: Sequence[str]) -> tuple[int, int, tuple[tree.Step, ...]] | None:
    """The longest run of comments that reads as steps, and where it begins and ends."""
    rows = ["" if one == EMPTY_COMMENT else one for one in comments[:_MOST_ROWS]]
    for start in range(len(rows)):
        for stop in range(len(rows), start, -1):
            if not rows[stop - 1].strip():
                continue
            try:
                steps, behind = read_steps("\n".join(rows[start:stop]))
            except Refusal:
                continue
            if not behind:
                return start, stop, steps
    return None
