"""A step graph in the words of another language: ids and ways stay, labels are said anew."""

from __future__ import annotations

from dataclasses import replace

from dsl import tree
from dsl.graph.compiler import arm_labels
from dsl.graph.graph import GraphEdge, GraphNode, StepGraph
from dsl.printing.labels import plain_words
from dsl.printing.spoken import Say, spoken_happenings


def spoken(graph: StepGraph, say: Say) -> StepGraph:
    """The same graph; `say` gives each English sentence of labels in the words that are wanted."""
    ways = {
        (node.id, arm): label
        for node in graph.nodes
        if not isinstance(node.step, tree.Flow)
        for arm, label in arm_labels(node.step, say)
    }
    jumping = [one for one in graph.flow.headers if isinstance(one, tree.JumpWhen)]
    whens = {
        f"when {spoken_happenings(one.happenings, lambda text: text)}": say("when {what}").format(
            what=spoken_happenings(one.happenings, say)
        )
        for one in jumping
    }
    return replace(
        graph,
        nodes=tuple(replace(node, label=_label(node, say)) for node in graph.nodes),
        edges=tuple(_said(edge, ways) for edge in graph.edges),
        jumps=tuple(replace(edge, label=whens.get(edge.label, edge.label)) for edge in graph.jumps),
    )


def _label(node: GraphNode, say: Say) -> str:
    return say("End") if node.kind == "end" else plain_words(node.step, say)


def _said(edge: GraphEdge, ways: dict[tuple[str, int], str]) -> GraphEdge:
    if edge.arm is None:
        return edge
    return replace(edge, label=ways.get((edge.source, edge.arm), edge.label))
