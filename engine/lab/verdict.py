"""Compares what a test expected with what came. Pure: a script and a chronicle in, failures out.

The messages to the customer must be exactly those expected, in that order; notifications, calls and
what is shown on the site are looked for in any order and need not be complete.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from dsl import tree
from engine.core.model import SECOND, Instant
from engine.lab import wording
from engine.lab.explanation import Explanation
from engine.lab.outcome import (
    Chronicle,
    Ending,
    Failure,
    Given,
    Message,
    Place,
    Tracked,
)  # fmt: skip
from engine.lab.script import Script

_VERBS = {"notify": "notified", "call": "called", "show": "shown"}


def judge(script: Script, chronicle: Chronicle, file: str) -> tuple[Failure, ...]:
    """Every expectation that does not hold, in the order of the test's lines."""
    verdict = _Verdict(script, chronicle, file)
    failures = [*verdict.trouble(), *verdict.messages(), *verdict.others()]
    return tuple(sorted(failures, key=lambda it: it.place.line))


class _Verdict(Explanation):
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
        codes = matcher.get_opcodes()
        pairs = [
            (expected[i1 + n], came[j1 + n])
            for kind, i1, i2, j1, _ in codes
            if kind == "equal"
            for n in range(i2 - i1)
        ]
        left = [it for kind, _, _, j1, j2 in codes if kind != "equal" for it in came[j1:j2]]
        for kind, i1, i2, j1, j2 in codes:
            if kind == "equal":
                for wanted, message in zip(expected[i1:i2], came[j1:j2], strict=True):
                    if wanted.when and not self._on_time(wanted.when, message.at):
                        yield self._late(wanted, message)
                continue
            for wanted in expected[i1:i2]:
                key = (wanted.channel, wanted.message)
                swapped = next((it for it in left if (it.kind, it.name) == key), None)
                if swapped is None:
                    yield self._missing(wanted, came)
                else:
                    blamed.add(id(swapped))
                    left.remove(swapped)
                    yield self._swapped(wanted, swapped, pairs, came)
        for kind, i1, i2, j1, j2 in codes:
            if kind == "equal":
                continue
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
            times = "once" if len(same) == 1 else f"{len(same)} times"
            sentence = f"came only {times}, not {wanted} times"
            return self._failure(line, sentence, tuple(map(self._arrival, came)))
        other = [it for it in came if it.name == line.message]
        if other:
            sentence = f"came as {other[0].kind} instead, {self._when(other[0].at)}"
            return self._failure(line, sentence, self._way_to(other[0]))
        return self._failure(line, "never came", self._why_not(line.message, came))

    def _swapped(
        self,
        line: tree.ExpectMessage,
        message: Message,
        pairs: Sequence[tuple[tree.ExpectMessage, Message]],
        came: Sequence[Message],
    ) -> Failure:
        """What is expected came, but not in this order: both times, of it and of another."""
        at = next(n for n, it in enumerate(came) if it is message)
        for other, its in pairs:
            first = other.span.line < line.span.line
            if first != (next(n for n, it in enumerate(came) if it is its) < at):
                sentence = (
                    f"came in another order: it came {self._when(message.at)}, and "
                    f"{self._name(its)}, which is expected {'before' if first else 'after'} it, "
                    f"{self._when(its.at)}"
                )
                return self._failure(line, sentence, tuple(map(self._arrival, came)))
        sentence = f"came in another place of the order, {self._when(message.at)}"
        return self._failure(line, sentence, tuple(map(self._arrival, came)))

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
                case _:
                    yield from self._end(line)

    def _end(self, line: wording.Expectation) -> Iterator[Failure]:
        """What is looked at when all is over: what did not happen, and what is so."""
        match line:
            case tree.ExpectNoOther():
                verb = _VERBS[line.kind]
                against = [
                    it
                    for it in self.seen.messages
                    if it.kind == line.kind and line.name in (None, it.name, it.staff)
                ]
                if against:
                    first = against[0]
                    sentence = f"{first.name} was {verb} {self._when(first.at)}"
                    if line.kind == "notify":
                        sentence = f"{first.staff} was notified {self._when(first.at)}"
                    yield self._failure(line, sentence, self._way_to(first))
            case tree.ExpectNoExit():
                left = [it for it in self.seen.endings if it.how == "exit"]
                if left:
                    yield self._failure(
                        line,
                        self._ended(left[0]),
                        (*self._way(left[0]), *map(self._ended, left[1:])),
                    )
            case tree.ExpectTag() if (line.tag in self.seen.tags) == line.none:
                tags = ", ".join(f'"{it}"' for it in sorted(self.seen.tags)) or "none"
                yield self._failure(line, f"the customer's tags at the end: {tags}")
            case tree.ExpectCoupon():
                given = [it for it in self.seen.coupons if it.coupon == line.coupon]
                if given and line.none:
                    yield self._did(line, "given", given[0])
                elif not given and not line.none:
                    others = ", ".join(dict.fromkeys(it.coupon for it in self.seen.coupons))
                    yield self._did_not(line, "given", others)
            case tree.ExpectTrack():
                wanted = self.script.tracked.get(line.span.line, {})
                named = [it for it in self.seen.tracked if it.event == line.event]
                fitting = [it for it in named if _has(it.properties, wanted)]
                if fitting and line.none:
                    yield self._did(line, "tracked", fitting[0])
                elif not fitting and not line.none:
                    others = ", ".join(map(self._properties, named))
                    yield self._did_not(line, "tracked", others)
            case tree.ExpectCondition():
                answer = next(it for it in self.seen.answers if it.line == line.span.line)
                if not answer.holds:
                    found = ", ".join(
                        f"{path} is {'empty' if value is None else _plain(value)}"
                        for path, value in answer.found
                    )
                    sentence = (
                        f"does not hold at the end: {found}"
                        if found
                        else "does not hold at the end"
                    )
                    because = () if self.seen.entered else self._why_nobody_entered()
                    yield self._failure(line, sentence, because)
            case _:
                pass

    def _properties(self, tracked: Tracked) -> str:
        told = ", ".join(f"{name}: {_plain(value)}" for name, value in tracked.shown.items())
        return f"{tracked.event} ({told})" if told else tracked.event

    def _did(self, line: wording.Expectation, verb: str, what: Given | Tracked) -> Failure:
        way = self._steps(what.run, what.at, what.place)
        return self._failure(line, f"{verb} {self._when(what.at)}", way)

    def _did_not(self, line: wording.Expectation, verb: str, others: str) -> Failure:
        if not self.seen.entered:
            return self._failure(line, f"never {verb}", self._why_nobody_entered())
        instead = f", but {others}" if others else ""
        reasons = tuple(self._ended(it) for it in self.seen.endings if it.how != "finished")
        return self._failure(line, f"never {verb}{instead}", reasons)

    def _no_other(self, line: tree.ExpectOther) -> Failure:
        verb = _VERBS[line.kind]
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


def _head_and_rest(sentences: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    return sentences[0], sentences[1:]


def _has(properties: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether these are among the properties; dates and times as they are written."""
    return all(
        properties.get(name) == value or _plain(properties.get(name)) == _plain(value)
        for name, value in wanted.items()
    )


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
