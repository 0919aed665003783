"""Project folders for one test: only the flows that run in it, with their messages."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from dsl import tree
from dsl.project import load_project

_SCHEDULED = re.compile(r"  enter (every|once|on customer|(\(.*\)|[\d.]+) \w+ (before|after)) ?")
_TOP = re.compile(r"(flow|test) ?([a-z_0-9]*)")
_ON_SITE = ("banner", "popup", "block")
_URL = re.compile(r'^  url "https://[^"]*"', re.MULTILINE)


def with_flows(
    project: Path, folder: Path, flows: frozenset[str], *, schedules: bool, catalogue: bool
) -> Path:
    """A copy in `folder` with these flows only, and no test.

    Without `schedules` the calendar stands still, as it does in tests without `run for`. Without
    `catalogue` no message needs a number of products: a test that gives none has none missing.
    """
    messages = folder / "messages"
    messages.mkdir(parents=True)
    for file in sorted(project.glob("*.flow")):
        kept = _kept(file.read_text("utf-8"), flows, schedules=schedules, catalogue=catalogue)
        (folder / file.name).write_text(_calling_us("".join(kept)), "utf-8")
    written = sorted(project.glob("messages/*"))
    asked = sorted({*_messages(folder)})
    for file in written if asked else ():
        if file.name.startswith("_"):  # what others include
            shutil.copy(file, messages)
    for name, channel in asked:
        theirs = [it for it in written if _is_of(it, name, channel)]
        for file in theirs:
            shutil.copy(file, messages)
        if not theirs:
            mail = channel in ("email", "staff")
            file = messages / f"{name}.{channel}.{'txt' if mail else 'liquid'}"
            words = f"Message {name}.\n"
            file.write_text(f"---\nsubject: Word\n---\n{words}" if mail else words, "utf-8")
    return folder


def _is_of(file: Path, name: str, channel: str) -> bool:
    """Whether a project's file is a message's, in whatever language. What the site shows is told
    apart by its words, so those are ours.
    """
    parts = file.name.split(".")
    return parts[0] == name and channel in parts[1:-1] and channel not in _ON_SITE


def _kept(text: str, flows: frozenset[str], *, schedules: bool, catalogue: bool) -> Iterator[str]:
    keeps = by_hand = True
    for line in text.splitlines(keepends=True):
        if line[:1].strip() and not line.startswith("#"):
            top = _TOP.match(line)
            keeps = top is None or (top[1] == "flow" and top[2] in flows)
            by_hand = False
        if not keeps:
            continue
        if not schedules and _SCHEDULED.match(line):
            if not by_hand:  # a flow must be entered somehow
                yield "  enter manually\n"
            by_hand = True
        elif not catalogue:
            yield re.sub(r"^(\s+products) \d+ to (\d+)", r"\1 \2", line)
        else:
            yield line


def _calling_us(text: str) -> str:
    """Each webhook's address names it, so that who is called knows by which."""
    found = iter(re.findall(r"^webhook (\w+)", text, re.MULTILINE))
    return _URL.sub(lambda _: f'  url "https://hooks.example.com/{next(found)}"', text)


def _messages(folder: Path) -> Iterator[tuple[str, str]]:
    """The messages that the flows name, with the channels that they go by."""
    for graph in load_project(folder).graphs.values():
        for node in graph.nodes:
            match node.step:
                case tree.Send(channels=channels, message=name):
                    yield from ((name, channel) for channel in channels)
                case tree.Show(surface=surface, message=name):
                    yield name, surface
                case tree.Notify(message=name):
                    yield name, "staff"
