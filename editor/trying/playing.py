"""Plays what is clicked, and tests of the flow, on a person's draft; tells the way as JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from dsl import tree
from dsl.checks import diagnose
from dsl.graph.graph import StepGraph
from dsl.project import Project, flow_file
from editor.documents.contents import plain
from editor.documents.kept import Kept
from editor.flow.drawing import arm_name
from editor.language import _, noop
from editor.properties import CHANNELS
from editor.rendering import local
from editor.sentences import retold
from editor.trying.looks import Look
from editor.trying.offers import starts, titles_of
from editor.trying.people import Person
from editor.trying.writing import Tried, begun, expected, runs_for
from editor.views.stories import REASONS, titled
from engine.core.model import MINUTE, Instant
from engine.lab import wording
from engine.lab.outcome import Chronicle, Message, Outcome, Scene
from engine.lab.suite import Case, Suite
from engine.lab.world import Compose

_WAITS: Final = re.compile(
    r"(?:waiting|held): (?:(?P<why>.+) )?until \w+ (?P<at>\d{4}-\d\d-\d\d [\d:]+)"
)
_HEADS: Final = {
    "sent by ": noop("sent by {what}"),
    "sent to ": noop("sent to {what}"),
    "skipped: ": noop("skipped: {what}"),
    "failed: ": noop("failed: {what}"),
    "not entered: ": noop("does not come in: {what}"),
}
_ASIDE: Final = frozenset({"nothing-happens"})
"""What is no mistake while a test is still being clicked together."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What was clicked and what came of it: `test` is its text, `holds` whether that passes as a
    test, `problems` why it could not be played.
    """

    test: str
    outcome: Outcome | None = None
    holds: bool = False
    problems: tuple[str, ...] = ()
    start: Instant = 0
    now: Instant = 0
    title: str = ""


class Suites:
    """The projects that were played last, each compiled once."""

    def __init__(self) -> None:
        self._kept: Kept[int, tuple[Project, Suite]] = Kept(8)

    def of(self, project: Project) -> Suite:
        return self._kept.get(id(project), lambda: (project, Suite.of(project, ())))[1]


def tried(
    suite: Suite,
    file: str,
    text: str,
    flow: str,
    asked: Tried,
    compose: Compose,
    own: Person | None = None,
) -> Trial:
    """Play what was clicked. `text` is the draft of the flow's file, whose project is the suite's;
    `own` is who is real, and what of them the test does not say.

    Raises ValueError where the start is no moment.
    """
    zone = suite.deployment(suite.running(flow)).zone
    start = starts(asked.start, zone)
    now = start + -(-asked.now // MINUTE) * MINUTE
    lines = begun(asked, flow, start, zone)
    last = max((one.at for one in asked.plays), default=0)
    now = max(now, start + last)
    played = lines
    if own is not None and own.older:
        before = asked.model_copy(update={"given": [*asked.given, *own.older]})
        played = begun(before, flow, start, zone)
    found = _read(suite.project, file, text, played, flow)
    if isinstance(found, tuple):
        return Trial("\n".join(lines) + "\n", problems=found, start=start, now=now)
    case = Case(found, file)
    known = None if own is None else own.known
    outcome = suite.run(case, compose, watching=True, until=now, known=known)
    chronicle = outcome.chronicle
    title = asked.title or _title(asked, chronicle, suite.project)
    whole = [*begun(asked, flow, start, zone, title)]
    program = suite.deployment(suite.running(flow)).programs[flow]
    if chronicle.next_at is not None or program.schedules or not asked.plays:
        whole.append(runs_for(start, max(now, start + MINUTE), zone))
    whole += expected(chronicle, flow, start)
    holds = False
    if asked.plays or asked.now:
        checked = _read(suite.project, file, text, whole, flow, thoroughly=False)
        holds = not isinstance(checked, tuple) and suite.run(Case(checked, file)).passed
    return Trial("\n".join(whole) + "\n", outcome, holds, (), start, now, title)


def _title(asked: Tried, chronicle: Chronicle, project: Project) -> str:
    """A name for the test that nobody has yet, in the reader's words: what was done last, and what
    came last.
    """
    done = _("Time passes")
    if asked.plays:
        last = asked.plays[-1].text.strip()
        head = re.split(r"[\s(]", last)[0]
        done = {
            "product": _("A product changes"),
            "set": _("The customer changes"),
            "start": _("Start by hand"),
        }.get(head) or titled(head, titles_of(project))
    came = chronicle.messages[-1].name if chronicle.messages else _("no message")
    said = f"{done}: {came}".replace("_", " ")
    taken = {one.title for one in project.tests}
    title, number = said, 1
    while title in taken:
        number += 1
        title = f"{said} {number}"
    return title


def _read(
    project: Project,
    file: str,
    text: str,
    lines: Sequence[str],
    flow: str,
    *,
    thoroughly: bool = True,
) -> tree.Test | tuple[str, ...]:
    """The test behind the text, or what is wrong with it. Only the test is read and checked, as one
    more file of the project: the others keep their trees, however long they are.
    """
    behind = plain(text).rstrip().count("\n") + 2
    name = f"{file} (tried)"
    read = flow_file(Path(name), name, "\n" * behind + "\n".join(lines) + "\n")
    said = list(read.diagnostics)
    if not said and thoroughly:
        others = (*project.files, *project.neighbours)
        alone = Project(project.root, (read,), others, project.messages)
        said = [one for one in diagnose(alone) if one.severity == "error"]
    said = [one for one in said if one.code not in _ASIDE and one.code != "duplicate-name"]
    if said:
        return tuple(dict.fromkeys(f"{one.message} {one.hint}".strip() for one in said))
    declared = read.tree.declarations
    if len(declared) != 1 or not isinstance(declared[0], tree.Test) or declared[0].flow != flow:
        return (_("This is no line of a test."),)
    return declared[0]


# --- as the page gets it ---------------------------------------------------------------------


def told(
    outcome: Outcome, graph: StepGraph, flow: str, keep: Callable[[Look], str]
) -> dict[str, Any]:
    """The way that was taken: `scenes` in the order of time, each with its step and the edge that
    led there; `path` are all steps that were passed, `edges` all edges, by the drawing's keys.
    """
    chronicle = outcome.chronicle
    zone = chronicle.zone
    looks = _looks(chronicle)
    scenes, path, edges = [], [], []
    before: dict[int, str] = {}
    for scene in chronicle.story:
        own = scene.flow == flow and scene.run > 0
        led: list[str] = []
        if own and scene.node:
            came = before.get(scene.run)
            if came is not None and came != scene.node:
                led = way(graph, came, scene.node)
            before[scene.run] = scene.node
            path.append(scene.node)
            edges += led
        look = looks.get(id(scene))
        scenes.append(_scene(scene, chronicle, own=own, led=led, look=look, keep=keep, zone=zone))
    return {
        "scenes": scenes,
        "path": list(dict.fromkeys(path)),
        "edges": list(dict.fromkeys(edges)),
        "entered": chronicle.entered,
        "start": chronicle.started_at,
        "zone": zone,
        "trouble": chronicle.trouble,
    }


def _looks(chronicle: Chronicle) -> dict[int, Message]:
    """Which scene of the story each message belongs to."""
    found: dict[int, Message] = {}
    left = list(chronicle.messages)
    for scene in chronicle.story:
        fits = (one for one in left if one.run == scene.run and one.node == scene.node
                and one.at == scene.at)  # fmt: skip
        message = next(fits, None)
        if message is not None and scene.outcome == "done":
            found[id(scene)] = message
            left.remove(message)
    return found


def _scene(
    scene: Scene,
    chronicle: Chronicle,
    *,
    own: bool,
    led: list[str],
    look: Message | None,
    keep: Callable[[Look], str],
    zone: str,
) -> dict[str, Any]:
    after = ""
    if scene.at >= chronicle.started_at:
        after = wording.elapsed(chronicle.started_at, scene.at, zone)
    said: dict[str, Any] = {
        "at": local(scene.at, zone, "%a %d %b %Y, %H:%M"),
        "ms": scene.at - chronicle.started_at,
        "after": after,
        "what": scene.what,
        "says": _says(scene, zone),
        "step": scene.node if own else "",
        "flow": scene.flow,
        "line": None if scene.place is None else scene.place.line,
        "outcome": scene.outcome or "played",
        "led": led,
        "seen": [[words, plain_value(value)] for words, value in scene.seen],
    }
    if look is not None and isinstance(look.made, Look):
        made = look.made
        said["message"] = {
            "kind": look.kind,
            "name": look.name,
            "to": made.to,
            "subject": made.subject,
            "text": made.text,
            "html": keep(made),
            "language": made.language,
            "problem": made.problem,
        }
    return said


def _says(scene: Scene, zone: str) -> str:
    """What came of a step, in the reader's language."""
    result = scene.result
    waits = _WAITS.fullmatch(result)
    if waits is not None:
        at = datetime.fromisoformat(waits["at"]).replace(tzinfo=ZoneInfo(zone))
        until = local(int(at.timestamp() * 1000), zone, "%a %d %b, %H:%M")
        said = _("waits until {moment}", moment=until)
        return f"{retold(waits['why'], REASONS)}, {said}" if waits["why"] else said
    if scene.outcome in ("entered", "ended"):
        word, _comma, why = result.partition(", ")
        words = _("comes in") if word == "entered" else _("leaves")
        return f"{words}: {retold(why, REASONS)}" if why else words
    for head, words in _HEADS.items():
        if result.startswith(head):
            rest = result.removeprefix(head)
            if head.startswith("sent by"):
                rest = _(CHANNELS[rest]) if rest in CHANNELS else rest
            return _(words, what=retold(rest, REASONS))
    return retold(result, REASONS)


def plain_value(value: Any) -> str:
    if value is None:
        return _("empty")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | set | frozenset | tuple):
        return ", ".join(str(one) for one in value)
    return str(value)


def way(graph: StepGraph, source: str, target: str) -> list[str]:
    """The edges between two steps that were passed one after the other, through empty places."""
    kinds = {node.id: node.kind for node in graph.nodes}
    reached: dict[str, list[str]] = {source: []}
    waiting = [source]
    while waiting:
        here = waiting.pop(0)
        for edge in graph.edges:
            if edge.source != here or edge.target in reached:
                continue
            arm = "" if edge.arm is None else arm_name(edge.arm)
            led = [*reached[here], f"{here}/{arm}"]
            if edge.target == target:
                return led
            if kinds.get(edge.target) == "go_on":
                reached[edge.target] = led
                waiting.append(edge.target)
    return []
