"""All segments of a project over a large shop, against SQL written by hand for the same question.

The shop is made up and scattered: events come in the order of their time, their customers do not.
Both sides read the same tables with the same indexes in the same run, each three times, and the
median counts. What is written by hand knows what this data looks like (every value is a number,
nobody is without an address's consent row by accident) and may cut every corner that keeps the
answer right; the answers are compared.
"""

from __future__ import annotations

import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random  # noqa: TID251 - made up once, the same each time
from typing import Any, Final

import orjson

from engine.bench.written import WRITTEN
from engine.core.deployment import Deployment
from engine.core.model import DAY, Instant
from engine.projects.compiled import compile_folder
from engine.segments.sql import members_of
from engine.store.database import Database, Reader, address_of
from engine.store.writer import Transaction, Writer

NOW: Final[Instant] = 1_767_600_000_000  # 2026-01-05 08:00 UTC
_SPAN: Final = 400 * DAY
_POOL: Final = 99_991
_PRIME: Final = 2_654_435_761
_SLICE: Final = 50_000
_TURNS: Final = 3
_NAMES: Final = (
    ["page_view"] * 34 + ["view_item"] * 30 + ["open_email"] * 12 + ["search"] * 6
    + ["add_to_cart"] * 6 + ["click_email"] * 4 + ["purchase"] * 5 + ["begin_checkout"] * 3
    + ["sent_email"] * 30
)  # fmt: skip
_CATEGORIES: Final = ("shoes", "tents", "ropes", "jackets", "packs", "stoves")
_MESSAGES: Final = ("welcome_1", "cart_reminder", "spring_sale", "newsletter", "thanks")


def run(customers: int, events: int, project: Path, url: str | None = None) -> dict[str, Any]:
    """Make the shop in a temporary folder (or in a schema of its own at `url`) and ask."""
    shop = compile_folder(project).deployment()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="headrace-segments-")))
        own = url
        if url is not None:
            from engine.store.postgres.scratch import scratch

            own = stack.enter_context(scratch(address_of(url)))
        database = Database(folder, own)
        writer = database.open_to_write()
        stack.callback(database.close)
        started = time.perf_counter()
        _make(writer, customers, events, on_sqlite=url is None)
        made = time.perf_counter() - started
        reader = database.reader()
        stack.callback(reader.close)
        figures = _ask(reader, shop, "sqlite" if url is None else "postgresql")
    return {
        "workload": "segments",
        "customers": customers,
        "events": events,
        "database": "sqlite" if url is None else "postgresql",
        "made_in_seconds": round(made, 1),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        **figures,
    }


# --- asking --------------------------------------------------------------------------------


def _ask(reader: Reader, shop: Deployment, dialect: Any) -> dict[str, Any]:
    segments: dict[str, dict[str, float | int]] = {}
    ours = theirs = 0.0
    for name in shop.blocks:
        query = members_of(name, shop, dialect=dialect, now=NOW, suppressed={})
        written = WRITTEN.get(name)
        if written is None:
            seconds, found = _median([lambda q=query: reader.rows(q.sql, q.values)])[0]
            segments[name] = {"members": len(found), "seconds": round(seconds, 3)}
            continue
        sql, values = written(dialect, NOW)
        (seconds, found), (by_hand, expected) = _median(
            [
                lambda q=query: reader.rows(q.sql, q.values),
                lambda s=sql, v=values: reader.rows(s, v),
            ]
        )
        if sorted(found) != sorted(expected):
            raise RuntimeError(f"segment {name}: {len(found)} members, and {len(expected)} by hand")
        ours, theirs = ours + seconds, theirs + by_hand
        segments[name] = {
            "members": len(found),
            "seconds": round(seconds, 3),
            "by_hand": round(by_hand, 3),
            "ratio": round(seconds / by_hand, 2),
        }
    return {
        "seconds": round(ours, 3),
        "by_hand": round(theirs, 3),
        "ratio": round(ours / theirs, 3) if theirs else None,
        "segments": segments,
    }


def _median(questions: list[Any]) -> list[tuple[float, list[Any]]]:
    """Each asked in turn, so that both find the same caches."""
    times: list[list[float]] = [[] for _ in questions]
    answers: list[list[Any]] = [[] for _ in questions]
    for _ in range(_TURNS):
        for place, question in enumerate(questions):
            started = time.perf_counter()
            answers[place] = question()
            times[place].append(time.perf_counter() - started)
    return [(statistics.median(one), answer) for one, answer in zip(times, answers, strict=True)]


# --- making --------------------------------------------------------------------------------


def _make(writer: Writer, customers: int, events: int, *, on_sqlite: bool) -> None:
    """Indexes over events are made at the end: row by row they would take most of the time."""
    random = Random(1)  # noqa: S311
    indexes = writer.run(_indexes) if on_sqlite else []
    for name, _ in indexes:
        writer.run(lambda tx, name=name: tx.execute(f"drop index {name}"))  # type: ignore[misc]
    for first in range(1, customers + 1, _SLICE):
        some = range(first, min(first + _SLICE, customers + 1))
        writer.run(lambda tx, some=some: _customers(tx, some, random))  # type: ignore[misc]
    pool = _pool(random)
    for first in range(1, events + 1, _SLICE):
        some = range(first, min(first + _SLICE, events + 1))
        rows = list(_events(some, customers, events, pool))
        writer.run(lambda tx, rows=rows: _store(tx, rows))  # type: ignore[misc]
    for _, sql in indexes:
        writer.run(lambda tx, sql=sql: tx.execute(sql))  # type: ignore[misc]
    if not on_sqlite:
        for table in ("customer", "event", "consent", "pending"):
            writer.run(lambda tx, table=table: tx.execute(f"analyze {table}"))  # type: ignore[misc]


def _indexes(transaction: Transaction) -> list[tuple[str, str]]:
    return [
        (name, sql)
        for name, sql in transaction.rows(
            "select name, sql from sqlite_master where type = 'index' and tbl_name = 'event'"
            " and sql is not null"
        )
    ]


def _customers(transaction: Transaction, numbers: range, random: Random) -> None:
    rows, consents = [], []
    for number in numbers:
        properties = {
            "email": f"c{number}@example.com",
            "first_name": f"Name {number % 977}",
            "gender": random.choice(("female", "male", "")),
            "country": random.choice(("DE", "DE", "DE", "AT", "CH")),
            "postal_code": f"{random.randrange(100_000):05d}",
            "created_at": NOW - random.randrange(900 * DAY),
            "total_spent": random.randrange(200_000),
        }
        tags = b'["ambassador"]' if random.random() < 0.02 else None
        created = properties["created_at"]
        rows.append((number, created, orjson.dumps(properties), tags))
        consents += [
            (number, what, random.random() < 0.9, created)
            for what in ("email", "tracking")
            if random.random() < 0.8
        ]
    transaction.executemany(
        "insert into customer (id, created_at, properties, tags) values (?, ?, ?, ?)", rows
    )
    transaction.executemany(
        "insert into consent (customer, what, allowed, at) values (?, ?, ?, ?)", consents
    )


def _pool(random: Random) -> list[tuple[str, bytes]]:
    """Events without their customer and time: made once, told by many."""
    names = [random.choice(_NAMES) for _ in range(_POOL)]
    return [(name, orjson.dumps(_properties(name, random))) for name in names]


def _events(
    numbers: range, customers: int, events: int, pool: list[tuple[str, bytes]]
) -> Iterator[tuple[Any, ...]]:
    first = NOW - _SPAN
    for number in numbers:
        scattered = number * _PRIME
        customer = scattered % customers
        # Some do much more than others.
        if scattered >> 7 & 1:
            customer = customer // 3 * 3
        at = first + _SPAN * number // (events + 1)
        name, properties = pool[(scattered >> 3) % _POOL]
        yield number, f"m{number}", customer + 1, name, at, at, True, properties


def _properties(name: str, random: Random) -> dict[str, Any]:
    product = random.randrange(2_000)
    item = {
        "id": f"p{product}",
        "price": 500 + product * 7,
        "category": _CATEGORIES[product % len(_CATEGORIES)],
    }
    if name == "purchase":
        items = [{**item, "quantity": 1 + product % 3}]
        return {"order_id": f"o{random.getrandbits(32)}", "value": 1_500 + product * 31,
                "items": items}  # fmt: skip
    if name in ("sent_email", "open_email", "click_email"):
        return {"message": random.choice(_MESSAGES), "channel": "email"}
    if name == "search":
        return {"search_term": random.choice(_CATEGORIES)}
    if name == "page_view":
        return {"url": f"https://shop.example/p/{product}", "title": f"Product {product}"}
    return {**item, "item": item["id"], "items": [item], "value": item["price"]}


def _store(transaction: Transaction, rows: list[tuple[Any, ...]]) -> None:
    transaction.executemany(
        "insert into event (id, message_id, customer, name, occurred_at, received_at, enters,"
        " properties) values (?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
