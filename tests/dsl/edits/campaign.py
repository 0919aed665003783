"""Every kind of edit at every place of a flow, and files as untidy as people leave them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random

from dsl import edits, tree
from dsl.edits.places import Places, open_way, ways_of
from dsl.graph.graph import ELSE
from dsl.parsing.parser import Parsed

SNIPPETS = (
    "wait 1 day",
    '# why\nsend email cart_reminder as first_touch:  # behind\n  # before\n  subject "Hi"\n',
    "if cart is empty:\n  go on\nelse:\n  go on",
)
ENTRY = "entry"


@dataclass(frozen=True, slots=True)
class Act:
    """One edit, to be made on demand."""

    kind: str
    where: str
    make: Callable[[], edits.Edited]


def spots(places: Places) -> list[str]:
    """Every place of a flow where a step can be put."""
    found = ["first"]
    for node in places.nodes.values():
        assert not isinstance(node.step, tree.Flow)
        if _at_home(places, node.step):
            found.append(f"after:{node.id}")
        ways = [arm for arm, _ in ways_of(node.step)]
        ways += [arm for arm in (0, ELSE) if arm not in ways and _opens(node.step, arm)]
        found += [f"into:{node.id}:{'else' if arm == ELSE else arm}" for arm in ways]
    return found


def _at_home(places: Places, step: tree.Step) -> bool:
    try:
        places.home(step)
    except edits.Refusal:
        return False
    return True


def _opens(step: tree.Step, arm: int) -> bool:
    try:
        open_way(step, arm)
    except edits.Refusal:
        return False
    return True


def acts(parsed: Parsed, flow: str) -> Iterator[Act]:
    """Every kind of edit at every place where the drawing offers it."""
    places = Places(parsed, flow)
    every = spots(places)
    for at in every:
        for n, text in enumerate(SNIPPETS):
            yield Act(
                f"insert {n}", at, lambda at=at, text=text: edits.insert(parsed, flow, at, text)
            )
    for name, node in places.nodes.items():
        step = node.step
        assert not isinstance(step, tree.Flow)
        if not _at_home(places, step):
            if not _alone(places, name):
                yield Act("delete", name, lambda name=name: edits.delete(parsed, flow, [name]))
            continue
        block, index = places.home(step)
        one = [name]
        yield Act("delete", name, lambda one=one: edits.delete(parsed, flow, one))
        yield Act("wrap", name, lambda one=one: edits.wrap(parsed, flow, one))
        if not isinstance(step, tree.GoOn):
            yield Act("off", name, lambda one=one: edits.off(parsed, flow, one))
        if not isinstance(step, tree.Unreadable):
            yield Act("duplicate", name, lambda name=name: edits.duplicate(parsed, flow, name))
            yield Act(
                "note",
                name,
                lambda name=name, step=step: edits.replace_step(
                    parsed,
                    flow,
                    name,
                    replace(step, lead=("one", "", "two")),
                ),
            )
            yield Act(
                "tail",
                name,
                lambda name=name, step=step: edits.replace_step(
                    parsed,
                    flow,
                    name,
                    replace(step, tail="" if step.tail else "behind"),
                ),
            )
            yield Act(
                "another",
                name,
                lambda name=name: edits.replace_step(
                    parsed,
                    flow,
                    name,
                    tree.AddTag("x"),
                ),
            )
        if isinstance(step, tree.LabelledStatement):
            yield Act(
                "label",
                name,
                lambda name=name, step=step: edits.replace_step(
                    parsed,
                    flow,
                    name,
                    replace(step, label="another_name"),
                    live={step.label or ""},
                ),
            )
        if _flips(step):
            yield Act("flip", name, lambda name=name: edits.flip(parsed, flow, name))
        if _grows(step):
            yield Act("add way", name, lambda name=name: edits.add_way(parsed, flow, name))
        for arm in _goes(step):
            yield Act(
                "remove way",
                f"{name} {arm}",
                lambda name=name, arm=arm: edits.remove_way(parsed, flow, name, arm),
            )
        if index + 1 < len(block.steps):
            both = [name, _id(places, block.steps[index + 1])]
            yield Act("wrap two", name, lambda both=both: edits.wrap(parsed, flow, both))
            yield Act("delete two", name, lambda both=both: edits.delete(parsed, flow, both))
            if block is not places.flow.steps or index + 2 < len(block.steps):
                yield Act("down two", name, lambda both=both: edits.down(parsed, flow, both))
        if block is not places.flow.steps or index > 0:
            yield Act("up", name, lambda one=one: edits.up(parsed, flow, one))
        if block is not places.flow.steps or index + 1 < len(block.steps):
            yield Act("down", name, lambda one=one: edits.down(parsed, flow, one))
        below = {id(one) for one in tree.walk(step)}
        for at in every:
            target = places.nodes.get(at.split(":")[1] if ":" in at else "")
            if target is None or id(target.step) not in below:
                yield Act(
                    "move", f"{name} {at}", lambda one=one, at=at: edits.move(parsed, flow, one, at)
                )
    yield Act(
        "title",
        flow,
        lambda: edits.replace_step(
            parsed,
            flow,
            ENTRY,
            replace(places.flow, title="Another title"),
        ),
    )
    yield Act(
        "header",
        flow,
        lambda: edits.replace_step(
            parsed,
            flow,
            ENTRY,
            replace(places.flow, headers=(*places.flow.headers, tree.Transactional(lead=("why",)))),
        ),
    )
    for n in range(len(places.flow.headers)):
        rest = (*places.flow.headers[:n], *places.flow.headers[n + 1 :])
        if rest or places.flow.steps.steps:
            yield Act(
                "no header",
                f"{flow} {n}",
                lambda rest=rest: edits.replace_step(
                    parsed,
                    flow,
                    ENTRY,
                    replace(places.flow, headers=rest),
                ),
            )


def _flips(step: tree.Step) -> bool:
    if isinstance(step, tree.If):
        return not step.others
    if isinstance(step, tree.Experiment):
        return len(step.arms) > 1
    return isinstance(step, tree.Switch) and len(step.cases) > 1


def _grows(step: tree.Step) -> bool:
    return isinstance(step, tree.If | tree.Switch) or (
        isinstance(step, tree.Wait) and bool(step.arms)
    )


def _goes(step: tree.Step) -> list[int]:
    """The ways that can be taken out of a step."""
    if isinstance(step, tree.If):
        return [*range(1 if not step.others else 0, len(step.others) + 1)]
    arms = getattr(step, "cases", getattr(step, "arms", ()))
    if isinstance(step, tree.Unreadable) or len(arms) < 2:
        return []
    return list(range(len(arms)))


def _alone(places: Places, name: str) -> bool:
    """Whether a broken arm is the only way of its step."""
    parent = places.nodes[name].parent
    step = places.nodes[parent].step if parent in places.nodes else None
    arms = getattr(step, "cases", getattr(step, "arms", ()))
    return len(arms) == 1 and getattr(step, "otherwise", None) is None


def _id(places: Places, step: tree.Step) -> str:
    return next(node.id for node in places.nodes.values() if node.step is step)


JUNK = ("sned emial x", 'send email "', "if :", "case", "else:", "wait wait", "(", "  ??", "flow")


def untidy(text: str, chance: Random, *, broken: bool) -> str:
    """The same text with odd indentation, comments at every depth, other line ends, BOM, no last
    line end; and, where `broken`, with lines that cannot be read.
    """
    rows = text.split("\n")
    unit = chance.choice(("  ", "  ", " ", "   ", "    ", "\t"))
    out: list[str] = []
    wrong = chance.sample(range(len(rows)), min(len(rows), chance.randrange(1, 3) * broken))
    for n, row in enumerate(rows):
        body = row.lstrip(" ")
        levels = (len(row) - len(body)) // 2
        if chance.random() < 0.12:
            out.append(chance.choice(("", "  ", "\t")))
        if chance.random() < 0.15:
            out.append(
                " " * chance.randrange(9) + chance.choice(("# a note", "#tight", "#", "#  deep"))
            )
        if n in wrong and body:
            body = chance.choice((chance.choice(JUNK), body[: chance.randrange(len(body))]))
        blanks = unit * levels
        if n in wrong and chance.random() < 0.1:
            blanks = " " * chance.randrange(7)
        behind = chance.choice(("", "", "", "", "", "  ", " \t"))
        if body and "#" not in body and '"' not in body and chance.random() < 0.1:
            behind = chance.choice((" # behind", "#behind", "   #"))
        out.append(f"{blanks}{body}{behind}" if body else "")
    made = "\n".join(out)
    if chance.random() < 0.3:
        made = made.rstrip("\n")
    if chance.random() < 0.4:
        made = re.sub("\n", "\r\n", made)
    return "\ufeff" * (chance.random() < 0.3) + made
