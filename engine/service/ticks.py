"""The timetable of a running service: jobs that run again and again, each in its own time.

APScheduler holds these few jobs and no customer's timer: those are rows.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from engine.clock import SteadyClock, SystemClock, passed
from engine.logs import logger

_JUMP = 1_000
"""Milliseconds by which a clock that is only set right a little does not differ."""
_log = logger(__name__)

Jobs = Mapping[str, tuple[Callable[[], object], float]]
"""What is done, and every how many seconds, by name."""


class Ticks:
    """Jobs in threads of their own, none twice at once. They start when `start` is called."""

    def __init__(self, ahead: Callable[[], int] | None = None) -> None:
        """`ahead`: milliseconds by which the machine's clock is ahead of one that nobody sets."""
        self._ahead = ahead or _ahead
        self._scheduler: Any = None
        self._turns: dict[str, _Turn] = {}
        self._ended = threading.Event()

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
            turn = _Turn(_unbroken(name, job))
            self._turns[name] = turn
            scheduler.add_job(turn.take, "interval", seconds=seconds, id=name)
        self._scheduler = scheduler
        scheduler.start()
        threading.Thread(
            target=self._follow_clock, args=(scheduler,), name="headrace-clock", daemon=True
        ).start()
        for name in at_once:
            self.now(name)

    def now(self, name: str) -> None:
        """Run a job now instead of at its next time; returns at once. Nothing where none run.

        One that runs has another turn at its end; one that is asked for again before it has begun
        has one turn for all.
        """
        turn = self._turns.get(name)
        if turn is not None and turn.ask():
            self._begin(name)

    def _begin(self, name: str) -> None:
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

    def _follow_clock(self, scheduler: Any) -> None:
        """The scheduler keeps its turns by the machine's clock: where that jumps, all come now."""
        ahead = self._ahead()
        while not self._ended.wait(1.0):
            before, ahead = ahead, self._ahead()
            if abs(ahead - before) > _JUMP:
                seconds = (ahead - before) / 1000
                _log.warning(
                    "the machine's clock has jumped",
                    seconds=seconds,
                    followed_after=SteadyClock.BELIEVED // 1000,
                )
                for job in scheduler.get_jobs():
                    self._begin(job.id)  # even those that were asked for at another time

    def stop(self) -> None:
        """Begin no job any more; one that runs goes on to its end."""
        self._ended.set()
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None


class _Turn:
    """A job, whether it runs, and whether it was asked for since it began last."""

    def __init__(self, job: Callable[[], None]) -> None:
        self._job = job
        self._lock = threading.Lock()
        self._runs = False
        self._asked = False

    def ask(self) -> bool:
        """Ask for a turn; whether the scheduler is to be told of it."""
        with self._lock:
            before, self._asked = self._asked, True
            return not (before or self._runs)

    def take(self) -> None:
        """Run it, and again as long as it was asked for meanwhile."""
        with self._lock:
            self._runs, self._asked = True, False
        while True:
            self._job()
            with self._lock:
                if not self._asked:
                    self._runs = False
                    return
                self._asked = False


def _ahead() -> int:
    return SystemClock(0).now() - passed()


def _unbroken(name: str, job: Callable[[], object]) -> Callable[[], None]:
    """A job whose error is logged and that runs again at its next time."""

    def run() -> None:
        try:
            job()
        except Exception as error:  # noqa: BLE001 - a job that ends would never run again
            places = "".join(traceback.format_tb(error.__traceback__))
            _log.error("a job failed, it runs again", job=name, error=str(error), places=places)

    return run
