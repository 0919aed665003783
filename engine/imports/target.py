"""Where an import is stored, one step after another: by this process, or by whoever `does` it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.clock import Clock
from engine.core.values import Types
from engine.imports import jobs
from engine.imports.groups import Kind, Row
from engine.store.writer import Transaction, Writer, no_collection


class SteppedTarget:
    """An import told step by step: `does` takes a step as a JSON object and gives its answer."""

    def __init__(self, does: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self._does = does

    def begin(self, kind: Kind, digest: str, name: str, *, again: bool) -> jobs.Job:
        job = self._does(
            {"act": "begin", "kind": kind, "digest": digest, "name": name, "again": again}
        )
        rejections = [jobs.Rejection(*each) for each in job["rejections"]]
        return jobs.Job(**{**job, "rejections": rejections})

    def advance(
        self, job: int, position: int, rows: Sequence[Row], *, complete: bool
    ) -> list[jobs.Rejection]:
        done = self._does(
            {
                "act": "advance",
                "job": job,
                "position": position,
                "complete": complete,
                "rows": rows,
            }
        )
        return [jobs.Rejection(*each) for each in done["rejected"]]

    def finish(self, job: int, *, complete: bool) -> dict[str, Any]:
        return self._does({"act": "finish", "job": job, "complete": complete})


class LocalTarget(SteppedTarget):
    """Stored by this process. `types` are those that are published at each step."""

    def __init__(self, writer: Writer, clock: Clock, types: Callable[[], Types]) -> None:
        super().__init__(self.step)
        self._writer = writer
        self._clock = clock
        self._types = types

    def step(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Do one step: `act` is begin, advance or finish (`engine.imports.jobs`)."""

        def work(transaction: Transaction) -> dict[str, Any]:
            now = self._clock.now()
            if asked["act"] == "begin":
                kind, digest, name = asked["kind"], asked["digest"], asked["name"]
                job = jobs.begin(transaction, kind, digest, name, now, again=asked["again"])
                return {**job._asdict(), "rejections": [list(each) for each in job.rejections]}
            if asked["act"] == "finish":
                return jobs.finish(transaction, asked["job"], now, complete=asked["complete"])
            with no_collection():
                rejected = jobs.advance(
                    transaction,
                    asked["job"],
                    asked["position"],
                    asked["rows"],
                    types=self._types(),
                    now=now,
                    complete=asked["complete"],
                )
            return {"rejected": [list(each) for each in rejected]}

        return self._writer.run(work)
