"""The machine's clock jumps a day ahead, back, and a day back, while orders come: the server is a
process whose clock is told by libfaketime, as it would be by a machine that woke up wrong.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import httpx
import pytest

from engine.core.model import DAY
from engine.intake import keys
from engine.store.database import Database
from tests.crash.driver import Postbox
from tests.crash.test_ready import ready, served

FAKETIME = next(iter(Path("/usr/lib").rglob("libfaketime.so.1")), None)
ORDERS = 200
JUMPS = ((10, 22, "+26h"), (35, 60, "-1d"))
"""From and until which second of the test the server's clock is so far off."""
FLOWS = """\
store "Clock":
  timezone "UTC"
  currency EUR
  sender email "Clock <shop@clock.example>"

event ordered:
  total money

flow thanks "Thanks":
  enter when ordered
  send email thanks

flow later "Later":
  enter when ordered
  wait 1 minute
  send email thanks
"""


@pytest.mark.skipif("HEADRACE_STORM" not in os.environ, reason="HEADRACE_STORM=1 runs it")
@pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not installed (apt install faketime)")
@pytest.mark.timeout(400)
def test_a_clock_that_jumps_loses_nothing(tmp_path: Path) -> None:
    flows, told = tmp_path / "flows", tmp_path / "clock"
    (flows / "messages").mkdir(parents=True)
    (flows / "shop.flow").write_text(FLOWS, encoding="utf-8")
    body = "---\nsubject: Thank you\n---\nHello\n"
    (flows / "messages" / "thanks.email.txt").write_text(body, encoding="utf-8")
    _fill(tmp_path / "data")
    told.write_text("+0")
    clock = {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(told),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    with (
        Postbox() as postbox,
        served(tmp_path / "data", flows, None, HEADRACE_SMTP_URL=postbox.url, **clock) as address,
        httpx.Client(base_url=address, auth=("clock", "")) as client,
    ):
        began, red = time.monotonic(), []
        for number in range(1, ORDERS + 1):
            passed = time.monotonic() - began
            off = next((off for start, end, off in JUMPS if start <= passed < end), "+0")
            (tmp_path / "next").write_text(off)
            (tmp_path / "next").replace(told)
            call = {"event": "ordered", "userId": f"u{number}", "properties": {"total": 1}}
            client.post("/v1/track", json=call).raise_for_status()
            if not number % 10:
                red += ready(address)[1]
            threading.Event().wait(max(0.0, began + number * 0.35 - time.monotonic()))
        postbox.wait_for(2 * ORDERS - postbox.taken.total(), 150)
        assert postbox.taken.total() == len(postbox.taken) == 2 * ORDERS
    assert red == []


def _fill(data: Path) -> None:
    database = Database(data)
    database.open_to_write()
    now = int(time.time() * 1000)
    try:
        database.writer.run(lambda tx: keys.create(tx, "clock", "server", now, "clock"))
        for number in range(1, ORDERS + 1):
            about = f'{{"email": "c{number}@clock.example"}}'.encode()
            rows = (
                ("insert into customer (id, created_at, properties) values (?, ?, ?)",
                 (number, now - DAY, about)),
                ("insert into identity (kind, value, customer, at) values ('user', ?, ?, ?)",
                 (f"u{number}", number, now)),
                ("insert into consent (customer, what, allowed, at) values (?, 'email', true, ?)",
                 (number, now)),
            )  # fmt: skip
            database.writer.run(
                lambda tx, rows=rows: [tx.execute(sql, values) for sql, values in rows]
            )
    finally:
        database.close()
