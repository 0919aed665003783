"""Publishing: sources go into the database, flows that changed get a new version.

A version is known by the hash of what its flow says, of the declarations around it and of the
messages. Runs pin their version; every version that still has runs is kept compiled from the
sources it was published with. Sources are also unpacked under `published/` in the data folder,
where messages are read from; a folder that is missing there is made again from the database.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import orjson

from engine.audience.segments import declare
from engine.model import Instant
from engine.runtime.errors import NothingPublishedError, ProjectHasErrorsError
from engine.runtime.lines import declare_lines
from engine.runtime.live import Live
from engine.runtime.moving import Moved, move_runs
from engine.runtime.projects import compile_folder
from engine.store.lanes import Needs
from engine.store.writer import Transaction

InFlight = Literal["follow", "finish"]
_SUFFIXES = {".flow", ".mjml", ".liquid", ".html", ".txt"}


class Published(NamedTuple):
    """What a publish did: the flows with a new version, those taken off, and who was moved."""

    versions: dict[str, int]
    removed: list[str]
    moved: list[Moved]


@dataclass(frozen=True, slots=True)
class Sources:
    """The files of a project: text by path below its folder."""

    files: dict[str, str]

    @property
    def hash(self) -> str:
        digest = hashlib.sha256()
        for path, text in sorted(self.files.items()):
            digest.update(f"{path}\0{len(text)}\0".encode())
            digest.update(text.encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    @property
    def messages_hash(self) -> str:
        messages = {path: text for path, text in self.files.items() if not path.endswith(".flow")}
        return Sources(messages).hash if messages else ""


def read_sources(folder: Path) -> Sources:
    """The project's files. Raises NothingPublishedError for a folder without flows."""
    files: dict[str, str] = {}
    if folder.is_dir():
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix in _SUFFIXES:
                name = path.relative_to(folder).as_posix()
                files[name] = path.read_bytes().decode("utf-8", "surrogateescape")
    if not any(name.endswith(".flow") for name in files):
        raise NothingPublishedError(f"there are no .flow files in {folder}")
    return Sources(files)


def unpack(sources: Sources, published: Path) -> Path:
    """Lay the files out under `published`, once for each content."""
    folder = published / sources.hash[:16]
    if folder.is_dir():
        return folder
    # Laid out aside and renamed: a folder of that name is always whole, whoever was killed.
    published.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=published, prefix="laying-out-") as made:
        aside = Path(made) / "project"
        for name, text in sources.files.items():
            path = aside / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8", "surrogateescape"))
        try:
            aside.rename(folder)
        except OSError:
            # Somebody else was quicker: what lies there says the same.
            if not folder.is_dir():
                raise
    return folder


def is_empty(transaction: Transaction) -> bool:
    """Whether nothing was ever published into this database."""
    return transaction.row("select 1 from publication limit 1") is None


def publish(
    transaction: Transaction,
    live: Live | None,
    folder: Path,
    published: Path,
    now: Instant,
    *,
    in_flight: InFlight = "follow",
    author: str = "",
) -> Published:
    """Make what stands in `folder` the live project.

    Raises:
        NothingPublishedError: there are no flows.
        ProjectHasErrorsError: the project has errors, or no messages although it sends.
    """
    sources = read_sources(folder)
    compiled = compile_folder(unpack(sources, published))
    errors = compiled.errors(folder)
    if not errors and compiled.project.messages is None and compiled.sends:
        errors = [f"{folder}: there is no messages/ folder, so nothing could be sent"]
    if errors:
        count = len(errors)
        raise ProjectHasErrorsError(
            f"the flows in {folder} have {count} error{'s' if count > 1 else ''} and were not "
            "published; `headrace check` shows them",
            tuple(errors),
        )
    publication = _store_sources(transaction, sources, now, author)
    before = {
        flow: (number, digest)
        for flow, number, digest in transaction.rows(
            "select flow, number, hash from flow_version where live"
        )
    }
    changed: dict[str, int] = {}
    for flow, digest in compiled.hashes(sources.messages_hash).items():
        if flow in before and before[flow][1] == digest:
            continue
        changed[flow] = _new_version(transaction, flow, digest, publication, now)
    removed = sorted(before.keys() - compiled.graphs.keys())
    transaction.executemany(
        "update flow_version set live = false where flow = ?", [(flow,) for flow in removed]
    )
    # Unchanged versions read their sources from the newest publication too: they say the same.
    moved: list[Moved] = []
    if in_flight == "follow" and live is not None and changed:
        moved = move_runs(transaction, live, compiled, changed, now)
    return Published(changed, removed, moved)


def _store_sources(transaction: Transaction, sources: Sources, now: Instant, author: str) -> int:
    row = transaction.row("select id from publication where hash = ?", (sources.hash,))
    if row is not None:
        transaction.execute("update publication set published_at = ? where id = ?", (now, row[0]))
        return int(row[0])
    number = transaction.number("publication")
    flows = {name: text for name, text in sources.files.items() if name.endswith(".flow")}
    messages = {name: text for name, text in sources.files.items() if name not in flows}
    transaction.execute(
        "insert into publication (id, hash, sources, messages, published_at, author)"
        " values (?, ?, ?, ?, ?, ?)",
        (number, sources.hash, _pack(flows), _pack(messages), now, author),
    )
    return number


def _pack(files: dict[str, str]) -> bytes:
    # Bytes that are no UTF-8 are kept as Latin-1 behind a mark: orjson takes no lone surrogates.
    return orjson.dumps({
        name: text if text.isascii() or _is_plain(text) else
        {"latin1": text.encode("utf-8", "surrogateescape").decode("latin-1")}
        for name, text in files.items()
    })  # fmt: skip


def _is_plain(text: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in text)


def _unpacked(packed: bytes) -> dict[str, str]:
    return {
        name: text
        if isinstance(text, str)
        else text["latin1"].encode("latin-1").decode("utf-8", "surrogateescape")
        for name, text in orjson.loads(packed).items()
    }


def _new_version(
    transaction: Transaction, flow: str, digest: str, publication: int, now: Instant
) -> int:
    row = transaction.row(
        "select coalesce(max(number), 0) from flow_version where flow = ?", (flow,)
    )
    assert row is not None
    number = int(row[0]) + 1
    transaction.execute("update flow_version set live = false where flow = ?", (flow,))
    transaction.execute(
        "insert into flow_version (id, flow, number, hash, publication, published_at, live)"
        " values (?, ?, ?, ?, ?, ?, true)",
        (transaction.number("flow_version"), flow, number, digest, publication, now),
    )
    return number


def sources_of(flows: bytes, messages: bytes) -> Sources:
    """The sources of a publication's row."""
    return Sources({**_unpacked(flows), **_unpacked(messages)})


# --- what is live ----------------------------------------------------------------------------


def go_live(transaction: Transaction, live: Live, published: Path) -> None:
    """Compile what the database says is live, and older versions that still have runs."""
    newest = transaction.row(
        "select sources, messages from publication order by published_at desc, id desc limit 1"
    )
    if newest is None:
        raise NothingPublishedError("nothing has been published here yet; `headrace publish` does")
    current: dict[str, int] = dict(
        transaction.rows("select flow, number from flow_version where live")
    )
    folder = unpack(sources_of(newest[0], newest[1]), published)
    compiled = compile_folder(folder)
    secret = secret_of(transaction)
    shop = compiled.shop(current, secret=secret, max_lateness=live.max_lateness)
    folders = dict.fromkeys(current.items(), folder)
    for flow, number in _older_with_runs(transaction, current):
        row = transaction.row(
            "select p.sources, p.messages from flow_version v join publication p"
            " on p.id = v.publication where v.flow = ? and v.number = ?",
            (flow, number),
        )
        if row is None:
            continue
        old = unpack(sources_of(row[0], row[1]), published)
        older = compile_folder(old).shop({flow: number}, secret=secret)
        shop.adopt(older.programs[flow])
        folders[flow, number] = old
    shop.leave_unsettled(declare(transaction, shop, live.clock.now()))
    live.shop = shop
    live.folders = folders
    live.needs = needs_of(live)
    live.flows.read(transaction)
    live.lines = declare_lines(transaction, shop, live.flows, live.clock.now())


def _older_with_runs(transaction: Transaction, current: dict[str, int]) -> list[tuple[str, int]]:
    rows = transaction.rows(
        "select distinct f.name, r.version from run r join flow f on f.id = r.flow"
        " where r.ended_at is null or r.unclaimed or r.goal_until is not null"
    )
    ready = transaction.rows(
        "select distinct f.name, i.version from intent i join flow f on f.id = i.flow"
        " where i.state = 'ready'"
    )
    return sorted({(flow, number) for flow, number in rows + ready if current.get(flow) != number})


def needs_of(live: Live) -> Needs:
    """What lanes must know for the published programs."""
    shop = live.shop
    programs = shop.versions.values()
    longest = max((limit.window for limit in shop.rules.limits), default=0)
    return Needs(
        events=frozenset(shop.needs.events),
        limits=longest,
        ended=any(program.goals or program.exits or program.exit_ifs for program in programs),
        entries=any(program.re_enter is not None for program in programs),
        segments=shop.triggering,
    )


def secret_of(transaction: Transaction) -> str:
    """The installation's secret (hex), made at first use."""
    import secrets

    row = transaction.row("select value from setting where name = 'secret'")
    if row is not None:
        return str(row[0])
    value = secrets.token_hex(32)
    transaction.execute("insert into setting (name, value) values ('secret', ?)", (value,))
    return value
