"""Compares what a test expected with what came. Pure: a script and a chronicle in, failures out.

The messages to the customer must be exactly those expected, in that order; notifications, calls and
what is shown on the site are looked for in any order and need not be complete.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from dsl import tree
from engine.core.model import SECOND, Instant
from engine.lab import wording
from engine.lab.outcome import Chronicle, Ending, Failure, Message, Place, Scene
from engine.lab.script import Script

LONGEST_STEP = 40
"""Letters of a step that are shown on the way to a message."""

LONGEST_WAY = 6
"""Steps that are shown of the way to a message: the first and the last ones."""


def judge(script: Script, chronicle: Chronicle, file: str) -> tuple[Failure, ...]:
    """Every expectation that does not hold, in the order of the test's lines."""
    verdict = _Verdict(script, chronicle, file)
    failures = [*verdict.trouble(), *verdict.messages(), *verdict.others()]
    return tuple(sorted(failures, key=lambda it: it.place.line))


class _Verdict:
    def __init__(self, script: Script, chronicle: Chronicle, file: str) -> None:
        self.script = script
        self.seen = chronicle
        self.file = file

    # --- messages --------------------------------------------------------------------------

    def messages(self) -> Iterator[Failure]:
        expected = [it for it in self.script.expectations if isinstance(it, tree.ExpectMessage)]
        came = [it for it in self.seen.messages if it.to_customer]
        nothing = [it for it in self.script.expectations if isinstance(it, tree.ExpectNothing)]
        blamed: set[int] = set()
        for line in nothing:
            against = [it for it in came if line.channel in (None, it.kind)]
            if against:
                blamed.update(map(id, against))
                yield self._unwanted(line, against)
        wanted_keys = [(it.channel, it.message) for it in expected]
        came_keys = [(it.kind, it.name) for it in came]
        matcher = SequenceMatcher(None, wanted_keys, came_keys, autojunk=False)
        for kind, i1, i2, j1, j2 in matcher.get_opcodes():
            if kind == "equal":
                for wanted, message in zip(expected[i1:i2], came[j1:j2], strict=True):
                    if wanted.when and not self._on_time(wanted.when, message.at):
                        yield self._late(wanted, message)
                continue
            for wanted in expected[i1:i2]:
                yield self._missing(wanted, came)
            for message in came[j1:j2]:
                if id(message) in blamed or self._is_elsewhere(message, expected[i1:i2]):
                    continue
                yield self._extra(message, wanted_keys)

    def _on_time(self, when: tree.When, at: Instant) -> bool:
        return self.script.due(when) // SECOND == at // SECOND

    def _unwanted(self, line: tree.ExpectNothing, came: Sequence[Message]) -> Failure:
        sentence = (
            f"{self._name(came[0])} came {self._when(came[0].at)}"
            if len(came) == 1
            else f"{len(came)} messages came"
        )
        because = () if len(came) == 1 else tuple(map(self._arrival, came))
        return self._failure(line, sentence, (*because, *self._way_to(came[0])))

    def _late(self, line: tree.ExpectMessage, message: Message) -> Failure:
        return self._failure(line, f"came {self._when(message.at)}", self._way_to(message))

    def _missing(self, line: tree.ExpectMessage, came: Sequence[Message]) -> Failure:
        same = [it for it in came if (it.kind, it.name) == (line.channel, line.message)]
        if same:
            wanted = sum(
                isinstance(it, tree.ExpectMessage)
                and (it.channel, it.message) == (line.channel, line.message)
                for it in self.script.expectations
            )
            if wanted > len(same):
                times = "once" if len(same) == 1 else f"{len(same)} times"
                sentence = f"came only {times}, not {wanted} times"
            else:
                sentence = f"came in another place of the order, {self._when(same[0].at)}"
            return self._failure(line, sentence, tuple(map(self._arrival, came)))
        other = [it for it in came if it.name == line.message]
        if other:
            sentence = f"came as {other[0].kind} instead, {self._when(other[0].at)}"
            return self._failure(line, sentence, self._way_to(other[0]))
        return self._failure(line, "never came", self._why_not(line.message, came))

    def _is_elsewhere(self, message: Message, missing: Sequence[tree.ExpectMessage]) -> bool:
        """Whether a line of this gap has spoken of the message already."""
        return any(it.message == message.name for it in missing)

    def _extra(self, message: Message, wanted: Sequence[tuple[str, str]]) -> Failure:
        known = (message.kind, message.name) in wanted
        again = " once more" if known else ""
        sentence = f"{self._name(message)} came{again} {self._when(message.at)}"
        return Failure(
            place=Place(self.file, self.script.test.span.line),
            expected="expect no other message",
            sentence=sentence,
            because=self._way_to(message),
        )

    def _why_not(self, name: str, came: Sequence[Message]) -> tuple[str, ...]:
        """Why a message did not go out, as far as the story tells it."""
        if not self.seen.entered:
            return self._why_nobody_entered()
        reasons = [
            self._scene(it)
            for it in self.seen.story
            if it.result.startswith(("skipped", "held", "failed"))
            and it.what.startswith("send ")
            and name in it.what.split()
        ]
        reasons += [self._ended(it) for it in self.seen.endings if it.how != "finished"]
        if not reasons:
            reasons = [
                self._scene(it) for it in self.seen.story if it.result.startswith("not entered")
            ]
        if came:
            reasons.append("instead came " + ", ".join(map(self._short, came)))
        return tuple(reasons)

    def _why_nobody_entered(self) -> tuple[str, ...]:
        doors = [self._scene(it) for it in self.seen.story if it.result.startswith("not entered")]
        return ("nobody entered", *doors)

    # --- everything else -------------------------------------------------------------------

    def trouble(self) -> Iterator[Failure]:
        if self.seen.trouble:
            yield Failure(
                place=Place(self.file, self.script.test.span.line),
                expected="expect an end",
                sentence=self.seen.trouble,
            )

    def others(self) -> Iterator[Failure]:
        left = [it for it in self.seen.messages if not it.to_customer]
        endings = [it for it in self.seen.endings if it.how != "finished"]
        for line in self.script.expectations:
            match line:
                case tree.ExpectOther():
                    found = next(
                        (
                            it
                            for it in left
                            if it.kind == line.kind and line.name in (it.name, it.staff)
                        ),
                        None,
                    )
                    if found is None:
                        yield self._no_other(line)
                    else:
                        left.remove(found)
                case tree.ExpectExit():
                    matching = [it for it in endings if self._fits(line, it)]
                    in_time = [
                        it
                        for it in matching
                        if line.when is None or self._on_time(line.when, it.at)
                    ]
                    if in_time:
                        endings.remove(in_time[0])
                    elif matching:
                        yield self._failure(
                            line, f"was left {self._when(matching[0].at)}", self._way(matching[0])
                        )
                    else:
                        yield self._no_exit(line)
                case tree.ExpectGoal():
                    yield from self._goal(line)
                case tree.ExpectTag() if line.tag not in self.seen.tags:
                    tags = ", ".join(f'"{it}"' for it in sorted(self.seen.tags)) or "none"
                    yield self._failure(line, f"the customer's tags at the end: {tags}")
                case _:
                    pass

    def _no_other(self, line: tree.ExpectOther) -> Failure:
        verb = {"notify": "notified", "call": "called", "show": "shown"}[line.kind]
        came = [it for it in self.seen.messages if it.kind == line.kind]
        because = [self._arrival(it) for it in came]
        because += [
            self._scene(it)
            for it in self.seen.story
            if it.what.startswith(f"{line.kind} ") and line.name in it.what.split()
        ]
        return self._failure(line, f"never {verb}", tuple(because))

    def _fits(self, line: tree.ExpectExit, ending: Ending) -> bool:
        if line.by is not None and ending.by != line.by:
            return False
        return line.reason is None or ending.reason == line.reason

    def _no_exit(self, line: tree.ExpectExit) -> Failure:
        if not self.seen.entered:
            return self._failure(line, *_head_and_rest(self._why_nobody_entered()))
        if not self.seen.endings:
            return self._failure(line, "no run has ended")
        how = tuple(self._ended(it) for it in self.seen.endings)
        left_once = any(it.how != "finished" for it in self.seen.endings)
        sentence = "no exit like this" if left_once else "nobody left before the last step"
        return self._failure(line, sentence, how)

    def _goal(self, line: tree.ExpectGoal) -> Iterator[Failure]:
        windows = [it for it in self.seen.goals if it.flow == self.script.test.flow]
        reached = [it for it in windows if it.reached_at is not None]
        if not windows:
            sentence = (
                "the flow has no goal"
                if self.seen.entered
                else "nobody entered, so there was no goal to reach or miss"
            )
            yield self._failure(line, sentence)
        elif line.outcome == "reached" and not reached:
            window = windows[-1]
            yield self._failure(line, f"missed: its time was over {self._when(window.closes_at)}")
        elif line.outcome == "missed" and reached:
            at = reached[0].reached_at
            assert at is not None
            yield self._failure(line, f"reached {self._when(at)}")

    # --- words -----------------------------------------------------------------------------

    def _failure(
        self, line: wording.Expectation, sentence: str, because: tuple[str, ...] = ()
    ) -> Failure:
        return Failure(
            place=Place(self.file, line.span.line),
            expected=wording.expectation(line),
            sentence=sentence,
            because=because,
        )

    def _when(self, at: Instant) -> str:
        zone = self.seen.zone
        after = wording.elapsed(self.script.start, at, zone)
        return f"after {after}, on {wording.moment(at, zone)}"

    @staticmethod
    def _name(message: Message) -> str:
        return f"{message.kind} {message.name}"

    def _short(self, message: Message) -> str:
        after = wording.elapsed(self.script.start, message.at, self.seen.zone)
        return f"{self._name(message)} after {after}"

    def _arrival(self, message: Message) -> str:
        return f"{message.place}: {self._name(message)} {self._when(message.at)}"

    def _scene(self, scene: Scene) -> str:
        place = f"{scene.place}: " if scene.place else ""
        return f"{place}{scene.what}: {scene.result}, {wording.moment(scene.at, self.seen.zone)}"

    def _ended(self, ending: Ending) -> str:
        place = f"{ending.place}: " if ending.place else ""
        how = {"finished": "came to its last step", "stopped": "was stopped"}.get(
            ending.how, "exit"
        )
        by = f" by {ending.by}" if ending.by else ""
        reason = f' "{ending.reason}"' if ending.reason else ""
        return f"{place}{ending.flow}: {how}{by}{reason} {self._when(ending.at)}"

    def _way_to(self, message: Message) -> tuple[str, ...]:
        """The steps that led to a message."""
        return self._steps(message.run, message.at, message.place)

    def _way(self, ending: Ending) -> tuple[str, ...]:
        return self._steps(ending.run, ending.at, ending.place)

    def _steps(self, run: int, until: Instant, last: Place | None) -> tuple[str, ...]:
        steps: list[str] = []
        for scene in self.seen.story:
            if scene.run != run or scene.at > until:
                continue
            if scene.place is not None:
                steps.append(f"line {scene.place.line} {_short(scene.what)}")
            if scene.at == until and scene.place == last:
                break
        way = list(dict.fromkeys(steps))
        if len(way) > LONGEST_WAY:
            way = [way[0], "…", *way[1 - LONGEST_WAY :]]
        return ("through " + " → ".join(way),) if way else ()


def _head_and_rest(sentences: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    return sentences[0], sentences[1:]


def _short(words: str) -> str:
    return words if len(words) <= LONGEST_STEP else f"{words[: LONGEST_STEP - 1].rstrip()}…"
