"""Edits beside lines that cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from dsl import edits, tree
from dsl.graph.compiler import compile_flow
from dsl.parsing.parser import Parsed, parse

Act = Callable[[Parsed], edits.Edited]


def first_flow(parsed: Parsed) -> tree.Flow:
    flow = parsed.tree.declarations[0]
    assert isinstance(flow, tree.Flow)
    return flow


def titled(parsed: Parsed) -> edits.Edited:
    flow = first_flow(parsed)
    return edits.replace_step(parsed, flow.name, "entry", replace(flow, title="T"))


def insert(at: str) -> Act:
    return lambda parsed: edits.insert(parsed, first_flow(parsed).name, at, "wait 1 day")


def delete(step: str) -> Act:
    return lambda parsed: edits.delete(parsed, first_flow(parsed).name, [step])


def off(step: str) -> Act:
    return lambda parsed: edits.off(parsed, first_flow(parsed).name, [step])


def down(step: str) -> Act:
    return lambda parsed: edits.down(parsed, first_flow(parsed).name, [step])


def wrap(step: str) -> Act:
    return lambda parsed: edits.wrap(parsed, first_flow(parsed).name, [step])


def move(step: str, at: str) -> Act:
    return lambda parsed: edits.move(parsed, first_flow(parsed).name, [step], at)


EXPERIMENT = (
    "flow f:\n  experiment e:\n    50:\n      wait 1 day\n      exit\n    50%:\n      go on\n"
)


@pytest.mark.parametrize(
    ("text", "act", "then"),
    [
        pytest.param(
            "flow f:\n    wait 1 day\n  exit\n",
            delete("wait_1_day"),
            "flow f:\n  exit\n",
            id="a step below a deeper one",
        ),
        pytest.param(
            "flow f:\n    ??\n    # why\n  exit\n",
            delete("unreadable_e270aeb3"),
            "flow f:\n  # why\n  exit\n",
            id="with its comment",
        ),
        pytest.param(
            "flow f:\n    ??\n  enter manually\n",
            delete("unreadable_e270aeb3"),
            "flow f:\n  enter manually\n",
            id="a header",
        ),
        pytest.param(
            "flow f:\n  clear x\n      exit  # x\n",
            insert("after:clear_x"),
            "flow f:\n  clear x\n  wait 1 day\n  exit  # x\n",
            id="a step too deep",
        ),
        pytest.param(
            "flow f:\n  enter manually\n    clear x\n  clear y\n    exit\n",
            off("clear_y"),
            "flow f:\n  enter manually\n  clear x\n  # clear y\n  exit\n",
            id="two that stand too deep",
        ),
        pytest.param(
            "flow f:\n  clear x\n  else:\n    exit\n",
            wrap("clear_x"),
            "flow f:\n  if customer can receive email:\n    clear x\n  else:\n    exit\n",
            id="an else below a new branch",
        ),
        pytest.param(
            "   flow f:\n  wait 1 day\n  exit\n",
            titled,
            'flow f "T":\n  wait 1 day\n  exit\n',
            id="a flow that stands too deep",
        ),
        pytest.param(
            "flow f:  # x\n# y\n",
            insert("first"),
            "flow f:  # x\n  wait 1 day\n# y\n",
            id="a flow without lines",
        ),
    ],
)
def test_a_line_that_an_edit_makes_readable_is_read(text: str, act: Act, then: str) -> None:
    """A line that is broken for nothing but what stands above it does not refuse its mend."""
    parsed = parse(text)
    edited = act(parsed)
    assert edits.apply(text, edited.edits) == edited.parsed.text == then
    assert edited.parsed.diagnostics == ()


TOO_DEEP = (
    "flow f:\n  if x is 3:\n      ??\n    clear x\n    clear z\n    # b\n"
    "  else if x is 4:\n    clear y\n"
)
BELOW_HEADER = "flow f:\n  exit if\n    clear x\n    exit\n  go on\n"


@pytest.mark.parametrize(
    ("text", "act", "then"),
    [
        pytest.param("flow f", titled, 'flow f "T":\n  go on', id="nothing below"),
        pytest.param(
            "flow f\r\nab\r\n", titled, 'flow f "T":\r\n  ab\r\n', id="broken lines below"
        ),
        pytest.param(
            EXPERIMENT,
            down("exit"),
            EXPERIMENT.replace("      exit\n", "").replace("      go on", "      exit"),
            id="out of a broken arm",
        ),
        pytest.param(
            "flow f:\n\texperiment e:\n\t\t\t??\n\texit\n",
            insert("into:e:else"),
            "flow f:\n\texperiment e:\n\t\t\t??\n\t\t\telse:\n\t\t\t\twait 1 day\n\texit\n",
            id="behind tabs that skip a level",
        ),
        pytest.param(
            "flow f:\n  switch cart.value:\n    else:\n      exit\n    wait wait\n",
            insert("into:switch_cart_value:else"),
            "flow f:\n  switch cart.value:\n    else:\n      wait 1 day\n      exit\n"
            "    wait wait\n",
            id="in an else above a broken arm",
        ),
        pytest.param(
            BELOW_HEADER,
            insert("after:clear_x"),
            BELOW_HEADER.replace("clear x\n", "clear x\n    wait 1 day\n"),
            id="below a broken header",
        ),
        pytest.param(
            BELOW_HEADER,
            delete("clear_x"),
            BELOW_HEADER.replace("    clear x\n", ""),
            id="out of the block of a broken header",
        ),
        pytest.param(
            "flow f:\n  exit\n    ??\n      wait 1 day\n      clear x\n  clear y\n",
            down("unreadable_3b6f5178"),
            "flow f:\n  exit\n  clear y\n  ??\n    wait 1 day\n    clear x\n",
            id="too deep and with a block",
        ),
        pytest.param(
            "flow f:\n  clear x\n      ??\n    14%:\n      exit\n",
            move("unreadable_23cc7e1e", "first"),
            "flow f:\n  ??\n  14%:\n    exit\n  clear x\n",
            id="with lines that stand less deep",
        ),
        pytest.param(
            TOO_DEEP,
            move("clear_y", "after:unreadable_e270aeb3"),
            "flow f:\n  if x is 3:\n    ??\n    clear y\n    clear x\n    clear z\n  # b\n"
            "  else if x is 4:\n    go on\n",
            id="behind one that makes those below it too flat",
        ),
        pytest.param(
            "    flow f\n  wait 1 day\n  exit\n",
            off("exit"),
            "flow f\n  wait 1 day\n  # exit\n",
            id="in a flow that stands deeper than its lines",
        ),
        pytest.param(
            "flow cart_\n  exit\n",
            titled,
            'flow cart "T":\n  exit\n',
            id="a flow called by a word of the language",
        ),
        pytest.param(
            "flow f:\n\trepeat 2 times:\n\t\texit\n    #tight\n\tif x is 3:\n\t\tgo on\n",
            down("repeat_2_times"),
            "flow f:\n\tif x is 3:\n\t\trepeat 2 times:\n\t\t\texit\n\t\t\t#tight\n",
            id="a comment in blanks between tabs",
        ),
    ],
)
def test_edits_beside_broken_lines_are_made(text: str, act: Act, then: str) -> None:
    """What stands beside a broken line can be edited as elsewhere."""
    edited = act(parse(text))
    assert edits.apply(text, edited.edits) == edited.parsed.text == then


def test_a_step_can_be_moved_into_a_way_of_its_twin() -> None:
    """Two steps that say the same are two steps."""
    text = "flow f:\n  wait up to 2 days for purchase\n  wait up to 2 days for purchase\n"
    first, second = (node.id for node in compile_flow(first_flow(parse(text))).nodes[1:-1])
    edited = edits.move(parse(text), "f", [first], f"into:{second}:else")
    assert edits.apply(text, edited.edits) == (
        "flow f:\n  wait up to 2 days for purchase:\n    go on\n"
        "  else:\n    wait up to 2 days for purchase\n"
    )
