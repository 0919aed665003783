"""The step graph is a function of the flow, and its ids last."""

from hypothesis import given, settings
from hypothesis import strategies as st

from dsl import tree
from dsl.graph.compiler import compile_flow
from dsl.graph.matching import match
from dsl.parsing.parser import parse

STEPS = st.recursive(
    st.sampled_from(
        [
            ["wait 1 day"],
            ["wait 2 days"],
            ["send email hello"],
            ["send sms else email bye"],
            ['add tag "warm"'],
            ["give coupon nice"],
            ["wait up to 1 day for purchase"],
            ["go on"],
        ]
    ),
    lambda inner: st.one_of(
        st.builds(
            lambda one, other: [
                "if entry.value > 3:",
                *(f"  {row}" for row in one),
                "else:",
                *(f"  {row}" for row in other),
            ],
            inner,
            inner,
        ),
        st.builds(lambda one: ["repeat 3 times:", *(f"  {row}" for row in one)], inner),
        st.builds(lambda one, other: [*one, *other], inner, inner),
    ),
    max_leaves=12,
)


def flow_of(rows: list[str]) -> tree.Flow:
    body = "".join(f"  {row}\n" for row in rows)
    parsed = parse(f"flow example:\n  enter when purchase\n\n{body}")
    assert not parsed.diagnostics
    found = parsed.tree.declarations[0]
    assert isinstance(found, tree.Flow)
    return found


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_the_graph_is_a_function_of_the_text(rows: list[str]) -> None:
    """The same text gives the same graph, node ids included."""
    one, other = compile_flow(flow_of(rows)), compile_flow(flow_of(rows))
    assert (one.nodes, one.edges, one.hash) == (other.nodes, other.edges, other.hash)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_ids_are_unique_and_edges_meet_nodes(rows: list[str]) -> None:
    """Every edge leads from a step to a step, and no two steps share an id."""
    graph = compile_flow(flow_of(rows))
    ids = [node.id for node in graph.nodes]
    assert len(set(ids)) == len(ids)
    assert {edge.source for edge in graph.edges} | {edge.target for edge in graph.edges} <= {*ids}
    assert (graph.nodes[0].kind, graph.nodes[-1].kind) == ("entry", "end")


@settings(max_examples=80, deadline=None)
@given(STEPS, st.data())
def test_steps_are_found_again_after_an_edit_elsewhere(
    rows: list[str], data: st.DataObject
) -> None:
    """Inserting a step loses none of the others, and none becomes another kind of step."""
    tops = [at for at, row in enumerate(rows) if not row.startswith((" ", "else"))] + [len(rows)]
    at = data.draw(st.sampled_from(tops))
    old = compile_flow(flow_of(rows))
    new = compile_flow(flow_of([*rows[:at], "notify care with new_one", *rows[at:]]))
    found = match(old, new)
    steps = {node.id: node for node in new.nodes}
    assert len(set(found.values())) == len(found)
    for node in old.nodes:
        twin = found[node.id]
        assert twin is not None
        assert (steps[twin].kind, steps[twin].label) == (node.kind, node.label)


def test_a_label_is_found_wherever_its_step_went() -> None:
    """A labelled step is itself after a change of place and of words."""
    old = compile_flow(flow_of(["wait 1 day as pause", "send email hello"]))
    new = compile_flow(flow_of(["send email hello", "wait 3 days as pause"]))
    assert match(old, new)["pause"] == "pause"


def test_a_changed_wait_is_still_that_wait() -> None:
    """People at a wait stay at it when its length changes."""
    old = compile_flow(flow_of(["send email hello", "wait 1 day", "send email bye"]))
    new = compile_flow(flow_of(["send email hello", "wait 2 days", "send email bye"]))
    assert match(old, new)["wait_1_day"] == "wait_2_days"


def test_a_removed_step_is_gone() -> None:
    """A step that was removed has no twin."""
    old = compile_flow(flow_of(["send email hello", 'add tag "warm"', "send email bye"]))
    new = compile_flow(flow_of(["send email hello", "send email bye"]))
    assert match(old, new)["add_tag_warm"] is None


def test_a_broken_statement_is_a_step_in_its_place() -> None:
    """What cannot be read stands in the graph where it stands in the text."""
    text = "flow example:\n  enter when purchase\n\n  wait 1 day\n  snd email hello\n  exit\n"
    parsed = parse(text)
    flow = parsed.tree.declarations[0]
    assert isinstance(flow, tree.Flow)
    assert parsed.diagnostics
    kinds = [node.kind for node in compile_flow(flow).nodes]
    assert kinds == ["entry", "wait", "unreadable", "exit", "end"]


def test_a_step_may_be_called_end() -> None:
    """A label is always the id of its step, whatever it is."""
    graph = compile_flow(flow_of(["wait 1 day", "send email hello as end"]))
    assert graph.nodes[2].id == "end"
    assert graph.nodes[-1].kind == "end"
    assert graph.nodes[-1].id != "end"


def test_comments_do_not_make_a_new_version() -> None:
    """A comment changes what a person reads, not what the flow does."""
    plain = compile_flow(flow_of(["wait 1 day"]))
    noted = compile_flow(flow_of(["# a pause", "wait 1 day  # for breath"]))
    assert plain.hash == noted.hash
    assert noted.nodes[1].note == "a pause\nfor breath"
