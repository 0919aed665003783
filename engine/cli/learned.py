"""What `recommend` and `besttime` share: of whom is asked, at which moment, how it is shown."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli import verb

if TYPE_CHECKING:
    from engine.store.connection import Reader


@contextmanager
def opened(data: Path) -> Iterator[tuple[Reader, int, str]]:
    """The database as one moment, now, and the store's zone; errors as sentences."""
    from engine.clock import SystemClock
    from engine.reports.recommendations import moment, store_zone
    from engine.settings import read_settings

    with verb.reading(data, code=2) as reader:
        now = moment(reader, SystemClock(read_settings().clock_offset).now())
        yield reader, now, store_zone(reader, data / "published")


def found(reader: Reader, data: Path, customers: list[str]) -> dict[str, int]:
    """Their numbers by the names that were given; one that is not known ends the command."""
    from engine.reports.recommendations import customers_of

    names = [
        name
        for asked in customers
        for name in ([line.strip() for line in sys.stdin] if asked == "-" else [asked])
        if name
    ]
    numbers: dict[str, int] = {}
    for name, number in customers_of(reader, names).items():
        if number is None:
            verb.fail(f"there is no customer {name!r} in {data}")
        numbers[name] = number
    return numbers


def show_all(rows: list[dict[str, Any]]) -> None:
    """One customer as an object, several as a list of them."""
    verb.show(rows[0] if len(rows) == 1 else {"customers": rows})
