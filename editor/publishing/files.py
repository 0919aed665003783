"""The files that differ from what was published last, and who saved them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from editor.documents import Documents, digest
from engine.core.model import Instant
from engine.publishing.sources import Sources, read_sources, sources_of
from engine.store import publications
from engine.store.drafts import Save
from engine.store.rows import Rows

Change = Literal["new", "changed", "gone"]


@dataclass(frozen=True, slots=True)
class Saving:
    """Somebody saved a file; `person` is whose drafts they are."""

    person: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Differing:
    """A file that differs from what was published last.

    Attributes:
        file: its path below the project's folder.
        shown: its path as people know it.
        saves: who saved it since, the last one first, each person once.
        elsewhere: it was changed on the disk, after what `saves` says.
    """

    file: str
    shown: str
    change: Change
    saves: tuple[Saving, ...]
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What was published last and what lies in the folder now. `gone` are files that went."""

    differing: tuple[Differing, ...]
    names: frozenset[str]
    gone: frozenset[str]


def standing(files: Documents, rows: Rows) -> Standing:
    """Compare the project's folder with what was published last.

    Raises:
        NothingPublishedError: the folder holds no flows.
    """
    now, newest = read_sources(files.folder), publications.newest(rows)
    before = Sources({}) if newest is None else sources_of(*newest)
    since, saves = publications.last_at(rows), list(files.saves())
    return Standing(
        tuple(_differing(files, before.files, now.files, since, saves)),
        frozenset(now.files),
        frozenset(before.files.keys() - now.files.keys()),
    )


def _differing(
    files: Documents,
    before: Mapping[str, str],
    now: Mapping[str, str],
    since: Instant,
    saves: Iterable[Save],
) -> list[Differing]:
    by_file: dict[str, list[Save]] = {}
    for one in saves:
        by_file.setdefault(one.file, []).append(one)
    found = []
    for file in sorted({*before, *now}):
        old, new = before.get(file), now.get(file)
        if old == new:
            continue
        change: Change = "new" if old is None else "gone" if new is None else "changed"
        known = by_file.get(file, [])
        hashed = "" if new is None else digest(new.encode("utf-8", "surrogateescape"))
        last = next((one for one in reversed(known) if one.hash == hashed), None)
        people: dict[str, Instant] = {}
        for one in reversed(known):
            if one.at >= since or one is last:
                people.setdefault(one.person, one.at)
        told = tuple(Saving(person, at) for person, at in people.items())
        elsewhere = last is None or last is not known[-1]
        found.append(
            Differing(file, files.shown(str(files.folder / file)), change, told, elsewhere)
        )
    return found
