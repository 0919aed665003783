"""Two versions of a flow in one drawing: every change is named, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl import tree
from dsl.graph.compiler import compile_flow
from dsl.graph.differing import difference
from dsl.parsing.parser import parse
from dsl.project import load_project

FLOW = """\
flow hello:
  enter when purchase

  wait 1 hour
  if cart.value >= 300:
    send email one
  else:
    send email two
  wait 2 days
  send email three
"""


def marks(old: str, new: str) -> dict[str, str]:
    """By what the drawing calls each step."""
    found = difference(_graph(old), _graph(new))
    labels = {node.id: node.label for node in found.graph.nodes}
    return {labels[step]: mark for step, mark in found.marks.items()}


def _graph(text: str):
    flow = next(one for one in parse(text).tree.declarations if isinstance(one, tree.Flow))
    return compile_flow(flow)


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (("wait 1 hour", "wait 3 hours"), {"Wait 3 hours": "changed"}),
        (("  wait 2 days\n", ""), {"Wait 2 days": "removed"}),
        (("  wait 2 days\n", '  wait 2 days\n  add tag "x"\n'), {"Add tag x": "added"}),
        (("    send email one\n", "    go on\n"), {"E-mail one": "removed"}),
        (("when purchase", "when refund"), {"Enter when refund": "changed"}),
        (
            ("  wait 2 days\n  send email three\n", "  send email three\n  wait 2 days\n"),
            {"Wait 2 days": "moved"},
        ),
        (
            (
                "  if cart.value >= 300:\n    send email one\n  else:\n    send email two\n",
                "",
            ),
            {
                "If cart.value >= 300?": "removed",
                "E-mail one": "removed",
                "E-mail two": "removed",
            },
        ),
        (("  wait 1 hour\n", "  # a note\n  wait 1 hour\n"), {"Wait 1 hour": "changed"}),
    ],
)
def test_every_change_is_named_and_nothing_else(
    edit: tuple[str, str], expected: dict[str, str]
) -> None:
    """What was put in, taken out, said otherwise or moved has its mark; the rest has none."""
    assert edit[0] in FLOW
    found = marks(FLOW, FLOW.replace(*edit))
    if "moved" in expected.values():
        assert len(found) == 1
        assert set(found.values()) == {"moved"}
    else:
        assert found == expected


def test_a_flow_does_not_differ_from_itself() -> None:
    """Of each example flow, read twice, no step is marked."""
    first, second = load_project(Path("flows")), load_project(Path("flows"))
    for name, graph in first.graphs.items():
        assert difference(graph, second.graphs[name]).marks == {}, name


def test_each_step_that_goes_is_a_ghost_in_any_example_flow() -> None:
    """Without any one of its outermost steps, the steps in it are ghosts and all others stay."""
    for name, graph in load_project(Path("flows")).graphs.items():
        flow = graph.flow
        for at in range(len(flow.steps.steps)):
            rest = flow.steps.steps[:at] + flow.steps.steps[at + 1 :]
            if not rest:
                continue
            new = compile_flow(replace(flow, steps=replace(flow.steps, steps=rest)))
            found = difference(graph, new)
            gone = len(graph.nodes) - len(new.nodes)
            ghosts = [one for one in found.marks.values() if one == "removed"]
            empty = sum(node.kind == "go_on" for node in graph.nodes)
            assert set(found.marks.values()) <= {"removed"}, (name, at, found.marks)
            assert gone - empty <= len(ghosts) <= gone, (name, at)


_STEPS = ("wait 1 hour", "wait 2 days", 'add tag "x"', 'remove tag "y"', "send email one",
          "send email two", 'set customer.tier to "vip"')  # fmt: skip


@given(data=st.data())
def test_any_edits_are_named_and_nothing_else(data: st.DataObject) -> None:
    """Whatever steps are put in and taken out, at any depth: each of those has its mark, and the
    others have none.
    """
    old = data.draw(st.lists(st.sampled_from(_STEPS), min_size=2, max_size=6, unique=True))
    inner = data.draw(st.integers(0, len(old) - 1))
    new = list(old)
    gone = data.draw(st.sets(st.sampled_from(old), max_size=2))
    new = [one for one in new if one not in gone]
    fresh = [one for one in _STEPS if one not in old]
    come = data.draw(st.lists(st.sampled_from(fresh), max_size=2, unique=True)) if fresh else []
    for one in come:
        new.insert(data.draw(st.integers(0, len(new))), one)
    for branch in (False, True):
        before, after = _flow(old, inner, branch=branch), _flow(new, inner, branch=branch)
        found = difference(_graph(before), _graph(after))
        labels = {node.id: node.label for node in found.graph.nodes}
        marked = {(mark, labels[step]) for step, mark in found.marks.items()}
        was, now = (
            {
                node.label
                for node in _graph(text).nodes
                if node.kind not in ("entry", "end", "go_on")
            }
            for text in (before, after)
        )

        def labelled(wanted: str) -> set[str]:
            return {label for mark, label in marked if mark == wanted}  # noqa: B023 - used at once

        added, ghosts, changed = labelled("added"), labelled("removed"), labelled("changed")
        renamed = {found.was[step] for step, mark in found.marks.items() if mark == "changed"}
        # What goes into another block is gone there and new here.
        across = (added | changed) & (ghosts | renamed)
        assert not across or branch
        assert (added | changed) - across == now - was
        assert (ghosts | renamed) - across == was - now
        assert across <= was & now
        stays = {label for mark, label in marked if mark == "moved"}
        assert stays <= was & now


def _flow(steps: list[str], inner: int, *, branch: bool) -> str:
    """These steps in order; with `branch` those from `inner` on stand in a way of a branch."""
    head = ["flow hello:", "  enter when purchase", ""]
    first, rest = (steps[:inner], steps[inner:]) if branch else (steps, [])
    lines = [f"  {one}" for one in first]
    if branch:
        lines.append("  if cart.value >= 300:")
        lines += [f"    {one}" for one in rest or ["go on"]]
    return "\n".join([*head, *(lines or ["  go on"])]) + "\n"
