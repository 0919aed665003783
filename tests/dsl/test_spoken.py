"""Steps in the words of another language: the drawing's, with the same steps and ways."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from dsl import tree
from dsl.graph.compiler import compile_flow
from dsl.graph.graph import StepGraph
from dsl.graph.spoken import spoken
from dsl.parsing.parser import parse
from dsl.printing.labels import plain_words
from dsl.printing.spoken import in_english
from tests import words
from tests.harness.strategies import flows

FOUND = {one.id for one in words.found() if one.id}
FEW = settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@given(flows())
@FEW
def test_in_english_nothing_is_said_anew(flow: tree.Flow) -> None:
    """Whoever asks for English gets the graph as it was compiled, to the letter."""
    graph = compile_flow(flow)
    assert spoken(graph, in_english) == graph


@given(flows())
@FEW
def test_every_sentence_of_steps_can_be_translated(flow: tree.Flow) -> None:
    """Whatever a step says of itself is in the catalogue; ids and ways stay what they are."""
    asked: set[str] = set()

    def say(text: str) -> str:
        asked.add(text)
        return f"⟦{text}⟧"

    graph = compile_flow(flow)
    other = spoken(graph, say)
    assert asked - FOUND <= {"SMS", "Push", "WhatsApp"}
    assert all("⟦" in node.label for node in other.nodes)
    assert _shape(other) == _shape(graph)


def _shape(graph: StepGraph) -> object:
    ways = [(one.source, one.target, one.arm) for one in (*graph.edges, *graph.jumps)]
    return [(one.id, one.kind, one.parent, one.arm) for one in graph.nodes], ways


GERMAN = {
    "Wait {time}": "{time} warten",
    "Wait up to {time} for {what}": "Bis zu {time} warten auf {what}",
    "{n} hour": "{n} Stunde",
    "{n} days": "{n} Tage",
    "{one} or {other}": "{one} oder {other}",
    "customer joins segment {segment}": "Kunde kommt in Segment {segment}",
    "Wait until {weekday} at {time}": "Warten bis {weekday}, {time}",
    "monday": "Montag",
    "Enter {how}": "Eintritt {how}",
    "when {what}": "bei {what}",
    "E-mail": "E-Mail",
}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("wait 1 hour", "1 Stunde warten"),
        ("wait 2 days", "2 Tage warten"),
        ("wait (1 + 1) days", "(1 + 1) days warten"),
        ("wait until monday at 10:00", "Warten bis Montag, 10:00"),
        (
            "wait up to 2 days for purchase or customer joins segment vip",
            "Bis zu 2 Tage warten auf purchase oder Kunde kommt in Segment vip",
        ),
        ("send email else sms hello", "E-Mail oder SMS hello"),
        ('add tag "{n}"', "Add tag {n}"),
    ],
)
def test_a_step_in_german(line: str, said: str) -> None:
    """Order and forms are those of the language; names and calculations stay as written."""
    flow = parse(f"flow x:\n  enter when purchase\n  {line}\n").tree.declarations[0]
    assert isinstance(flow, tree.Flow)

    def say(text: str) -> str:
        return GERMAN.get(text, text)

    assert plain_words(flow.steps.steps[0], say) == said
    assert plain_words(flow, say) == "Eintritt bei purchase"
