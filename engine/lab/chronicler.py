"""Writes down what a world's changes mean, in the words of the flows, with their lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dsl import tree
from dsl.graph.graph import GraphNode, StepGraph
from engine.core.changes import Changes
from engine.core.dispatch import CustomerState
from engine.core.model import (
    Cancelled,
    Emitted,
    EntrySkipped,
    History,
    Instant,
    Intent,
    Outcome,
    Run,
)
from engine.lab import wording
from engine.lab.conditions import Conditions
from engine.lab.outcome import (
    Chronicle,
    Ending,
    Given,
    GoalWindow,
    How,
    Kind,
    Message,
    Place,
    Scene,
    Tracked,
)  # fmt: skip
from engine.lab.script import Cue, Script
from engine.lab.watching import Seen

_HOW: dict[str, How] = {
    "finished": "finished",
    "exit": "exit",
    "event": "exit",
    "condition": "exit",
}


@dataclass(slots=True)
class Source:
    """A flow's graph, the file that it stands in and that file's lines."""

    file: str
    graph: StepGraph
    text: Sequence[str]
    nodes: Mapping[str, GraphNode] = field(init=False)

    def __post_init__(self) -> None:
        self.nodes = {node.id: node for node in self.graph.nodes}

    def place(self, node: str) -> Place:
        return Place(self.file, self.nodes[node].line)

    def words(self, node: str) -> str:
        """The step's first line as it is written, without its comment and colon."""
        step = self.nodes[node]
        written = self.text[step.line - 1].strip()
        tail = getattr(step.step, "tail", "")
        if tail:
            written = written.removesuffix(tail).rstrip().removesuffix("#").rstrip()
        return written.removesuffix(":") or step.label


class Chronicler:
    """`file` is the test's, `sources` are the flows that run in it."""

    def __init__(
        self,
        script: Script,
        file: str,
        sources: Mapping[str, Source],
        conditions: Conditions,
        seen: Seen | None = None,
    ) -> None:
        """`seen` are the values that branches look at, where somebody writes them down."""
        self.seen = seen
        self.script = script
        self.file = file
        self.sources = sources
        self.conditions = conditions
        self.coupons: list[Given] = []
        self.tracked: list[Tracked] = []
        self.story: list[Scene] = []
        self.messages: list[Message] = []
        self.runs: dict[int, Run] = {}
        self.steps: dict[int, str] = {}
        self._sent: list[tuple[Intent, Message]] = []
        self._going: dict[str, int] = {}
        self._withdrawn: dict[int, Cancelled] = {}
        self._trouble = ""
        self.steps_taken = 0

    # --- what is told ----------------------------------------------------------------------

    def play(self, cue: Cue) -> None:
        place = Place(self.file, cue.line)
        self.story.append(Scene(cue.at, wording.play(cue.play), place=place))

    def note(self, changes: Changes) -> None:
        """Everything that one turn of the lane brought. Messages have still to go."""
        for run in changes.entered:
            self.runs[run.id] = run
        for skipped in changes.skipped:
            self._not_entered(skipped)
        self.steps_taken += len(changes.history)
        going = {(it.run, it.step): it.key for it in changes.intents}
        for row in changes.history:
            self._step(row)
            self._given(row)
            key = going.get((row.run, row.node)) if row.outcome == "done" else None
            if key is not None:
                self._going[key] = len(self.story) - 1
        for withdrawn in changes.withdrawn:
            self._withdrawn[withdrawn.run] = withdrawn
        for show in changes.shows:
            self._out("show", show.message, show.run, show.step, show.at)
        for call in changes.calls:
            self._out("call", call.webhook, call.run, call.step, call.at)
        for emitted in changes.emitted:
            source = self.sources[self.runs[emitted.run].flow]
            if isinstance(source.nodes[emitted.step].step, tree.Track):
                self.tracked.append(self._tracked(emitted, source.place(emitted.step)))

    def _tracked(self, emitted: Emitted, place: Place) -> Tracked:
        event = emitted.event
        shown = self.conditions.shown(event.name, event.properties)
        return Tracked(event.name, event.properties, shown, event.occurred_at, emitted.run, place)

    def _given(self, row: History) -> None:
        """A coupon is given when its step is passed, whichever message draws the code."""
        source = self.sources[self.runs[row.run].flow]
        step = source.nodes[row.node].step
        if isinstance(step, tree.GiveCoupon) and row.outcome == "done":
            self.coupons.append(Given(step.coupon, row.at, row.run, source.place(row.node)))

    def sent(self, intent: Intent, at: Instant, made: Any = None) -> None:
        kind: Kind = "notify" if intent.recipient == "staff" else intent.channel
        message = self._out(kind, intent.message, intent.run, intent.step, at, intent.staff, made)
        self._sent.append((intent, message))
        to = intent.staff if intent.recipient == "staff" else intent.channel
        self._went(intent, at, f"sent to {to}" if kind == "notify" else f"sent by {to}")

    def withheld(self, intent: Intent, at: Instant, reason: str) -> None:
        self._went(intent, at, f"skipped: {reason}", "skipped")

    def _went(self, intent: Intent, at: Instant, result: str, outcome: Outcome = "done") -> None:
        """What became of a message stands where the run reached it, if that was just now."""
        index = self._going.pop(intent.key, None)
        if index is not None and self.story[index].at == at:
            self.story[index] = replace(self.story[index], result=result, outcome=outcome)
        else:
            self._scene(at, intent.run, intent.step, result, outcome=outcome)

    def never_ends(self, at: Instant, steps: int) -> None:
        reached = wording.clock(at, self.script.zone)
        self._trouble = f"never ends: after {steps:,} steps it has only come to {reached}"

    def latest(self, name: str, kind: str | None) -> Intent | None:
        """The latest message of that label or name that went out, for `click_email of first`."""
        for intent, message in reversed(self._sent):
            node = self.sources[intent.flow].nodes[intent.step]
            if name in (node.name, intent.message) and kind in (None, message.kind):
                return intent
        return None

    def message_of(self, name: str) -> str:
        """The message behind a label of the tested flow; a message's name stands for itself."""
        for node in self.sources[self.script.test.flow].graph.nodes:
            if node.name == name and isinstance(node.step, tree.Send | tree.Show):
                return node.step.message
        return name

    # --- what is asked at the end ------------------------------------------------------------

    def chronicle(
        self, ended_at: Instant, lane: CustomerState, next_at: Instant | None = None
    ) -> Chronicle:
        runs = self.runs.values()
        story = self.story if runs else [*self.story, *self._closed_doors(ended_at)]
        return Chronicle(
            zone=self.script.zone,
            started_at=self.script.start,
            ended_at=ended_at,
            messages=tuple(self.messages),
            story=tuple(story),
            endings=tuple(self._ending(run) for run in runs if run.state == "ended"),
            goals=tuple(
                GoalWindow(run.flow, run.id, run.entered_at, run.goal_until, run.goal_at)
                for run in runs
                if run.goal_until is not None
            ),
            tags=frozenset(lane.facts.tags),
            coupons=tuple(self.coupons),
            tracked=tuple(self.tracked),
            answers=self.conditions.answers(lane.facts, ended_at),
            entered=len(self.runs),
            trouble=self._trouble,
            next_at=next_at,
        )

    def _ending(self, run: Run) -> Ending:
        assert run.ended_at is not None
        step = self.steps.get(run.id)
        left = self._withdrawn.get(run.id)
        how: How
        by: str | None
        if left is not None:
            # It had come to its end, but an exit took its last message back.
            how, by = "exit", left.reason
        else:
            how = _HOW.get(run.end_kind or "", "stopped")
            by = run.end_reason if run.end_kind == "event" else None
        return Ending(
            at=run.ended_at,
            flow=run.flow,
            run=run.id,
            how=how,
            by=by,
            reason=run.end_reason or None,
            place=self.sources[run.flow].place(step) if step else None,
        )

    def _closed_doors(self, at: Instant) -> Iterator[Scene]:
        """Why nobody entered, where no entry was refused: what the flow waited for."""
        if any(scene.result.startswith("not entered") for scene in self.story):
            return
        source = self.sources[self.script.test.flow]
        for header in source.graph.flow.headers:
            if isinstance(header, tree.Enter):
                line = header.span.line
                words = source.text[line - 1].strip()
                asks = isinstance(header.trigger, tree.OnHappening | tree.Manually)
                result = "it did not happen"
                if not asks and self.script.until is None:
                    result = "the calendar stands still in a test without `run for`"
                place = Place(source.file, line)
                yield Scene(at, words, f"not entered: {result}", place=place)

    # --- scenes ----------------------------------------------------------------------------

    def _not_entered(self, skipped: EntrySkipped) -> None:
        source = self.sources[skipped.flow]
        place = Place(source.file, source.graph.flow.span.line)
        result = f"not entered: {skipped.reason}"
        flow = skipped.flow
        scene = Scene(skipped.at, flow, result, flow, 0, place, "entry", "skipped")
        self.story.append(scene)

    def _step(self, row: History) -> None:
        if row.outcome in {"waiting", "held"}:
            until = "" if row.until is None else wording.moment(row.until, self.script.zone)
            why = f"{row.detail} " if row.detail else ""
            result = f"{row.outcome}: {why}until {until}" if until else row.outcome
        elif row.outcome in ("done", "moved"):
            result = row.detail
        elif row.outcome in ("entered", "ended"):
            result = f"{row.outcome}, {row.detail}" if row.detail else row.outcome
        else:
            result = f"{row.outcome}: {row.detail}" if row.detail else row.outcome
        seen = self.seen.at(row.run, row.node) if self.seen and row.outcome == "done" else ()
        self._scene(row.at, row.run, row.node, result, outcome=row.outcome, seen=seen)

    def _scene(
        self,
        at: Instant,
        run: int,
        node: str,
        result: str,
        *,
        outcome: Outcome = "done",
        seen: tuple[tuple[str, Any], ...] = (),
    ) -> None:
        flow = self.runs[run].flow
        source = self.sources[flow]
        self.steps[run] = node
        what = flow if outcome in ("entered", "ended") else source.words(node)
        place = source.place(node)
        self.story.append(Scene(at, what, result, flow, run, place, node, outcome, seen))

    def _out(
        self,
        kind: Kind,
        name: str,
        run: int,
        step: str,
        at: Instant,
        staff: str | None = None,
        made: Any = None,
    ) -> Message:
        flow = self.runs[run].flow
        place = self.sources[flow].place(step)
        message = Message(kind, name, at, flow, run, place, staff, step, made)
        self.messages.append(message)
        return message
