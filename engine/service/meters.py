"""What a server counts and times since its start, by the conventions of Prometheus.

`docs/operations.md` says what each figure means and what to do about it.
"""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram

from engine.service.reasons import word_of

_SECONDS = (0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_WRITES = (0.01, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0, 2.0, 5.0, 10.0)


class Meters:
    """Counters and histograms of one server. Every method may be called from any thread."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._events = Counter(
            "headrace_events_applied", "Events that the worker applied", registry=self.registry
        )
        self._due = Counter(
            "headrace_runs_woken", "Runs whose time had come", registry=self.registry
        )
        self._batches = Histogram(
            "headrace_batch_seconds",
            "How long a batch of the worker took",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._commits = Histogram(
            "headrace_commit_seconds",
            "How long the database took to make a group of writes durable",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._writes = Histogram(
            "headrace_write_seconds",
            "How long a group of writes kept others from writing, its commit included",
            buckets=_WRITES,
            registry=self.registry,
        )
        self._deliveries = Counter(
            "headrace_deliveries",
            "Messages and calls handed over, by what came of it",
            ["channel", "outcome"],
            registry=self.registry,
        )

        self._steps = Counter(
            "headrace_steps",
            "Steps of runs that were passed, waited at or left out, by what came of them",
            ["outcome"],
            registry=self.registry,
        )
        self._skipped = Counter(
            "headrace_steps_skipped",
            "Steps that were left out, sends above all, by why",
            ["reason"],
            registry=self.registry,
        )
        self._requests = Counter(
            "headrace_http_requests",
            "Requests from outside, by what they are about and the status of the answer",
            ["what", "status"],
            registry=self.registry,
        )

    def request(self, what: str, status: int) -> None:
        """A request was answered: `what` is tracking, shops, catalogue or pages."""
        self._requests.labels(what, str(status)).inc()

    def batch(self, seconds: float, events: int, due: int) -> None:
        """The worker applied so many events and woke so many runs."""
        self._batches.observe(seconds)
        self._events.inc(events)
        self._due.inc(due)

    def steps(self, history: Iterable[tuple[str, str]]) -> None:
        """Runs came so far: the outcome of each step, and its detail. What is undone with its
        transaction and done again counts again.
        """
        outcomes, reasons = Counts[str](), Counts[str]()
        for outcome, detail in history:
            outcomes[outcome] += 1
            if outcome == "skipped":
                reasons[word_of(detail)] += 1
        for outcome, number in outcomes.items():
            self._steps.labels(outcome).inc(number)
        for reason, number in reasons.items():
            self._skipped.labels(reason).inc(number)

    def commit(self, seconds: float, held: float) -> None:
        """The writer committed, and had the database for itself for `held` seconds in all."""
        self._commits.observe(seconds)
        self._writes.observe(held)

    def delivery(self, channel: str, outcome: str) -> None:
        """Something was handed over: `outcome` is the kind that the transport told."""
        self._deliveries.labels(channel, outcome).inc()
