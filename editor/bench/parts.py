"""What the pieces of an edit cost by themselves: processor time of one thread, in milliseconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, Final

import orjson

from dsl.checks import diagnose
from dsl.graph.compiler import compile_flow
from dsl.graph.drawing import lay_out
from dsl.parsing.parser import parse
from dsl.project import load_project
from editor.bench.long import NAME
from editor.flow.drawing import Drawing, markup

_TIMES: Final = 7


def parts(folder: Path, file: Path) -> dict[str, float]:
    """For each piece the median; `html` is every step's markup, as opening a page needs."""
    text = file.read_text(encoding="utf-8")
    project = load_project(folder)
    graph = compile_flow(project.flows[NAME])
    drawn = Drawing(graph)
    told = drawn.patch(str(file))
    name = str(file)
    return {
        "parse": _cost(lambda: parse(text)),
        "graph": _cost(lambda: compile_flow(project.flows[NAME])),
        "layout": _cost(lambda: lay_out(graph)),
        "pieces": _cost(lambda: Drawing(graph).patch(name, drawn)),
        "html": _cost(lambda: [markup(step, name) for step in drawn.steps.values()]),
        "json": _cost(lambda: orjson.dumps(told)),
        "names": _cost(lambda: project.with_files([])),
        "checks": _cost(lambda: diagnose(project.with_files([]))),
    }


def _cost(work: Callable[[], Any]) -> float:
    spent = []
    for _ in range(_TIMES):
        began = time.thread_time()
        work()
        spent.append((time.thread_time() - began) * 1000)
    return round(median(spent), 2)
