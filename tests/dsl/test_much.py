"""A large project is checked in time: work grows with it, not with its square."""

from __future__ import annotations

from typing import Any

import pytest

from dsl.checks import diagnose, problem
from dsl.checks import reach as reaching
from dsl.checks.problem import MOST_COMPARED, did_you_mean
from dsl.project import project_of


def test_an_unknown_name_is_compared_with_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many names there are, the right one is found and few are compared."""
    import difflib

    seen: list[int] = []
    real = difflib.get_close_matches

    def counted(name: str, options: list[str], *rest: Any) -> list[str]:
        seen.append(len(options))
        return real(name, options, *rest)

    monkeypatch.setattr(difflib, "get_close_matches", counted)
    options = [f"segment_{number}" for number in range(5_000)] + ["big_spenders"]
    assert did_you_mean("big_spender", options) == "Did you mean `big_spenders`?"
    assert did_you_mean("gib_spenders", options) == "Did you mean `big_spenders`?"
    assert did_you_mean("x" * 100_000, options, "Declare it.") == "Declare it."
    assert max(seen) <= MOST_COMPARED
    assert problem.LONGEST_COMPARED < 1_000


def test_segments_are_laid_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Circles of segments are looked for once in a project, not once for each segment."""
    import networkx as nx

    calls: list[int] = []
    real = nx.strongly_connected_components

    def counted(graph: Any) -> Any:
        calls.append(len(graph))
        return real(graph)

    monkeypatch.setattr(nx, "strongly_connected_components", counted)
    text = "".join(f"segment s{n}:\n  customer in segment s{(n + 1) % 50}\n\n" for n in range(50))
    assert [one.code for one in diagnose(project_of(text))] == ["segment-cycle"] * 50
    assert calls == [50]


def test_a_flow_is_looked_at_once_for_all_of_its_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred tests of one flow walk its steps once, and those of no other flow."""
    walked: list[int] = []
    real = reaching.walk

    def counted(block: Any) -> Any:
        walked.append(1)
        return real(block)

    monkeypatch.setattr(reaching, "walk", counted)
    flow = "flow f{}:\n  enter when purchase\n\n  send email hello\n\n"
    test = 'test "t{}" for f1:\n  after 0 minutes purchase\n  expect email hello\n\n'
    text = "".join(map(flow.format, range(5))) + "".join(map(test.format, range(100)))
    assert diagnose(project_of(text)) == ()
    assert len(walked) == 1
