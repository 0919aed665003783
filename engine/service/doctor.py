"""What `headrace doctor` looks at: a data folder and its settings, in plain words.

Nothing is written and nothing is sent. A finding is an `error` where something does not work, a
`warning` where it will not keep its promise, a `note` where a person may want to know.
"""

from __future__ import annotations

import asyncio
import shutil
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

import httpx
import orjson

from dsl.project import Project, load_project
from engine.channels import registry
from engine.channels.driver import House
from engine.core.calendar import iso
from engine.core.model import DAY, HOUR, MINUTE, SECOND, Instant
from engine.imports.recurring import fault_of
from engine.projects.readiness import lacks
from engine.publishing import brakes, warming
from engine.publishing.sources import sources_of, unpack
from engine.settings import Settings
from engine.store import import_jobs, publications, refused_webhooks, shop_deliveries
from engine.store.database import FILE, SERVER, Database, Reader
from engine.store.errors import NoDatabaseError, StoreError
from engine.store.vitals import Vitals, read_vitals, revisions, server_time

Severity = Literal["error", "warning", "note"]

LATE: Final = 5 * MINUTE
"""Nothing that is due stays undone for longer (I7 of the promises)."""
LITTLE_SPACE: Final = 1024**3
_SKEW: Final = 5 * SECOND
_LOOPBACK: Final = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` names its kind for scripts; `mend` is the command or line that mends it, or ""."""

    code: str
    severity: Severity
    message: str
    mend: str = ""


def examine(data: Path, settings: Settings, now: Instant) -> list[Finding]:
    """Look at everything. Errors come first, then warnings, then notes.

    Args:
        data: the data folder.
        settings: those with which the server runs.
        now: milliseconds since the epoch, UTC.
    """
    found = [
        *_folder(data),
        *_database(data, settings, now),
        *_addresses(settings),
        *_providers(settings),
    ]
    found += _server(data)
    order = {"error": 0, "warning": 1, "note": 2}
    return sorted(found, key=lambda one: order[one.severity])


def _folder(data: Path) -> Iterator[Finding]:
    if not data.is_dir():
        return
    mode = stat.S_IMODE(data.stat().st_mode)
    secrets = [data / FILE, data / SERVER]
    readable = [one for one in secrets if one.exists() and one.stat().st_mode & 0o077]
    if mode & 0o077 and readable:
        yield Finding(
            "folder-readable",
            "warning",
            f"other users of this machine can read {data}, which holds customers and secrets",
            f"chmod -R go= {data}",
        )
    free = shutil.disk_usage(data).free
    size = sum(one.stat().st_size for one in data.glob(f"{FILE}*"))
    if free < max(LITTLE_SPACE, size // 10):
        yield Finding(
            "disk-space",
            "error" if free < LITTLE_SPACE // 10 else "warning",
            f"only {free // 1024**2} MB are free on the disk of {data}",
            "make room, or move the data folder to a larger disk",
        )


def _database(data: Path, settings: Settings, now: Instant) -> Iterator[Finding]:
    database = settings.database(data)
    try:
        reader = database.reader()
    except NoDatabaseError:
        yield Finding(
            "no-database",
            "error",
            f"there is no database in {data}",
            f"name the right folder with --data; or start one: headrace run --data {data}"
            " beside your flows (headrace new FOLDER makes some)",
        )
        return
    except StoreError as error:
        yield Finding("database", "error", str(error))
        return
    with reader:
        yield from _revision(reader, data)
        try:
            vitals = read_vitals(reader, now)
        except Exception as error:  # noqa: BLE001 - an older or broken database: said, not raised
            yield Finding("database", "error", f"the database cannot be read: {error}")
            return
        yield from _inside(reader, database, vitals, now)
        yield from _live(reader, data, vitals, settings)


def _revision(reader: Reader, data: Path) -> Iterator[Finding]:
    has, knows = revisions(reader)
    if has != knows:
        yield Finding(
            "migrations",
            "warning",
            f"the database is at revision {has or 'none'}, this Headrace works with {knows}",
            f"headrace db upgrade --data {data}, or start the server",
        )


def _inside(reader: Reader, database: Database, vitals: Vitals, now: Instant) -> Iterator[Finding]:
    if vitals.paused:
        yield Finding(
            "paused",
            "error",
            f"nothing is sent and nobody goes on: {vitals.paused}",
            "headrace resume",
        )
    skew = vitals.newest_event - now if vitals.newest_event is not None else 0
    if skew > _SKEW:
        yield Finding(
            "clock",
            "error",
            f"the newest event was received {_long(skew)} from now: the clock was set back, or was"
            " ahead when it came",
            "set this machine's clock (for example by NTP)",
        )
    there = server_time(reader) if database.kind == "postgresql" else now
    if abs(there - now) > _SKEW:
        yield Finding(
            "clock",
            "warning",
            f"the clock of the database server differs by {_long(abs(there - now))}",
            "set both clocks by NTP",
        )
    waiting = {
        "events-waiting": ("events have waited to be applied", vitals.pending),
        "runs-waiting": ("people have waited to go on", vitals.due),
        "messages-waiting": ("messages have waited to go out", vitals.ready),
    }
    for code, (what, since) in waiting.items():
        if since is not None and now - since > LATE:
            yield Finding(
                code,
                "error",
                f"{what} for {_long(now - since)}",
                "headrace run, if no server runs; else read its log",
            )
    if vitals.failures:
        yield Finding(
            "set-aside",
            "warning",
            f"{_count(vitals.failures, 'event or run', 'events or runs')} could not be applied",
            "headrace retry --list",
        )
    if vitals.dead:
        yield Finding(
            "dead-letters",
            "warning",
            f"{_count(vitals.dead, 'message', 'messages')} failed for good",
            "headrace retry --list",
        )
    if vitals.unknown:
        yield Finding(
            "unknown",
            "note",
            f"of {_count(vitals.unknown, 'message', 'messages')} nobody knows whether it went out;"
            " none is sent again by itself",
        )
    for shop, topic, reason, number in shop_deliveries.left_out(reader):
        yield Finding(
            "webhook-unread",
            "warning",
            f"{_count(number, 'webhook', 'webhooks')} of {shop} ({topic}) could not be taken over:"
            f" {reason}",
            "look at the webhook's version and format where it is set up; import what is missing",
        )
    for one in refused_webhooks.recent(reader, now):
        yield Finding(
            "webhook-refused",
            "warning",
            f"{_count(one.count, 'webhook', 'webhooks')} of {one.who} refused since"
            f" {iso(one.since)}, the last {iso(one.last)}: {one.why}",
            "compare the secret or the address there with the settings here",
        )
    for stopped in brakes.read(reader).words():
        yield Finding("stopped", "warning", stopped, "headrace marketing status")
    for warms in warming.words(reader, now):
        yield Finding("warm-up", "note", warms)
    imported = import_jobs.kinds(reader)
    if "customers" in imported and "suppressions" not in imported:
        yield Finding(
            "no-suppressions",
            "warning",
            "customers were imported, but nobody whose address is dead, who complained or left:"
            " mail to them costs the shop's good name",
            "headrace import suppressions FILE, with what your last mail service exports as such",
        )
    if fault := fault_of(reader):
        yield Finding(
            "feed",
            "warning",
            f"the product feed was not read: {fault}",
            "mend HEADRACE_PRODUCT_FEED",
        )


def _live(reader: Reader, data: Path, vitals: Vitals, settings: Settings) -> Iterator[Finding]:
    if not vitals.keys:
        yield Finding(
            "no-key",
            "warning",
            "there is no key, so no events can come in",
            "headrace key add shop",
        )
    if not vitals.users and settings.admin_email is None:
        yield Finding(
            "no-user",
            "note",
            "nobody can sign in but by the link that the first start prints",
            "headrace user add you@example.com --role admin",
        )
    if not vitals.published:
        yield Finding("nothing-published", "error", "no flows are live", "headrace publish")
        return
    sources = publications.newest(reader)
    if sources is not None:
        project = load_project(unpack(sources_of(*sources), data / "published"))
        yield from _unsendable(project, registry.provided(settings.channels))


def _unsendable(project: Project, providers: Collection[str]) -> Iterator[Finding]:
    """What keeps messages of the live flows in the house."""
    for lack in lacks(project, providers):
        severity: Severity = "warning" if lack.code == "no-provider" else "error"
        yield Finding(lack.code, severity, lack.message, lack.mend)


def _addresses(settings: Settings) -> Iterator[Finding]:
    url = settings.public_url
    if url is None:
        yield Finding(
            "no-public-address",
            "warning",
            "links in messages, the one to unsubscribe included, lead to this machine only",
            "HEADRACE_PUBLIC_URL=https://headrace.your-shop.example",
        )
    elif urlsplit(url).hostname in _LOOPBACK:
        yield Finding(
            "public-address",
            "warning",
            f"HEADRACE_PUBLIC_URL is {url}, which nobody outside can open",
            "HEADRACE_PUBLIC_URL=https://headrace.your-shop.example",
        )
    elif urlsplit(url).scheme != "https":
        yield Finding(
            "public-address", "warning", f"HEADRACE_PUBLIC_URL is {url}: without TLS", "use https"
        )
    if settings.clock_offset:
        yield Finding(
            "clock-offset",
            "warning",
            f"HEADRACE_CLOCK_OFFSET shifts time by {settings.clock_offset:g} s: for tests only",
            "unset HEADRACE_CLOCK_OFFSET",
        )


def _providers(settings: Settings) -> Iterator[Finding]:
    """Each provider that can be asked without sending."""
    for one in registry.chosen(settings.channels).values():
        probe = getattr(one.driver.make(one.settings, House()), "probe", None)
        if probe is None:
            continue
        if why := asyncio.run(probe()):
            yield Finding(one.driver.name, "error", why, one.driver.example)


def _server(data: Path) -> Iterator[Finding]:
    try:
        address = str(orjson.loads((data / SERVER).read_bytes())["address"])
    except (OSError, orjson.JSONDecodeError, KeyError):
        yield Finding("no-server", "note", f"no server runs on {data}", "headrace run")
        return
    try:
        answer = httpx.get(f"{address}/readyz", timeout=5.0, trust_env=False)
        told = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        yield Finding(
            "server", "error", f"the server at {address} does not answer: {error}", "headrace run"
        )
        return
    for problem in told.get("problems", ()):
        yield Finding("server", "error", f"the server says: {problem}", "read its log")


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _long(time: Instant) -> str:
    """A length of time for people, cut to its largest unit."""
    for unit, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (SECOND, "second")):
        if time >= unit:
            return _count(time // unit, name, f"{name}s")
    return "a moment"
