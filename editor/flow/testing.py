"""The tests of a flow, played on the draft that is open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from dsl import tree
from dsl.graph.graph import StepGraph
from editor.access import person, signed_in
from editor.documents import digest
from editor.flow.answers import checked
from editor.flow.opening import asked_for
from editor.language import _
from editor.running import Files
from engine.lab.outcome import Failure, Outcome
from engine.lab.suite import Case, Suite

router = APIRouter(dependencies=[Depends(signed_in)])


@router.get("/api/flows/{name}/tests")
def play(request: Request, files: Files, name: str) -> Response:
    """Plays every test of the flow on this person's drafts.

    Answers `{"state", "reason", "tests": [{"title", "line", "outcome", "says", "steps"}]}`:
    `outcome` is passed, failed or waiting (`reason` says for what), `says` what is wrong, line by
    line, `steps` the steps that the failure is about.
    """
    project = files.project(person(request))
    opened = asked_for(request, name)
    name = opened.name
    flow = project.flows.get(name)
    if flow is None:
        wait = {"state": opened.document.state, "reason": opened.broken, "tests": []}
        return Response(orjson.dumps(wait), media_type="application/json")
    suite = Suite.of(project, checked(request).diagnosed(project))
    cases = [case for case in suite.cases if case.test.flow == name]
    file = project.file_of(flow)
    answer: dict[str, Any] = {"state": digest(project.sources[file]), "reason": ""}
    if suite.has_errors:
        wrong = {one.file for one in suite.diagnostics if one.severity == "error"}
        places = sorted(files.shown(one) for one in wrong)
        answer["reason"] = _("The tests wait until nothing is wrong in %s.") % ", ".join(places)
        answer["tests"] = [_told(case, None, None) for case in cases]
    else:
        graph = project.graphs[name]
        answer["tests"] = [_told(case, suite.run(case), graph) for case in cases]
    return Response(orjson.dumps(answer), media_type="application/json")


def _told(case: Case, outcome: Outcome | None, graph: StepGraph | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "title": case.test.title,
        "line": case.test.span.line,
        "outcome": "waiting",
        "says": [],
        "steps": [],
    }
    if outcome is not None and graph is not None:
        told["outcome"] = "failed" if outcome.failures else "passed"
        told["says"] = [_said(one) for one in outcome.failures]
        if outcome.failures:
            told["steps"] = list(dict.fromkeys(_blamed(case.test, outcome, graph)))
    return told


def _said(failure: Failure) -> str:
    said = _("Line %(line)d, %(expected)s: %(sentence)s") % {
        "line": failure.place.line,
        "expected": failure.expected,
        "sentence": failure.sentence,
    }
    file = f"{failure.place.file}:"
    return "\n".join([said, *(one.replace(file, f"{_('line')} ") for one in failure.because)])


def _blamed(test: tree.Test, outcome: Outcome, graph: StepGraph) -> Iterator[str]:
    """The steps that an expectation which does not hold is about: those that send what it names,
    else the one that the run came to last.
    """
    wrong = {failure.place.line for failure in outcome.failures}
    found = False
    for line in test.lines:
        if line.span.line not in wrong:
            continue
        names = {value for _name, value in tree.parts(line) if isinstance(value, str)}
        for node in graph.nodes[1:-1]:
            message = getattr(node.step, "message", None)
            if node.name in names or (message is not None and message in names):
                found = True
                yield node.id
    if not found:
        came = [one.place.line for one in outcome.chronicle.story if one.place]
        for node in graph.nodes[1:-1]:
            if came and node.line == came[-1]:
                yield node.id
