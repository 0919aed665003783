"""A server process to be killed: `server.py DATA SMTP_URL CLOCK_OFFSET [drain | small]`."""

from __future__ import annotations

import sys
from pathlib import Path

from engine.clock import SystemClock
from engine.service.service import Service
from engine.settings import Settings
from tests.crash.node import small_batches, until_ended


def main() -> None:
    data, smtp, offset, *mode = sys.argv[1:]
    settings = Settings(smtp_url=smtp, tick=0.05)
    service = Service(Path(data), None, settings, SystemClock(float(offset)))
    if mode == ["drain"]:
        service.start(background=False)
        service.run_until_idle()
    else:
        if mode == ["small"]:
            small_batches()
        until_ended(service.start)
    service.stop()


if __name__ == "__main__":
    main()
