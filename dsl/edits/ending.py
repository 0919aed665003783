"""An experiment that is over: the steps of one arm take its place."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from dsl import tree
from dsl.edits.acts import is_empty, left
from dsl.edits.edit import Refusal
from dsl.edits.making import Edited, make_file
from dsl.edits.naming import names_in, respell
from dsl.edits.patching import Layout
from dsl.edits.places import BROKEN, Places, ways_of
from dsl.edits.rewriting import rewrite
from dsl.edits.steps import with_file
from dsl.graph.compiler import name_of
from dsl.graph.graph import ELSE
from dsl.parsing.parser import Parsed

_GONE = "\0"
"""No step is called so."""


def end_experiment(
    parsed: Parsed, flow: str, step: str, arm: str, live: Collection[str] = ()
) -> Edited:
    """Puts the steps of an arm in the place of their experiment; the other arms go.

    `arm` is a label (the number of an arm without one, from 1), `else`, or `way:N` as the drawing
    counts ways. Of the labels in other arms those that are `live` get a `moved` line: to the step
    behind the experiment where that has a name, to `exit` where nothing comes behind; where it has
    no name none is needed, for people go on there anyway. Tests that are given the arm that stays
    need not say so any more; those that are given another go with it.

    Raises `Refusal` where it cannot be done: it is no experiment, has no such arm, or the rest of
    the flow speaks of steps that would go.
    """
    places = Places(parsed, flow)
    old = places.step(step)
    if isinstance(old, tree.Unreadable):
        raise Refusal(BROKEN)
    if not isinstance(old, tree.Experiment):
        raise Refusal("Only an experiment can be ended.")
    block, index = places.home(old)
    number, head = _arm(old, arm)
    stays = dict(ways_of(old)).get(number, tree.Block())
    steps = tuple(one for one in stays.steps if not is_empty(one))
    gone = [name for way, other in ways_of(old) if way != number for name in names_in(other.steps)]
    target, ends = _behind(places, old)
    behind = block.steps[index + 1 :]
    first = None
    if steps:
        above = () if head is None else (*head.lead, *_said(head.tail))
        if behind:
            # Below the last step it would stand at the one behind, which stays as it is.
            above = (*above, *stays.dangling)
        first = replace(
            steps[0], lead=(*old.lead, *above, *steps[0].lead), blank_before=old.blank_before
        )
        steps = (first, *steps[1:])
    made = left(places, block, (*block.steps[:index], *steps, *behind))
    if stays.dangling and steps and not behind:
        made = replace(made, dangling=(*stays.dangling, *made.dangling))
    changed = rewrite(places.flow, {id(block): made})
    headers = tuple(_headers(changed, gone, target, ends=ends, live=live))
    if len(headers) != len(changed.headers) or any(
        a is not b for a, b in zip(headers, changed.headers, strict=True)
    ):
        changed = replace(changed, headers=headers)
    names = dict.fromkeys((*gone, old.name), _GONE)
    if respell(changed, names) is not changed:
        raise Refusal(
            "Other steps speak of steps that would go: of their messages, or by `go to`. Change"
            " them first."
        )
    file = _with_tests(with_file(places, changed), places, old.name)
    moved = frozenset(id(one) for one in steps)
    return make_file(places, file, first, Layout(moved=moved))


def _arm(step: tree.Experiment, arm: str) -> tuple[int, tree.Arm | tree.Else | None]:
    """The way that an arm is, and its line."""
    for place, one in enumerate(step.arms):
        if isinstance(one, tree.Arm) and arm in (_label(step, place), f"way:{place}"):
            return place, one
    if step.winner is None and arm in ("else", f"way:{ELSE}", "way:else"):
        other = step.otherwise
        return ELSE, other if isinstance(other, tree.Else) else None
    if isinstance(step.otherwise, tree.Else) and arm == step.otherwise.label:
        return ELSE, step.otherwise
    raise Refusal(f"This experiment has no arm `{arm}`.")


def _label(step: tree.Experiment, place: int) -> str:
    """As reports call an arm."""
    if place == ELSE:
        return "else"
    one = step.arms[place]
    return (one.label if isinstance(one, tree.Arm) else None) or str(place + 1)


def _said(comment: str) -> tuple[str, ...]:
    return (comment,) if comment else ()


def _behind(places: Places, step: tree.Step) -> tuple[str | None, bool]:
    """The name of the step that comes behind, and whether the flow ends there instead."""
    here: tree.Step | tree.Flow = step
    while not isinstance(here, tree.Flow):
        block, index = places.home(here)
        if index + 1 < len(block.steps):
            return name_of(block.steps[index + 1]), False
        node = next(one for one in places.nodes.values() if one.step is here)
        if node.parent is None or node.parent not in places.nodes:
            return None, True
        here = places.nodes[node.parent].step
        if isinstance(here, tree.Repeat):
            return name_of(here), False
    return None, True


def _headers(
    flow: tree.Flow, gone: Collection[str], target: str | None, *, ends: bool, live: Collection[str]
) -> Iterator[tree.Header | tree.Unreadable]:
    """Headers with a `moved` line for each label that goes; where people were moved to one that
    goes now, they are moved on.
    """
    known = set()
    for one in flow.headers:
        if isinstance(one, tree.Moved):
            known.add(one.old)
            if one.new in gone:
                if target is not None or ends:
                    yield replace(one, new=target)
                continue
        yield one
    if target is not None or ends:
        for name in gone:
            if name in live and name not in known:
                yield tree.Moved(name, target)


def _with_tests(file: tree.File, places: Places, experiment: str) -> tree.File:
    """The file with tests of the flow that are given no arm of the experiment any more."""
    found: list[tree.Declaration] = []
    for one in file.declarations:
        if isinstance(one, tree.Test) and one.flow == places.flow.name:
            rest = tuple(
                line
                for line in one.lines
                if not (
                    isinstance(line, tree.GivenArm | tree.GivenChosen)
                    and line.experiment == experiment
                )
            )
            found.append(one if len(rest) == len(one.lines) else replace(one, lines=rest))
        else:
            found.append(one)
    return replace(file, declarations=tuple(found))
