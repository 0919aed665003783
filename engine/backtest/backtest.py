"""A backtest: the stored past of a shop through the flows as they stand in files.

People are played one after the other, in the order of their numbers, a page in memory at a time.
After each page the counters and how far it came are written into the work folder, so whoever is
killed goes on from there, to the same result. Nothing is sent, and the shop's tables are only read.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Collection
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import orjson

from engine.backtest.counting import Counted
from engine.backtest.holding import ACTS, standings
from engine.backtest.imported import Imports
from engine.backtest.people import People
from engine.backtest.person import Person
from engine.backtest.playing import play
from engine.backtest.products import Changes, PastCatalogue
from engine.backtest.result import BacktestResult, Tally
from engine.backtest.shop import Shop, read_shop
from engine.backtest.stage import Stage
from engine.backtest.updates import Suppressed
from engine.core.model import HOUR, Instant
from engine.errors import RefusedError
from engine.store import mailboxes, past, past_properties
from engine.store.connection import Row
from engine.store.rows import Rows
from engine.store.secrets import known_secret
from engine.store.writer import no_collection

PAGE: Final = 250
"""So many people are in memory at a time."""
_FORMAT: Final = 2
_FAR: Final = 1 << 62

Told = Callable[[int, int], None]
"""Told how far it is, and of how much."""


class UnfitPeriodError(RefusedError):
    """There is nothing to play in such a time, or no such flow."""


def backtest(
    rows: Rows,
    folder: Path,
    work: Path,
    since: Instant,
    until: Instant,
    *,
    flow: str = "",
    as_if_known: bool | None = None,
    max_lateness: Instant = 24 * HOUR,
    told: Told | None = None,
) -> BacktestResult:
    """What the flows in `folder` would have done from `since` to `until` (both counted, in ms) with
    the people and events that `rows` (one moment of the database) holds; of all flows, or of
    `flow`. `work` is a folder of its own, in which an interrupted backtest is gone on with.
    `as_if_known`: what files brought later counts from when it happened; None: only where the shop
    knew nothing else at `since`.

    Raises:
        NothingPublishedError: there are no flows in the files.
        ProjectHasErrorsError: the files have errors.
        UnfitPeriodError: the period is empty, or there is no such flow.
    """
    if until <= since:
        raise UnfitPeriodError("a backtest needs a period of the past: --from comes before --to")
    if as_if_known is None:
        as_if_known = Imports(rows).are_all_before(since)
    imports = Imports(rows, as_if_known=as_if_known)
    shop = read_shop(rows, folder, work, since, max_lateness, as_if_known=as_if_known)
    if flow and flow not in shop.deployment.programs:
        raise UnfitPeriodError(f"there is no flow {flow!r} in {folder}")
    mark = _mark(shop, since, until, as_if_known=as_if_known)
    file = work / f"{mark}.json"
    after, tally, before = _gone_on(file)
    began = time.perf_counter()
    since_when = past_properties.kept_since(rows)
    playing = _Playing(rows, shop, tally, (since, until), since_when, imports)
    last = past.size(rows)
    while (reached := playing.page(after)) is not None:
        after = reached
        seconds = before + time.perf_counter() - began
        _keep(file, {"after": after, "tally": tally.as_state(), "seconds": seconds})
        if told is not None:
            told(after, last)
    if told is not None:
        told(last, last)
    seconds = before + time.perf_counter() - began
    file.unlink(missing_ok=True)
    return BacktestResult(
        flow,
        since,
        until,
        tally,
        tuple(sorted(shop.edited)),
        since_when,
        seconds,
        held_back=playing.held_back,
        as_if_known=as_if_known,
        imported_since=imports.after(since),
    )


class _Playing:
    """Plays page after page."""

    def __init__(
        self,
        rows: Rows,
        shop: Shop,
        tally: Tally,
        period: tuple[Instant, Instant],
        history_since: Instant,
        imports: Imports,
    ) -> None:
        self._rows = rows
        self._shop = shop
        self._period = period
        secret = known_secret(rows)
        self._imports = imports
        catalogue = PastCatalogue(rows, period[0], as_if_known=imports.as_if_known)
        suppressed = Suppressed(rows, bytes.fromhex(secret))
        self._people = People(rows, shop, catalogue, suppressed, imports, period)
        self._counting = Counted(shop, tally, history_since, period[0])
        products = Changes(rows, shop.deployment, catalogue, period)
        self._everybody = shop.everybody or bool(products.everybody)
        stood = standings(past.acts(rows, ACTS), shop.ports, *period)
        self.held_back = tuple((one.at, one.act, one.flow) for one in stood[1:])
        self._stage = Stage(shop, catalogue, products, suppressed, period, stood, self._counting)

    def page(self, after: int) -> int | None:
        """Play the next people behind a number; the last of them, None for none."""
        known_until = _FAR if self._imports.as_if_known else self._period[1]
        found = past.people(self._rows, after, known_until, PAGE)
        if not found:
            return None
        with no_collection():
            self._play(found)
        gc.collect(1)  # what this page alone made: the rest of the process is older
        return int(found[-1][0])

    def _play(self, found: list[Row]) -> None:
        numbers = {row[0] for row in found}
        together = self._together(numbers)
        others = set().union(*together) - numbers if together else set()
        persons = self._people.read([*found, *past.these(self._rows, others)])
        alone = numbers.difference(*together)
        for number in sorted(alone):
            self._live([persons[number]])
        for group in together:
            # Whoever came first stands for all of them: they are played once.
            if min(group) in numbers:
                self._live([persons[one] for one in sorted(group) if one in persons])

    def _live(self, persons: list[Person]) -> None:
        persons = [one for one in persons if one.came <= self._period[1]]
        if not (persons and (self._everybody or any(map(_has_a_life, persons)))):
            return
        play(self._stage, persons)
        for person in persons:
            self._counting.done(person)

    def _together(self, numbers: Collection[int]) -> list[set[int]]:
        """Those of these people who share an address with somebody, with everybody they share one
        with, and so on.
        """
        found: list[set[int]] = []
        shared = mailboxes.shared(self._rows, numbers)
        for start in sorted({customer for customer, _ in shared}):
            if any(start in group for group in found):
                continue
            group, new = {start}, {start}
            while new:
                more = mailboxes.shared(self._rows, new)
                new = set().union(*more.values()) - group if more else set()
                group |= new
            found.append(group)
        return found


def _has_a_life(person: Person) -> bool:
    return bool(person.events or person.live or person.intents or person.lane.runs)


def _mark(shop: Shop, since: Instant, until: Instant, *, as_if_known: bool) -> str:
    """What an interrupted backtest is known by: the same files and period. What happens in a shop
    meanwhile is behind the period's end.
    """
    told = [_FORMAT, shop.hash, since, until, as_if_known]
    return blake2b(orjson.dumps(told), digest_size=12).hexdigest()


def _gone_on(file: Path) -> tuple[int, Tally, float]:
    """How far an interrupted one came."""
    try:
        state: dict[str, Any] = orjson.loads(file.read_bytes())
        return state["after"], Tally.of_state(state["tally"]), state["seconds"]
    except (OSError, orjson.JSONDecodeError, KeyError):
        return 0, Tally(), 0.0


def _keep(file: Path, state: dict[str, Any]) -> None:
    """Whole or not at all, whoever is killed."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = file.with_suffix(".new")
    made.write_bytes(orjson.dumps(state))
    made.replace(file)
