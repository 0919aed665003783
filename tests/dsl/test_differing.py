"""Two versions of a flow in one drawing: every change is named, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

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
