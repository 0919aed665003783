"""What the picker offers."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsl.checks import diagnose
from dsl.graph.kinds import KINDS
from dsl.project import Project, load_project, project_of
from editor.flow.choices import choices
from engine.messages.checks import check_messages

SHOP = Path(__file__).resolve().parents[3] / "flows"
LAST = ("go_to", "exit")
"""Nobody would come to what stands behind them."""


@pytest.fixture(scope="module")
def shop() -> Project:
    return load_project(SHOP)


def test_every_kind_can_be_inserted(shop: Project) -> None:
    """Whatever the language can do is offered, waits under each name that people give them."""
    offered = [one["kind"] for one in choices(shop, "abandoned_cart")]
    kinds = set(KINDS) - {"entry", "end", "unreadable", "go_on"}
    assert sorted(offered) == sorted({*kinds, "wait_for", "wait_until"})
    assert offered[0] == "send", "what people insert most stands first"


def test_each_is_one_step_of_its_kind(shop: Project) -> None:
    """What is chosen is what is then drawn: one step of that kind, readable in any project."""
    for project in (shop, project_of("")):
        for one in choices(project, "abandoned_cart"):
            steps = "".join(f"  {row}\n" for row in one["text"].split("\n"))
            made = project_of(f"flow it:\n  enter when purchase\n{steps}")
            nodes = made.graphs["it"].nodes[1:-1]
            inserted = [node.kind for node in nodes if node.parent is None]
            assert inserted == [
                {"wait_for": "wait", "wait_until": "wait"}.get(one["kind"], one["kind"])
            ]


def test_what_is_inserted_has_the_names_used_most(shop: Project) -> None:
    """A new step says what this flow and its shop say already."""
    texts = {one["kind"]: one["text"] for one in choices(shop, "abandoned_cart")}
    assert texts["send"] == "send email cart_reminder"
    assert texts["give_coupon"] == "give coupon thanks15"
    assert texts["go_to"] == "go to first_touch up to 3 times"
    assert texts["start_flow"] == "start flow recommend_us"


def test_an_empty_project_gets_new_names() -> None:
    """Where nothing is declared yet, a new step says so by its name."""
    texts = {one["kind"]: one["text"] for one in choices(project_of(""), "first")}
    assert texts["send"] == "send email new_message"
    assert texts["notify"] == "notify new_staff with new_message"
    assert texts["start_flow"] == "start flow new_flow"


def test_an_experiment_has_a_name_of_its_own(shop: Project) -> None:
    """Two experiments inserted one after the other do not share a name."""
    text = (
        "flow it:\n  enter when purchase\n  experiment new_experiment:\n    50% as a:\n      exit\n"
    )
    made = {one["kind"]: one["text"] for one in choices(project_of(text), "it")}
    assert made["experiment"].startswith("experiment new_experiment_2:")


def test_nothing_that_is_inserted_into_the_example_shop_is_an_error(shop: Project) -> None:
    """All kinds at once in every flow of the shop: no new step brings an error with it."""
    project = shop
    expected = set()
    for name in shop.flows:
        offered = choices(shop, name)
        unknown = [
            one for one in offered if "new_label" in one["text"] or "new_flow" in one["text"]
        ]
        expected |= {(name, one["kind"]) for one in unknown}
        project = _with_steps(
            project,
            name,
            [one["text"] for one in offered if one not in unknown and one["kind"] not in LAST],
            "first",
        )
        project = _with_steps(
            project,
            name,
            [one["text"] for one in offered if one not in unknown and one["kind"] in LAST],
            "last",
        )
    found = [
        one for one in [*diagnose(project), *check_messages(project)] if one.severity == "error"
    ]
    assert [(one.file, one.span.line, one.message) for one in found] == []
    assert {kind for _, kind in expected} <= {"go_to", "start_flow"}, (
        "of these alone a flow may know none"
    )


def _with_steps(project: Project, name: str, texts: list[str], where: str) -> Project:
    flow = project.flows[name]
    file = project.file_of(flow)
    lines = project.sources[file].split("\n")
    first, last = flow.steps.steps[0], flow.steps.steps[-1]
    at = first.span.line - 1 - len(first.lead) if where == "first" else last.span.end_line
    # Experiments are told apart by the name that the page gives the second of them.
    rows = [
        f"  {row}"
        for text in texts
        for row in text.replace("new_experiment", f"new_of_{name}").split("\n")
    ]
    return project.with_text(file, "\n".join([*lines[:at], *rows, *lines[at:]]))
