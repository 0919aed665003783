"""A shop's database that files are imported into, without a service around it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from dsl.names import vocabulary
from engine.core.values import Types
from engine.imports import jobs
from engine.imports.groups import Kind, Row
from engine.imports.jobs import Job, Rejection
from engine.imports.running import Plan, run
from engine.store.database import Database
from tests.engine.imports.people import NOW

TYPES = Types(
    {**vocabulary.CUSTOMER, "tier": "text", "budget": "money", "vip": "boolean", "sizes": "list"},
    {**vocabulary.PRODUCT, "usage_days": "number"},
    vocabulary.EVENTS,
    "EUR",
    "Europe/Berlin",
)


class Counter:
    """Where imports go: `engine.imports.running.ImportTarget` over a database of its own."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.database = Database(folder / "data", url)
        self.writer = self.database.open_to_write()
        self.now = NOW

    def close(self) -> None:
        self.database.close()

    def begin(self, kind: Kind, digest: str, name: str, *, again: bool) -> Job:
        return self.writer.run(lambda tx: jobs.begin(tx, kind, digest, name, self.now, again=again))

    def advance(
        self, job: int, position: int, rows: Sequence[Row], *, complete: bool
    ) -> list[Rejection]:
        return self.writer.run(
            lambda tx: jobs.advance(
                tx, job, position, rows, types=TYPES, now=self.now, complete=complete
            )
        )

    def finish(self, job: int, *, complete: bool) -> dict[str, Any]:
        return self.writer.run(lambda tx: jobs.finish(tx, job, self.now, complete=complete))

    def take(
        self, kind: Kind, content: str | bytes, name: str = "file.csv", **more: Any
    ) -> dict[str, Any]:
        """Import a file of this content; the report."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return run(Plan(kind, path, **more), self).as_json()

    def reasons(self, *told: Any, **more: Any) -> dict[int, str]:
        """Why lines were rejected."""
        return {each["line"]: each["reason"] for each in self.take(*told, **more)["skipped"]}

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.writer.run(lambda tx: tx.rows(sql, values))

    def customers(self) -> list[dict[str, Any]]:
        """Properties of all customers that stand, in the order in which they came."""
        return [
            orjson.loads(row[0])
            for row in self.rows(
                "select properties from customer where merged_into is null order by id"
            )
        ]

    def product(self, product: str) -> dict[str, Any]:
        found = self.rows("select properties from product where id = ?", product)
        return orjson.loads(found[0][0]) if found else {}

    def events(self, *names: str) -> list[tuple[str, dict[str, Any]]]:
        return [
            (name, orjson.loads(properties))
            for name, properties in self.rows("select name, properties from event order by id")
            if name in names
        ]
