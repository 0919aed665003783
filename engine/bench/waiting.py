"""What `headrace run` costs while many people wait: memory, and processor time of doing nothing.

People enter by the real path in virtual time; then the server runs on what they left, in a process
of its own and in real time. Some of them may be due, so that it has work.
"""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Final

from engine.bench.latency import running
from engine.bench.sink import sink
from engine.bench.w1 import START, prepare
from engine.clock import SettableClock
from engine.store.database import Database

_PAUSE: Final = threading.Event()
_LOOK_S: Final = 0.5
_FLOWS: Final = """\
store "Bench":
  timezone "UTC"
  currency EUR
  sender email "Bench <shop@bench.example>"

event ordered:
  total money

event looked:
  total money

flow waiting "Waits":
  enter when looked
  wait 3000 days
  add tag "late"

flow due "Is due":
  enter when ordered
  wait 2 hours
  if customer.total_spent > 500 and customer.country in ["PL", "DE"] and customer has tag "vip":
    add tag "due"
    wait 3000 days
    add tag "late"
"""


def run(runs: int, due: int, seconds: float) -> dict[str, Any]:
    """Let `runs` people wait, `due` of them for a moment that is over, and watch the server for so
    many seconds: until it is ready, its memory at rest and at its highest (MB, RSS), and the share
    of a core that it used.

    Raises:
        RuntimeError: the server does not start, or people did not enter.
    """
    with tempfile.TemporaryDirectory(prefix="headrace-waiting-") as name:
        folder = Path(name)
        _fill(folder, runs, due)
        with sink() as mails:
            began = time.monotonic()
            with running(folder, None, mails) as server:
                ready = time.monotonic() - began
                highest, spent, until = 0.0, server.processor(), began + ready + seconds
                started = time.monotonic()
                while time.monotonic() < until:
                    highest = max(highest, _resident(server.pid, "VmRSS"))
                    _PAUSE.wait(_LOOK_S)
                spent = (server.processor() - spent) / (time.monotonic() - started)
                last = _resident(server.pid, "VmRSS")
                peak = _resident(server.pid, "VmHWM")
            with Database(folder / "data").reader() as reader:
                done = reader.rows("select count(*) from step_history where outcome = 'done'")[0][0]
    return {
        "workload": "waiting",
        "runs": runs,
        "due": due,
        "seconds": seconds,
        "ready_after_s": round(ready, 2),
        "processor_share": round(spent, 4),
        "rss_mb": last,
        "rss_highest_mb": highest,
        "rss_peak_mb": peak,
        "steps_done": done,
    }


def _fill(folder: Path, runs: int, due: int) -> None:
    flows = folder / "flows"
    flows.mkdir()
    (flows / "bench.flow").write_text(_FLOWS, encoding="utf-8")
    database = Database(folder / "data")
    database.open_to_write()
    try:
        batches, _ = prepare(
            runs,
            database,
            flows,
            folder,
            SettableClock(START),
            lambda number: "ordered" if number < due else "looked",
        )
        while batches.work(lambda: False):
            pass
        waiting = database.writer.run(
            lambda tx: tx.rows("select count(*) from run where ended_at is null")
        )[0][0]
    finally:
        database.close()
    if waiting != runs:
        raise RuntimeError(f"{waiting} of {runs} people wait")


def _resident(process: int, field: str) -> float:
    """A figure of a process's memory, in MB."""
    for line in Path(f"/proc/{process}/status").read_text("ascii").splitlines():
        if line.startswith(field + ":"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0
