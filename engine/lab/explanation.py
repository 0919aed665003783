"""How a failure is told: what came when, through which steps, and why nobody entered."""

from __future__ import annotations

from engine.core.model import Instant
from engine.lab import wording
from engine.lab.outcome import Chronicle, Ending, Failure, Message, Place, Scene
from engine.lab.script import Script

LONGEST_STEP = 40
"""Letters of a step that are shown on the way to a message."""

LONGEST_WAY = 6
"""Steps that are shown of the way to a message: the first and the last ones."""


class Explanation:
    """Sentences about what a test saw, in its store's time and with the lines of its flows."""

    def __init__(self, script: Script, chronicle: Chronicle, file: str) -> None:
        self.script = script
        self.seen = chronicle
        self.file = file

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

    def _why_nobody_entered(self) -> tuple[str, ...]:
        doors = [self._scene(it) for it in self.seen.story if it.result.startswith("not entered")]
        return ("nobody entered", *doors)


def _short(words: str) -> str:
    return words if len(words) <= LONGEST_STEP else f"{words[: LONGEST_STEP - 1].rstrip()}…"
