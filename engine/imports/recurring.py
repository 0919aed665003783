"""The standing feed: read again and again, skipped while it has not changed.

What came of the last reading stands in `setting`: a failure is logged and shown, and stops
nothing; the next reading tries again.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, Protocol

import orjson

from engine.imports.feeds.download import Fetched, fetch
from engine.imports.jobs import ImportMovedError
from engine.imports.reading import UnreadableFileError
from engine.imports.running import Plan, Report, run
from engine.logs import logger
from engine.store.errors import StoreError
from engine.store.writer import Row, Transaction

if TYPE_CHECKING:
    from engine.service.service import Service

SETTING: Final = "product_feed"
_log = logger(__name__)


class _Rows(Protocol):
    def row(self, sql: str, values: tuple[object, ...] = ()) -> Row | None: ...


def state_of(reader: _Rows) -> dict[str, Any]:
    """What is known of the standing feed: `at`, `fault`, `etag`, `modified`, counts."""
    row = reader.row("select value from setting where name = ?", (SETTING,))
    return dict(orjson.loads(row[0])) if row is not None else {}


def fault_of(reader: _Rows) -> str:
    """Why the last reading failed, "" when it did not."""
    return str(state_of(reader).get("fault") or "")


def read_standing(service: Service) -> bool:
    """Read the feed of the settings once; True when something was written."""
    source = service.settings.product_feed
    assert source is not None
    state = service.writer.run(state_of)
    if state.get("source") != source:
        state = {"source": source}
    try:
        report = _read(service, source, state)
    except (UnreadableFileError, ImportMovedError, StoreError, OSError) as error:
        _log.warning("the product feed was not read", fault=str(error))
        state["fault"] = str(error)
        report = None
    else:
        state["fault"] = ""
    state["at"] = service.clock.now()
    if report is not None:
        state |= {"products": report.read, "rejected": report.rejected}
        if report.rejected:
            _log.warning("products of the feed were rejected", count=report.rejected)
    service.writer.run(lambda transaction: _keep(transaction, state))
    return report is not None and not report.finished_before


def _read(service: Service, source: str, state: dict[str, Any]) -> Report | None:
    """What came of it; None when the other side says that nothing has changed."""
    from engine.service.operations import LocalTarget

    now = service.clock.now()
    due = service.writer.run(
        lambda tx: tx.row(
            "select 1 from import_job where kind = 'products' and next_change <= ?", (now,)
        )
    )
    with TemporaryDirectory() as folder:
        if "://" in source:
            # A sale that begins or ends changes what the same feed says.
            since = {} if due else {name: state.get(name, "") for name in ("etag", "modified")}
            fetched = fetch(source, Path(folder) / "feed", **since)
        else:
            fetched = Fetched(Path(source).name, Path(source))
        if not fetched.changed:
            return None
        plan = Plan(
            "products",
            fetched.path,
            fetched.name,
            rejected=service.data_dir / "product-feed.rejected.csv",
            complete=service.settings.product_feed_complete,
        )
        report = run(plan, LocalTarget(service))
        state |= {"etag": fetched.etag, "modified": fetched.modified}
        return report


def _keep(transaction: Transaction, state: dict[str, Any]) -> None:
    transaction.execute(
        "insert into setting (name, value) values (?, ?)"
        " on conflict (name) do update set value = excluded.value",
        (SETTING, orjson.dumps(state).decode()),
    )
