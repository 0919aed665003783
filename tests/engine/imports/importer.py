"""A process to be killed: `importer.py DATA FLOWS FILE PLACE NUMBER`.

It imports customers and kills itself at the NUMBERth group: at `before`, `within` or `after` its
transaction, at a moment of its own (`timer`, NUMBER in milliseconds), or never (`end`).
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import orjson

from engine.clock import SettableClock
from engine.imports import jobs, running
from engine.imports.target import LocalTarget
from engine.service.service import Service
from tests.engine.imports.people import NOW


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    data, flows, file, place, number = sys.argv[1:]
    left = int(number)
    running.GROUP = min(running.GROUP, int(os.environ.get("GROUP", running.GROUP)))
    service = Service(Path(data), Path(flows), clock=SettableClock(NOW))
    service.start_quietly()
    if place == "timer":
        threading.Timer(left / 1000, die).start()
    store = jobs.advance

    def advance(*told: Any, **more: Any) -> Any:
        nonlocal left
        left -= 1
        done = store(*told, **more)
        if place == "within" and left == 0:
            die()
        return done

    jobs.advance = advance

    class ImportTarget(LocalTarget):
        def step(self, told: dict[str, Any]) -> dict[str, Any]:
            if place == "before" and told["act"] == "advance" and left == 1:
                die()
            done = super().step(told)
            if place == "after" and told["act"] == "advance" and left == 0:
                die()
            return done

    target = ImportTarget(service.writer, service.clock, lambda: service.deployment.types)
    report = running.run(running.Plan("customers", Path(file)), target)
    service.stop()
    sys.stdout.buffer.write(orjson.dumps(report.as_json()))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
