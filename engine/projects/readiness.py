"""What keeps the messages of a project in the house, said before anything is published."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from dsl import tree
from dsl.project import Project

SENDER_LINE = 'sender email "Shop <hello@shop.example>"'
"""What a store without a sender lacks."""


class Lack(NamedTuple):
    """`code` is no-messages, no-sender or no-provider; `mend` is the line that mends it, or ""."""

    code: str
    message: str
    mend: str = ""


def lacks(project: Project, providers: Collection[str]) -> list[Lack]:
    """Why messages of `project` would stay in the house where `providers` are the channels that can
    leave it: no folder of messages, no sender, no provider.
    """
    sends = list(_sends(project))
    found: list[Lack] = []
    if sends and project.messages is None:
        found.append(
            Lack(
                "no-messages",
                f"There is no folder messages/ beside the flows, and {_count(len(sends))} send"
                f"{'s' if len(sends) == 1 else ''} something: it cannot be published.",
                "`headrace new FOLDER` shows how such a folder looks.",
            )
        )
    lines = project.store.lines if project.store is not None else ()
    senders = {line.channel for line in lines if isinstance(line, tree.Sender) and not line.name}
    mails = [flow for flow, step in sends if "email" in step.channels]
    if mails and "email" not in senders:
        found.append(
            Lack(
                "no-sender",
                f"The store names no sender of e-mails, so nothing of flow {mails[0]}"
                f"{' and others' if len(set(mails)) > 1 else ''} can be sent by e-mail.",
                f"Add to the store: {SENDER_LINE}",
            )
        )
    return found + [_lack(one) for one in unprovided(project, providers)]


class Unprovided(NamedTuple):
    """A step of a flow some of whose channels have no provider: those, and those that have one."""

    flow: str
    step: tree.Send
    absent: tuple[str, ...]
    rest: tuple[str, ...]


def unprovided(project: Project, providers: Collection[str]) -> list[Unprovided]:
    """The steps that would send by a channel without a provider."""
    found = [
        Unprovided(
            flow,
            step,
            tuple(one for one in step.channels if one not in providers),
            tuple(one for one in step.channels if one in providers),
        )
        for flow, step in _sends(project)
    ]
    return [one for one in found if one.absent]


def _sends(project: Project) -> Iterator[tuple[str, tree.Send]]:
    for flow, graph in project.graphs.items():
        for node in graph.nodes:
            if isinstance(node.step, tree.Send):
                yield flow, node.step


def _lack(one: Unprovided) -> Lack:
    without = f"there is no provider for {' and '.join(one.absent)}"
    what = f"Flow {one.flow}: `send {' else '.join(one.step.channels)} {one.step.message}`"
    if not one.rest:
        return Lack("no-provider", f"{what} is skipped: {without}.")
    return Lack("no-provider", f"{what} goes by {', '.join(one.rest)} only: {without}.")


def _count(number: int) -> str:
    return "1 step" if number == 1 else f"{number} steps"
