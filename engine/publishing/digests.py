"""When a flow is another than before: a hash over all that may change what it does or says.

It covers the flow, the declarations and messages that it names (and those that they name), and the
store's zone, currency and language. The store's limits, quiet hours, addresses and topics hold
for every version from the moment they are published, so they make no version of their own.
Naming is taken broadly: a word that could be a name counts as one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from dsl import tree
from dsl.graph.hashing import content_hash
from dsl.project import Project

_WORD = re.compile(r"\w+")
_LAYOUT = "layout"


def digests(project: Project, files: Mapping[str, str]) -> dict[str, str]:
    """The hash (hex) of each flow; `files` are the project's files by path, messages included."""
    declared, store = _declared(project.all_declarations)
    messages, parts = _messages(files)
    found: dict[str, str] = {}
    for name, graph in project.graphs.items():
        digest = hashlib.sha256(f"{graph.hash}\n{store}\n".encode())
        words = _closure(set(_words(graph.flow)), declared)
        for word in sorted(words & declared.keys()):
            for node in declared[word]:
                digest.update(f"{word} {content_hash(node)}\n".encode())
        for path, text in _used(words, messages, parts):
            digest.update(f"{path} {len(text)}\n{text}".encode("utf-8", "surrogateescape"))
        found[name] = digest.hexdigest()
    return found


def _declared(
    declarations: Iterable[tree.Declaration],
) -> tuple[dict[str, list[tree.Node]], str]:
    """What is declared by name, properties one by one; and what of the store is compiled in."""
    declared: dict[str, list[tree.Node]] = {}
    store: list[str] = []
    for one in declarations:
        match one:
            case tree.Flow() | tree.Test() | tree.Unreadable():
                continue
            case tree.Store():
                store += [
                    content_hash(line)
                    for line in one.lines
                    if isinstance(line, tree.Timezone | tree.Currency | tree.Language)
                ]
            case tree.Properties():
                for line in one.properties:
                    if isinstance(line, tree.Property):
                        declared.setdefault(line.name, []).append(line)
            case _:
                declared.setdefault(one.name, []).append(one)
    return declared, " ".join(sorted(store))


def _closure(words: set[str], declared: Mapping[str, list[tree.Node]]) -> set[str]:
    """The words, and all that the declarations they name speak of."""
    open_words = words & declared.keys()
    reached = set(words)
    while open_words:
        more = {
            word for name in open_words for node in declared[name] for word in _words(node)
        } - reached
        reached |= more
        open_words = more & declared.keys()
    return reached


def _words(value: object) -> Iterator[str]:
    """Every text in a node that may be a name."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _words(one)
    elif isinstance(value, tree.Node):
        for _, said in tree.parts(value):
            yield from _words(said)


def _messages(files: Mapping[str, str]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The paths of messages by name, and of parts by theirs, with the texts of both."""
    messages: dict[str, list[str]] = {}
    parts: dict[str, list[str]] = {}
    for path in sorted(files):
        name = PurePosixPath(path).name
        if path.endswith(".flow"):
            continue
        kind = parts if name.startswith("_") else messages
        kind.setdefault(name.removeprefix("_").split(".")[0], []).append(path)
    return (
        {name: [f"{path}\0{files[path]}" for path in paths] for name, paths in messages.items()},
        {name: [f"{path}\0{files[path]}" for path in paths] for name, paths in parts.items()},
    )


def _used(
    words: set[str], messages: Mapping[str, list[str]], parts: Mapping[str, list[str]]
) -> list[tuple[str, str]]:
    """The files of the messages that are named, and of the parts that those render."""
    texts = {text for name in words & messages.keys() for text in messages[name]}
    named = {_LAYOUT} if texts else set()
    reached: set[str] = set()
    open_texts = set(texts)
    while open_texts:
        named |= {word for text in open_texts for word in _WORD.findall(text)}
        more = (named & parts.keys()) - reached
        reached |= more
        open_texts = {text for name in more for text in parts[name]}
        texts |= open_texts
    return sorted((path, text) for path, _, text in (one.partition("\0") for one in texts))
