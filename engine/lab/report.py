"""Draws a failing test: what was expected, what came instead, and the whole story with its lines.

Each failed expectation stands with its line number, below it the sentence that says what came
instead and when, and the steps that led there. The story follows once: each scene with its
store-local time, how long after the start that was, and the line that did it.
`tests/engine/lab/test_report.py` shows what it looks like.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.lab import wording
from engine.lab.outcome import Chronicle, Failure, Outcome, Scene

Style = Literal["title", "expected", "sentence", "because", "heading", "scene", "trouble", "plain"]

LONGEST_STORY = 60
"""Scenes of a story that are printed; of a longer one the middle is left out."""


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    style: Style = "plain"


def text(outcome: Outcome) -> str:
    """The report as plain text."""
    return "\n".join(line.text for line in lines(outcome))


def lines(outcome: Outcome) -> Iterator[Line]:
    test = outcome.test
    mark = "✓" if outcome.passed else "✗"
    place = f"{outcome.file}:{test.span.line}"
    yield Line(f'{mark} {place} "{test.title}" for {test.flow}', "title")
    if outcome.passed:
        return
    yield Line("")
    for failure in outcome.failures:
        yield from _failure(failure, outcome.file)
        yield Line("")
    yield from _story(outcome.chronicle, outcome.file)


def _failure(failure: Failure, file: str) -> Iterator[Line]:
    number = str(failure.place.line)
    bar = " " * len(number) + " │ "
    yield Line(f"  {number} │ {failure.expected}", "expected")
    yield Line(f"  {bar}{failure.sentence}", "sentence")
    for reason in failure.because:
        yield Line(f"  {bar}{_near(reason, file)}", "because")


def _near(sentence: str, file: str) -> str:
    """Places in the test's own file are named by their line alone."""
    return sentence.replace(f"{file}:", "line ") if sentence.startswith(f"{file}:") else sentence


def _story(chronicle: Chronicle, file: str) -> Iterator[Line]:
    yield Line(f"  What happened, in {chronicle.zone}", "heading")
    if not chronicle.story:
        yield Line("  nothing", "scene")
        return
    places = [_place(scene, file) for scene in chronicle.story]
    moments = [wording.moment(scene.at, chronicle.zone) for scene in chronicle.story]
    afters = [
        wording.elapsed(chronicle.started_at, scene.at, chronicle.zone)
        if scene.at >= chronicle.started_at
        else f"-{wording.elapsed(scene.at, chronicle.started_at, chronicle.zone)}"
        for scene in chronicle.story
    ]
    wide_moment, wide_after, wide_place = (
        max(map(len, column)) for column in (moments, afters, places)
    )
    several = len({scene.run for scene in chronicle.story if scene.run}) > 1
    before = ""
    for index in _shown(len(places)):
        if index is None:
            left_out = len(places) - LONGEST_STORY
            yield Line(f"  … {left_out} more …", "scene")
            before = ""
            continue
        scene, moment, after = chronicle.story[index], moments[index], afters[index]
        if moment == before:
            moment = after = ""
        else:
            before = moment
        columns = f"{moment:{wide_moment}}  {after:{wide_after}}  {places[index]:>{wide_place}} │ "
        troubled = scene.result.startswith(("skipped", "not entered", "failed"))
        yield Line(f"  {columns}{_scene(scene, several)}", "trouble" if troubled else "scene")


def _shown(count: int) -> Iterator[int | None]:
    if count <= LONGEST_STORY:
        yield from range(count)
        return
    half = LONGEST_STORY // 2
    yield from range(half)
    yield None
    yield from range(count - half, count)


def _place(scene: Scene, file: str) -> str:
    if scene.place is None:
        return ""
    return str(scene.place.line) if scene.place.file == file else str(scene.place)


def _scene(scene: Scene, several: bool) -> str:
    run = f"[{scene.run}] " if several and scene.run else ""
    result = f": {scene.result}" if scene.result else ""
    indent = "  " if scene.run and not scene.what.startswith(scene.flow) else ""
    return f"{run}{indent}{scene.what}{result}"
