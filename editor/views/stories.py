"""A customer's way through the flows, in the words and the language of whoever reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fastapi import FastAPI

from dsl import tree
from dsl.graph.compiler import compile_flow
from dsl.graph.graph import StepGraph
from dsl.graph.spoken import spoken
from dsl.parsing.parser import parse
from editor.documents.kept import Kept
from editor.events import TITLES
from editor.language import _, current, noop
from editor.properties import CHANNELS
from editor.rendering import moment, plain
from editor.sentences import retold
from engine.publishing.sources import sources_of
from engine.reports.trace import RunStory, Step
from engine.store import publications
from engine.store.rows import Rows

_VERSIONS: Final = 256
REASONS: Final = (
    noop("time is up"),
    noop("for the winner"),
    noop("{arm} was chosen"),
    noop("too late"),
    noop("holdout"),
    noop("held out"),
    noop("quiet hours"),
    noop("yes"),
    noop("no"),
    noop("else"),
    noop("case {number}"),
    noop("finished"),
    noop("exit step"),
    noop("exit step: {why}"),
    noop("exit when: {event}"),
    noop("exit if: {condition}"),
    noop("stopped: by another flow or by hand"),
    noop("merged"),
    noop("moved to exit"),
    noop("the moment has come already"),
    noop("the date moved"),
    noop("the customer is not known"),
    noop("the customer is gone"),
    noop("the flow was stopped"),
    noop("the flow was left"),
    noop("the flow was left: {why}"),
    noop("the run was merged into another"),
    noop("the flow is paused"),
    noop("the flow is stopped"),
    noop("is in this flow already"),
    noop("was in this flow before, and enters it never again"),
    noop("only if on line {line} does not hold"),
    noop("the condition on line {line} holds"),
    noop("no consent for {channel}"),
    noop("no provider for {channel}"),
    noop("{channel} is suppressed: {why}"),
    noop("unsubscribed from {topic}"),
    noop("message {message} has no {channel} file"),
    noop("limit of {limit} is reached"),
    noop("limit is reached: {flow} goes first"),
    noop("it did not happen"),
    noop("the calendar stands still in a test without `run for`"),
)
"""Why something did or did not happen, as the engine notes it."""

_UNTIL = re.compile(r"(?:(?P<why>.+) )?until (?P<at>\d{4}-\d\d-\d\dT[\d:.]+Z)")
_MESSAGE = re.compile(
    rf"(?P<channel>{'|'.join(CHANNELS)})(?: (?P<message>[^\s,:]+)(?P<staff> to staff)?"
    r"(?:, attempt (?P<attempt>\d+))?(?:: (?P<why>.+))?)?",
    re.DOTALL,
)


def titled(event: str, declared: Mapping[str, str]) -> str:
    """What people call an event: as `declared` by the shop, or as every shop does."""
    if event in declared:
        return declared[event]
    known = TITLES.get(event)
    return _(known) if known else event.replace("_", " ").capitalize()


class Steps:
    """What the steps of published versions are called, each version read once."""

    def __init__(self) -> None:
        self._known: Kept[tuple[str, int, str], dict[str, str]] = Kept(_VERSIONS)

    def of(self, rows: Rows, run: RunStory, step: str, live: int | None) -> str:
        """The words of a step that a run passed; of one that no version knows its id. `live` is
        the version of entries that did not happen, None for none.
        """
        if step == "goal":
            return _("Goal")
        # Whoever was moved passed steps of older versions, which may be gone by now.
        for version in range(run.version or live or 0, 0, -1):
            labels = self._labels(rows, run.flow, version)
            if step in labels:
                return labels[step]
        return step

    def _labels(self, rows: Rows, flow: str, version: int) -> dict[str, str]:
        return self._known.get((flow, version, current()), lambda: _read(rows, flow, version))


def steps_of(app: FastAPI) -> Steps:
    """Those that this server knows."""
    found: Steps | None = getattr(app.state, "steps", None)
    if found is None:
        found = app.state.steps = Steps()
    return found


def graph_of(rows: Rows, flow: str, version: int) -> StepGraph | None:
    """A published version of a flow as it is drawn; None where its text is not kept."""
    row = publications.sources_of(rows, flow, version)
    files = {} if row is None else sources_of(row[0], row[1]).files
    for file, text in files.items():
        if Path(file).suffix != ".flow" or flow not in text:
            continue
        for one in parse(text, file).tree.declarations:
            if isinstance(one, tree.Flow) and one.name == flow:
                return compile_flow(one)
    return None


def _read(rows: Rows, flow: str, version: int) -> dict[str, str]:
    graph = graph_of(rows, flow, version)
    return {} if graph is None else {node.id: node.label for node in spoken(graph, _).nodes}


def told(step: Step, label: str, zone: str) -> str:
    """What became of a step beside its outcome: a channel, a reason, a moment; "" for nothing more.
    `label` is what the step is called, which need not be said twice.
    """
    until = _UNTIL.fullmatch(step.detail)
    if until is not None:
        at = _("until %(moment)s") % {"moment": moment(until["at"], zone, "%a %d %b, %H:%M")}
        return f"{retold(until['why'], REASONS)}, {at}" if until["why"] else at
    message = _MESSAGE.fullmatch(step.detail)
    if message is None:
        return plain(retold(step.detail, REASONS), zone)
    channel = CHANNELS[message["channel"]]
    said = _(channel)
    if message["message"] and message["message"] not in label:
        said = f"{said} {message['message']}"
    if message["staff"]:
        said = _("%(what)s to staff") % {"what": said}
    if message["attempt"]:
        said = _("%(what)s, attempt %(number)s") % {"what": said, "number": message["attempt"]}
    return f"{said}: {retold(message['why'], REASONS)}" if message["why"] else said
