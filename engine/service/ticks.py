"""The timetable of a running service: jobs that run again and again, each in its own time.

APScheduler holds these few jobs and no customer's timer: those are rows.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from engine.clock import SystemClock
from engine.logs import logger

_log = logger(__name__)

Jobs = Mapping[str, tuple[Callable[[], object], float]]
"""What is done, and every how many seconds, by name."""


class Ticks:
    """Jobs in threads of their own, none twice at once. They start when `start` is called."""

    def __init__(self) -> None:
        self._scheduler: Any = None

    def start(self, jobs: Jobs, at_once: tuple[str, ...]) -> None:
        """Begin; those named in `at_once` do not wait for their first turn."""
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(6)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )
        for name, (job, seconds) in jobs.items():
            scheduler.add_job(_unbroken(name, job), "interval", seconds=seconds, id=name)
        self._scheduler = scheduler
        scheduler.start()
        for name in at_once:
            self.now(name)

    def now(self, name: str) -> None:
        """Run a job now instead of at its next time; returns at once. Nothing where none run."""
        from apscheduler.jobstores.base import JobLookupError

        scheduler = self._scheduler
        if scheduler is None:
            return
        try:
            # The machine's own now, without the offset: the scheduler counts every run that was
            # missed since the moment that it is given, one by one.
            now = SystemClock(0).now() / 1000
            scheduler.modify_job(name, next_run_time=datetime.fromtimestamp(now, UTC))
        except (JobLookupError, KeyError):
            return

    def stop(self) -> None:
        """Begin no job any more; one that runs goes on to its end."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None


def _unbroken(name: str, job: Callable[[], object]) -> Callable[[], None]:
    """A job whose error is logged and that runs again at its next time."""

    def run() -> None:
        try:
            job()
        except Exception as error:  # noqa: BLE001 - a job that ends would never run again
            places = "".join(traceback.format_tb(error.__traceback__))
            _log.error("a job failed, it runs again", job=name, error=str(error), places=places)

    return run
