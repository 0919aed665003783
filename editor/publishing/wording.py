"""What a plan says, in the words and the language of whoever reads the page."""

from __future__ import annotations

from collections.abc import Iterator

from dsl.graph.spoken import spoken
from editor.language import _, ngettext, noop
from engine.publishing.plan import Fate, FlowPlan, People, Plan, Timing
from engine.publishing.routes import How

STATES = {"new": noop("new"), "changed": noop("changed"), "removed": noop("taken off")}
FILE_CHANGES = {"new": noop("new"), "changed": noop("changed"), "gone": noop("deleted")}

_FATES: dict[Fate, str] = {
    "stay": noop("They stay where they are."),
    "finish": noop("They finish version %(number)s."),
    "leave": noop("They leave the flow, as “moved” says."),
    "look again": noop("They are looked at again, at %(place)s."),
    "take": noop("They come to %(place)s at once."),
    "stay at": noop("They stay, now at %(place)s."),
    "retimed": noop("They stay, now at %(place)s, timed from when each of them came to it."),
    "anew": noop(
        "They stay, now at %(place)s, as if it had been so since each of them came to it."
    ),
    "moved": noop("They go to %(place)s at once, as “moved” says."),
    "next": noop("Their step is gone: they go on to %(place)s at once."),
}
_MOVES: dict[How, str] = {
    "same": noop("stayed at “%(step)s”"),
    "changed": noop("stayed at “%(step)s”, which is now “%(target)s”"),
    "next": noop("went on from “%(step)s” to “%(target)s”"),
    "moved": noop("went from “%(step)s” to “%(target)s”, as “moved” says"),
    "exit": noop("left the flow from “%(step)s”, as “moved” says"),
    "finish": noop("finish the version that they are in, at “%(step)s”"),
}


class Labels:
    """What the steps that a plan speaks of are called in the reader's language."""

    def __init__(self, plan: Plan) -> None:
        self._graphs = plan.graphs
        self._said: dict[tuple[str, int], dict[str, str]] = {}

    def of(self, flow: str, version: int | None, step: str) -> str:
        """The label of a step of a version; of one that is not kept its id."""
        place = (flow, version or 0)
        if place not in self._said:
            graph = self._graphs.get(place)
            nodes = () if graph is None else spoken(graph, _).nodes
            self._said[place] = {node.id: node.label for node in nodes}
        return self._said[place].get(step, step)

    def target_of(self, flow: FlowPlan, one: People) -> str:
        """The step that people come to, "" for none."""
        if one.target is None:
            return ""
        own = one.fate == "finish" or flow.next_version is None
        return self.of(flow.flow, one.version if own else flow.next_version, one.target)


def fate_of(flow: FlowPlan, one: People, labels: Labels) -> str:
    """What becomes of people at a step, a sentence."""
    there = labels.target_of(flow, one)
    place = _("the end of the flow") if one.to_end else _("“{step}”").format(step=there)
    return _(_FATES[one.fate]) % {"number": one.version, "place": place}


def times_of(timing: Timing) -> Iterator[str]:
    """How the waits of these people end, in parts."""
    if timing.earlier:
        yield ngettext("%(num)s goes on earlier", "%(num)s go on earlier", timing.earlier) % {
            "num": timing.earlier
        }
    if timing.later:
        yield ngettext("%(num)s goes on later", "%(num)s go on later", timing.later) % {
            "num": timing.later
        }
    if timing.as_before:
        yield ngettext("%(num)s goes on as before", "%(num)s go on as before", timing.as_before) % {
            "num": timing.as_before
        }
    if timing.at_once:
        yield ngettext("%(num)s goes on at once", "%(num)s go on at once", timing.at_once) % {
            "num": timing.at_once
        }
    if timing.too_late:
        yield ngettext(
            "of them %(num)s is so late that the next message is skipped",
            "of them %(num)s are so late that their next messages are skipped",
            timing.too_late,
        ) % {"num": timing.too_late}


def move_of(how: How, step: str, target: str) -> str:
    """What became of people who stood at a step, behind "12 people"."""
    return _(_MOVES[how]) % {"step": step, "target": target or _("the end of the flow")}


def saved_by(saver: str, me: str) -> str:
    """Who saved a file, as the reader knows them."""
    if saver == me:
        return _("you")
    if saver.startswith("demo "):
        return _("somebody in another browser")
    return saver
