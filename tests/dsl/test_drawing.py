"""Drawings: steps never overlap, edges meet them, and inserting moves nothing up or left."""

from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings

from dsl.graph.compiler import arms_of, compile_flow
from dsl.graph.drawing import Layout, lay_out, to_dot, to_mermaid, to_svg
from dsl.graph.drawing.places import PLUS, label_size
from dsl.graph.graph import ELSE, StepGraph
from dsl.project import load_project, project_of
from tests.dsl.test_compiler import STEPS, flow_of

ROOT = Path(__file__).resolve().parents[2]


def assert_sound(graph: StepGraph) -> None:
    layout = lay_out(graph)
    boxes = layout.boxes
    assert [box.id for box in boxes] == [node.id for node in graph.nodes]
    for at, one in enumerate(boxes):
        assert one.x >= 0
        assert one.x + one.w <= layout.width
        assert one.y + one.h <= layout.height
        for other in boxes[at + 1 :]:
            apart = (
                one.x + one.w <= other.x
                or other.x + other.w <= one.x
                or one.y + one.h <= other.y
                or other.y + other.h <= one.y
            )
            assert apart, (one.id, other.id)
    places = {box.id: box for box in boxes}
    for line in layout.lines:
        for point, box in (
            (line.points[0], places[line.source]),
            (line.points[-1], places[line.target]),
        ):
            assert box.x <= point[0] <= box.x + box.w
            assert box.y <= point[1] <= box.y + box.h
        for (ax, ay), (bx, by) in pairwise(line.points):
            assert ax == bx or ay == by


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_steps_do_not_overlap_and_edges_meet_them(rows: list[str]) -> None:
    """Whatever the flow, every step has its own room and every edge ends at its steps."""
    assert_sound(compile_flow(flow_of(rows)))


def rectangles(layout: Layout) -> tuple[list[tuple], list[tuple]]:
    """What may not be covered, and the places of "+": name, left, top, right, bottom."""
    solid = [(box.id, box.x, box.y, box.x + box.w, box.y + box.h) for box in layout.boxes]
    for line in layout.lines:
        if line.label and line.label_at:
            (x, y), (w, h) = line.label_at, label_size(line.label)
            solid.append((f"words of {line.source}", x - w / 2, y - h / 2, x + w / 2, y + h / 2))
    half = PLUS / 2
    return solid, [
        (one.at, one.x - half, one.y - half, one.x + half, one.y + half) for one in layout.inserts
    ]


def cover(one: tuple, other: tuple) -> bool:
    return one[1] < other[3] and other[1] < one[3] and one[2] < other[4] and other[2] < one[4]


def assert_room_to_insert(graph: StepGraph) -> None:
    layout = lay_out(graph)
    solid, plus = rectangles(layout)
    for at, one in enumerate(plus):
        assert not [other for other in solid if cover(one, other)], one
        assert not [other for other in plus[at + 1 :] if cover(one, other)], one
        assert one[1] >= 0
        assert one[3] <= layout.width
        assert one[4] <= layout.height


def assert_every_edge_takes_a_step(graph: StepGraph) -> None:
    """Each step that goes on has one place behind it, each way one at its start."""
    places = [one.at for one in lay_out(graph).inserts]
    assert len(places) == len(set(places))
    onward = {edge.source for edge in graph.edges}
    behind = {
        node.id
        for node in graph.nodes[1:-1]
        if node.id in onward and not (node.kind != "go_to" and arms_of(node.step))
    }
    assert {f"after:{one}" for one in behind} <= set(places)
    assert "first" in places
    for node in graph.nodes[1:-1]:
        for arm, _ in arms_of(node.step):
            assert f"into:{node.id}:{'else' if arm == ELSE else arm}" in places
    assert not [one for one in places if one.startswith("after:exit")]


@settings(max_examples=80, deadline=None)
@given(STEPS)
def test_a_step_can_be_put_in_everywhere_and_no_plus_covers_anything(rows: list[str]) -> None:
    """Every edge has its own place for a new step, clear of steps, words and each other."""
    graph = compile_flow(flow_of(rows))
    assert_room_to_insert(graph)
    assert_every_edge_takes_a_step(graph)


def test_a_way_that_cannot_be_read_takes_no_step() -> None:
    """Into a case whose line is broken nothing can be put; its neighbours can be filled."""
    text = (
        "flow x:\n  enter manually\n  prioritty 3\n  priority 4\n\n"
        '  switch customer.country:\n    csae "DE":\n      exit\n    case "AT":\n      wait 1 day\n'
    )
    graph = project_of(text).graphs["x"]
    places = [one.at for one in lay_out(graph).inserts]
    assert places[0] == "first"
    assert "into:switch_customer_country:0" not in places
    assert "into:switch_customer_country:1" in places
    assert "into:switch_customer_country:else" in places
    assert not [one for one in places if one.startswith("after:unreadable")]
    assert_room_to_insert(graph)


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_an_inserted_step_moves_others_only_down_and_right(rows: list[str]) -> None:
    """Nothing jumps when a step is inserted."""
    before = lay_out(compile_flow(flow_of(rows)))
    after = lay_out(compile_flow(flow_of(["notify care with new_one", *rows])))
    places = {box.id: box for box in after.boxes}
    for box in before.boxes:
        assert places[box.id].x >= box.x
        assert places[box.id].y >= box.y


@pytest.mark.parametrize("folder", ["flows", "tests/cases/projects/bookshop"])
def test_every_flow_of_the_projects_draws(folder: str) -> None:
    """Every flow has a sound drawing, valid SVG, and text for other tools."""
    for graph in load_project(ROOT / folder).graphs.values():
        assert_sound(graph)
        assert_room_to_insert(graph)
        ET.fromstring(to_svg(graph))
        assert to_mermaid(graph).startswith("flowchart TD\n")
        assert to_dot(graph).startswith("digraph ")


def test_what_the_text_says_cannot_break_the_drawing() -> None:
    """Markup, quotes and line breaks in a flow are shown, not obeyed."""
    text = (
        'flow example "<script>":\n  enter when purchase where coupon is "</svg>"\n\n'
        '  add tag "a\\"b]<x>&|{"\n  exit "one\\ntwo"\n'
    )
    graph = project_of(text).graphs["example"]
    root = ET.fromstring(to_svg(graph))
    assert not [one for one in root.iter() if one.tag.endswith("script")]
    assert '"a"b' not in to_dot(graph)
    assert "<x>" not in to_mermaid(graph)


def test_an_arm_that_exits_ends_there() -> None:
    """No edge leaves an exit."""
    graph = compile_flow(flow_of(["if entry.value > 3:", "  exit", "send email hello"]))
    assert all(line.source != "exit" for line in lay_out(graph).lines)


def test_an_empty_place_is_drawn_as_one() -> None:
    """`go on` is a box of its own, dashed, in every form of drawing."""
    graph = compile_flow(flow_of(["if entry.value > 3:", "  go on", "else:", "  exit"]))
    assert [(one.id, one.kind, one.label) for one in graph.nodes[2:3]] == [
        ("go_on", "go_on", "Nothing here yet")
    ]
    assert_sound(graph)
    svg = ET.fromstring(to_svg(graph))
    assert [one.get("data-step") for one in svg.iter() if one.get("class") == "step empty"] == [
        "go_on"
    ]
    assert "  class n2 go_on\n" in to_mermaid(graph)
    assert '"go_on" [label="Nothing here yet", shape=box, style=dashed];' in to_dot(graph)


def test_jumps_run_at_the_side() -> None:
    """A `go to` edge is drawn, at the right of all steps."""
    graph = compile_flow(flow_of(["wait 1 day as again", "go to again up to 3 times"]))
    layout = lay_out(graph)
    jump = next(line for line in layout.lines if line.jump)
    assert max(x for x, _ in jump.points) > max(box.x + box.w for box in layout.boxes)


def test_jumps_from_the_header_are_drawn_in_every_form() -> None:
    """`go to LABEL when ..` leads from the entry to its step, with what must happen beside it."""
    text = (
        "flow x:\n  enter manually\n  go to thanks when purchase or sign_up\n\n  wait 3 days\n"
        "  exit\n  send email thanks_1 as thanks\n"
    )
    graph = project_of(text).graphs["x"]
    assert [(one.source, one.target, one.label) for one in graph.jumps] == [
        ("entry", "thanks", "when purchase or sign_up")
    ]
    assert_sound(graph)
    (line,) = [one for one in lay_out(graph).lines if one.jump]
    assert line.label == ("when purchase or sign_up",)
    assert 'n0 -.->|"when purchase or sign_up"| n3' in to_mermaid(graph)
    assert '"entry" -> "thanks" [label="when purchase or sign_up", style=dashed];' in to_dot(graph)
    assert "when purchase or sign_up" in to_svg(graph)
