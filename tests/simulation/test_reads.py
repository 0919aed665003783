"""What a working shop asks its database, again and again, is answered by an index."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import apsw
import pytest

from engine.core.model import HOUR
from engine.customers.erasure import erase
from engine.customers.merging import merge
from engine.reports.trace import story_of
from engine.settings import Settings
from tests.simulation.shop import Simulation

GROWING = {
    *("customer", "identity", "consent", "consent_proof", "event", "run", "step_history"),
    *("intent", "goal", "on_site", "coupon_code", "coupon_pool", "skipped_entry"),
    *("firing", "membership", "membership_change", "interest", "product_history", "shop_record"),
}
"""Tables that grow with the shop: to read one whole is for what looks at everybody anyway."""
AT_LARGE = (
    "with ",  # segments and schedules, set by set
    "select id, zone, properties from customer",  # dates of customers, once a day and line
    "select f.name, r.version, r.node, count(*)",  # what a plan tells
    "select distinct f.name, ",  # which versions are needed, at each start and publish
    "select r.id, r.flow, c.zone",  # who is held, when quiet hours are edited
    "select i.run, i.step, i.visit, i.recipient, i.flow, c.zone",
)
SCAN = re.compile(r"^SCAN (\w+)(?! USING INDEX \w+_claimed)")


class Asked:
    """Every statement that the connections of a test were given, with its values."""

    def __init__(self) -> None:
        self.statements: dict[str, str] = {}

    def note(self, sql: str) -> None:
        plain = re.sub(r"'(?:[^']|'')*'|\b\d+\b", "?", sql)
        self.statements.setdefault(plain, sql)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    found = Asked()

    def note(cursor: apsw.Cursor, _sql: str, _values: Any) -> bool:
        found.note(cursor.expanded_sql)
        return True

    def listen(connection: apsw.Connection) -> None:
        connection.exec_trace = note

    monkeypatch.setattr(apsw, "connection_hooks", [listen])
    return found


def _names(sql: str) -> set[str]:
    """What the growing tables are called in this statement."""
    aliases = (found for table in GROWING for found in re.findall(rf"\b{table}(?: as)? (\w+)", sql))
    return GROWING.union(aliases)


def test_no_batch_reads_a_whole_table(
    tmp_path: Path, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three days of all flows: ingest, worker and sender find what they need by an index. So do
    a customer's page, a merge and an erasure.
    """
    settings = Settings(segment_refresh=1440, learn_every=24)
    shop = Simulation(
        tmp_path, seed=2, people=100, settings=settings, render=False, edits={}, tick=HOUR
    )
    monkeypatch.setattr(shop.watch, "look", lambda *_, **__: None)
    monkeypatch.setattr(shop.watch, "search", lambda: None)
    try:
        shop.live(3)
        service, now = shop.service, shop.clock.now()
        with service.database.reader() as reader:
            assert story_of(reader, service.data_dir / "published", "1")
        service.writer.run(lambda tx: merge(tx, survivor=3, gone=2, at=now))
        service.writer.run(lambda tx: erase(tx, 1, service.live.suppressions, now, "a test"))
    finally:
        shop.close()
    assert any(one.startswith("update run set") for one in asked.statements.values())
    connection = apsw.Connection(str(tmp_path / "data" / "headrace.db"))
    whole = []
    for sql in list(asked.statements.values()):
        if not sql.startswith(("select", "update", "delete")) or sql.startswith(AT_LARGE):
            continue
        for *_, does in connection.execute(f"explain query plan {sql}"):
            scan = SCAN.match(does)
            if scan and scan[1] in _names(sql) and " limit " not in sql:
                whole.append(f"{does}: {sql[:200]}")
    connection.close()
    assert not whole, "\n".join(whole)
