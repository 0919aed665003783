"""One flow of a project with everything that it needs: a project of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from dsl import tree
from dsl.printing.printer import print_file, print_statement
from dsl.project import Project

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_STARTED = re.compile(r"\b(?:start|stop) flow ([a-z][a-z0-9_]*)")
_SENT = re.compile(r"^\s*(?:send|show|notify)\b.*$", re.MULTILINE)
_PART = re.compile(r"""\{%-?\s*(?:render|include)\s+["']([a-z0-9_]+)["']""")
_LAYOUT = re.compile(r"""^layout:\s*["']?([a-z0-9_]+)""", re.MULTILINE)

Named = tree.Event | tree.Webhook | tree.Score | tree.Coupon | tree.Segment


@dataclass(frozen=True, slots=True)
class Excerpt:
    """`flows` is the text of the flow, the flows that it starts and their tests; `shop` that of the
    store and whatever else these speak of; `messages` are the files to take along.
    """

    flows: str
    shop: str
    messages: tuple[Path, ...]


def excerpt(project: Project, flow: str, *, store: str, address: str) -> Excerpt:
    """Take `flow` out of `project`, for a shop called `store` that writes as `address`.

    Whether something is needed is asked of its name: a declaration that is mentioned anywhere in
    what is taken comes along. That takes too much rather than too little.
    """
    flows = list(_with_started(project, flow))
    taken: list[tree.Declaration] = []
    for one in flows:
        taken += [one, *(test for test in project.tests if test.flow == one.name)]
    text = print_file(tree.File(tuple(taken)))
    messages = tuple(_messages(project, text))
    words = set(_NAME.findall(text))
    for file in messages:
        words |= set(_NAME.findall(file.read_text(encoding="utf-8")))
    needed = _needed(project, words)
    kept = [_shop(project.store, words, store, address)] if project.store is not None else []
    rest: list[tree.Declaration] = [*kept]
    for node in project.all_declarations:
        if isinstance(node, tree.Properties):
            lines = tuple(one for one in node.properties if getattr(one, "name", "") in words)
            if lines:
                rest.append(replace(node, properties=lines))
        elif isinstance(node, Named) and node.name in needed:
            rest.append(node)
    return Excerpt(text, print_file(tree.File(tuple(rest))), messages)


def _with_started(project: Project, flow: str) -> Iterator[tree.Flow]:
    """The flow and those that it starts or stops, each once."""
    waiting, seen = [flow], set[str]()
    while waiting:
        name = waiting.pop(0)
        if name in seen or name not in project.flows:
            continue
        seen.add(name)
        yield project.flows[name]
        waiting += _STARTED.findall(print_statement(project.flows[name]))


def _needed(project: Project, words: set[str]) -> set[str]:
    """The declarations that are spoken of, and those of which these speak; `words` grows."""
    named = {node.name: node for node in project.all_declarations if isinstance(node, Named)}
    found: set[str] = set()
    while more := {name for name in named if name in words} - found:
        found |= more
        for name in more:
            words |= set(_NAME.findall(print_statement(named[name])))
    return found


def _shop(store: tree.Store, words: set[str], name: str, address: str) -> tree.Store:
    """The store under another name, with the staff and topics that are spoken of."""
    lines: list[tree.StoreLine] = []
    for line in store.lines:
        match line:
            case tree.Staff(name=who):
                if who in words:
                    lines.append(replace(line, address=f"{who}@{address.partition('@')[2]}"))
            case tree.Topic(name=topic):
                if topic in words:
                    lines.append(line)
            case tree.Sender(name=who) if who and who not in words:
                pass
            case tree.Sender(channel="email"):
                back = address if line.reply_to else ""
                lines.append(replace(line, address=f"{name} <{address}>", reply_to=back))
            case tree.Sender():
                if line.channel in words:
                    lines.append(replace(line, address=name[:11]))
            case _:
                lines.append(line)
    lead = ("Your shop. Change these lines to your own first.",)
    return replace(store, name=name, lines=tuple(lines), lead=lead)


def _messages(project: Project, text: str) -> Iterator[Path]:
    """The files of every message that is sent, shown or told to staff, and the parts of these."""
    if project.messages is None:
        return
    words = set(_NAME.findall("\n".join(_SENT.findall(text))))
    files = sorted(project.messages.iterdir())
    taken = [file for file in files if file.name.partition(".")[0] in words]
    parts = {file.name.partition(".")[0].lstrip("_"): file for file in files if file.name[0] == "_"}
    yield from taken
    yield from _parts(parts, taken)


def _parts(parts: dict[str, Path], files: Iterable[Path]) -> Iterator[Path]:
    waiting, seen = list(files), set[str]()
    while waiting:
        file = waiting.pop()
        body = file.read_text(encoding="utf-8")
        layouts = _LAYOUT.findall(body) or (["layout"] if file.suffix == ".mjml" else [])
        for name in {*_PART.findall(body), *layouts} & parts.keys() - seen:
            seen.add(name)
            yield parts[name]
            waiting.append(parts[name])
