"""The recurring feed of products: read again and again, skipped while it has not changed.

What came of the last reading stands in `setting`: a failure is logged and shown, and stops
nothing; the next reading tries again.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import orjson

from engine.clock import Clock
from engine.errors import PlainError
from engine.imports.feeds.download import Fetched, fetch
from engine.imports.running import ImportTarget, Plan, Report, run
from engine.logs import logger
from engine.settings import Settings
from engine.store import import_jobs, settings_rows
from engine.store.rows import Rows
from engine.store.writer import Writer

SETTING: Final = "product_feed"
_log = logger(__name__)


def state_of(reader: Rows) -> dict[str, Any]:
    """What is known of the feed: `at`, `fault`, `etag`, `modified`, counts."""
    kept = settings_rows.read(reader, SETTING)
    return dict(orjson.loads(kept)) if kept else {}


def fault_of(reader: Rows) -> str:
    """Why the last reading failed, "" when it did not."""
    return str(state_of(reader).get("fault") or "")


def read_feed(
    target: ImportTarget, writer: Writer, clock: Clock, settings: Settings, rejected: Path
) -> bool:
    """Read the feed of the settings once into `target`; True when something was written.

    Rows that were not taken go into the file `rejected`.
    """
    source = settings.product_feed
    assert source is not None
    state = writer.run(state_of)
    if state.get("source") != source:
        state = {"source": source}
    try:
        since = _since(writer, clock, state)
        plan = Plan("products", Path(), rejected=rejected, complete=settings.product_feed_complete)
        report = _read(target, source, plan, state, since)
    except (PlainError, OSError) as error:
        _log.warning("the product feed was not read", fault=str(error))
        state["fault"] = str(error)
        report = None
    else:
        state["fault"] = ""
    state["at"] = clock.now()
    if report is not None:
        state |= {"products": report.read, "rejected": report.rejected}
        if report.rejected:
            _log.warning("products of the feed were rejected", count=report.rejected)
    writer.run(lambda tx: settings_rows.keep(tx, SETTING, orjson.dumps(state).decode()))
    return report is not None and not report.finished_before


def _since(writer: Writer, clock: Clock, state: dict[str, Any]) -> tuple[str, str]:
    """ETag and date of the last reading, for the other side to say that nothing has changed."""
    now = clock.now()
    due = writer.run(lambda tx: import_jobs.has_changed(tx, now))
    # A sale that begins or ends changes what the same feed says.
    return ("", "") if due else (state.get("etag", ""), state.get("modified", ""))


def _read(
    target: ImportTarget, source: str, plan: Plan, state: dict[str, Any], since: tuple[str, str]
) -> Report | None:
    """What came of it; None when the other side says that nothing has changed."""
    with TemporaryDirectory() as folder:
        if "://" in source:
            fetched = fetch(source, Path(folder) / "feed", etag=since[0], modified=since[1])
        else:
            fetched = Fetched(Path(source).name, Path(source))
        if not fetched.changed:
            return None
        plan.path, plan.name = fetched.path, fetched.name
        report = run(plan, target)
        state |= {"etag": fetched.etag, "modified": fetched.modified}
        return report
