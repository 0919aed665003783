"""A simulated shop: the real service over flows, a world in front, a watch beside it."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import psycopg

from engine.channels.transport import Envelope, Outcome, delivered, not_taken, refused, unknown
from engine.clock import SettableClock
from engine.core.facts import Facts
from engine.core.model import HOUR, MINUTE, Instant, Intent
from engine.core.values import Types
from engine.customers.erasure import erase_by_name
from engine.delivery.composer import recipient_of
from engine.intake import engagement as leaving
from engine.intake import touches
from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from engine.messages.links import MessageRef, Unsubscribe
from engine.publishing.live import Live
from engine.service.service import Service
from engine.settings import Settings
from engine.store import products
from engine.store.database import Reader
from engine.store.dialects import MEMBERS, members
from engine.store.writer import Transaction
from tests.harness.team import Team
from tests.harness.world import ANY_CODE, Happening, Person, Reaction, World, Write
from tests.simulation.watch import BrokenPromiseError, Watch

FLOWS = Path(__file__).parents[2] / "flows"
START: Instant = 1_788_732_000_000  # Monday 2026-09-07, midnight in Berlin
AT_ONCE = 2_000


class Sent(NamedTuple):
    """A message that left the house, for comparing two runs of the same life."""

    at: Instant
    to: str
    channel: str
    flow: str
    message: str
    outcome: str


@dataclass
class Post:
    """Every transport in one. Looks at the ledger before it takes anything (the intent comes
    before the effect), and answers as mail servers do: nearly always well.
    """

    seed: int
    service: Callable[[], Service]
    sent: list[Sent] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    fresh: list[tuple[str, Sent]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    true: int = 0
    """Messages about stock or a price that were found to be true."""

    async def deliver(self, key: str, envelope: Envelope) -> Outcome:
        try:
            self._is_claimed(key)
        except Exception as error:  # noqa: BLE001 - nothing that a transport raises gets far
            self.broken.append(repr(error))
        outcome = self._outcome(envelope)
        if outcome is None:
            raise RuntimeError("this transport has a fault")
        if outcome.kind == "delivered":
            if key in self.keys:
                self.broken.append(f"I1: {key} was delivered twice")
            self.keys.add(key)
        letter = Sent(
            envelope.at, envelope.to, envelope.channel, envelope.flow, envelope.message,
            outcome.kind,
        )  # fmt: skip
        self.sent.append(letter)
        if outcome.kind == "delivered" and key.endswith(":customer"):
            self.fresh.append((key, letter))
        return outcome

    async def close(self) -> None:
        """Nothing is held."""

    def _is_claimed(self, key: str) -> None:
        if key.startswith("confirmation:"):
            return
        run, step, visit, kind = key.split(":")
        with self.service().database.reader() as reader:
            row = reader.row(
                "select intent.state, message, memory from intent join run on run.id = intent.run"
                " where run = ? and step = ? and visit = ? and recipient = ?",
                (int(run), step, int(visit), ("customer", "staff", "call").index(kind)),
            )
            if row is None or row[0] != "claimed":
                raise BrokenPromiseError(f"I2: {key} was delivered, its intent is {row}")
            if row[1] in ("back_in_stock", "low_stock", "price_drop"):
                self._is_true(reader, key, row[1], orjson.loads(row[2]))

    def _is_true(self, reader: Reader, key: str, message: str, memory: dict[str, Any]) -> None:
        """What a message says of stock and price holds when it leaves."""
        row = reader.row("select stock, price from product where id = ?", (memory["product"],))
        assert row is not None
        stock, price = row
        self.true += 1
        if message == "price_drop" and price > memory["entry"]["price"]:
            raise BrokenPromiseError(f"{key}: the price is back at {price}")
        if message != "price_drop" and not stock:
            raise BrokenPromiseError(f"{key}: {memory['product']} is sold out")

    def _outcome(self, envelope: Envelope) -> Outcome | None:
        """None for a transport that raises, which none should."""
        fate = random.Random(f"{self.seed}:{envelope.to}:{envelope.message}:{envelope.at}").random()
        if fate < 0.002:
            return refused("no such mailbox", hard_bounce=True)
        if fate < 0.006:
            return not_taken("try again later")
        if fate < 0.008:
            return unknown("the connection broke")
        if fate < 0.009:
            return None
        return delivered(f"id-{len(self.sent)}")


class Terse:
    """A composer that renders nothing: for long lives, in which it matters who gets what."""

    def __init__(self, composer: Any, live: Live) -> None:
        self._composer = composer
        self._live = live
        self.links = composer.links

    def envelope(self, intent: Intent, facts: Facts, _folder: Path, now: Instant) -> Envelope:
        to = recipient_of(self._live.deployment, intent, facts)
        return Envelope(intent.channel, to, now, message=intent.message, flow=intent.flow)

    def call(self, intent: Intent, facts: Facts, now: Instant) -> Envelope:
        return self._composer.call(intent, facts, now)


class Simulation:
    """`live` plays the days and looks at every promise after each hour."""

    def __init__(
        self,
        folder: Path,
        *,
        seed: int,
        people: int,
        settings: Settings,
        render: bool,
        edits: dict[int, Callable[[Path], None]],
        downtime: tuple[int, int] | None = None,
        tick: Instant = 15 * MINUTE,
        team: bool = False,
    ) -> None:
        """`edits` change the flows on a day and are published; `downtime` is a day and for how
        many hours the server is off from then on; the server works every `tick`, in a `team` with
        nodes beside it.
        """
        self._folder = folder
        self._flows = folder / "flows"
        # Nobody here says which language they speak: one is enough, and is checked in a third.
        shutil.copytree(FLOWS, self._flows, ignore=shutil.ignore_patterns("*.en.*", "*.sr.*"))
        self._settings = settings
        self._render = render
        self._edits = edits
        self._downtime = downtime
        self._tick = tick
        self.clock = SettableClock(START)
        self.world = World(seed, people, START)
        self.team = Team(folder, settings, self.clock, seed) if team else None
        self.post = Post(seed, lambda: self.service)
        self.service = self._open()
        self.watch = Watch(self.service)

    def _open(self) -> Service:
        channels = ("email", "sms", "push", "whatsapp", "call")
        service = Service(
            self._folder / "data",
            self._flows,
            self._settings,
            self.clock,
            transports=dict.fromkeys(channels, self.post),
        )
        service.start(background=False)
        if not self._render:
            service.sender.composer = Terse(service.sender.composer, service.live)  # type: ignore[assignment]
        if self.team is not None:
            self.team.join(service)
        return service

    def close(self) -> None:
        if self.team is not None:
            self.team.close()
        self.service.stop()

    # --- time -----------------------------------------------------------------------------

    def live(self, days: int) -> list[Sent]:
        """So many days; gives what was sent, in order of time."""
        self._tell([(START, one) for one in self.world.opening()])
        self.service.run_until_idle()
        self.watch.look(self.clock.now())
        off_until = 0
        for hour in range(days * 24):
            began = START + hour * HOUR
            if hour % 24 == 0:
                self._keep_house()
                self.world.day(began)
            if self._downtime and hour == self._downtime[0] * 24:
                self.service.stop()
                off_until = began + self._downtime[1] * HOUR
            if began < off_until:
                continue
            if began == off_until:
                self.clock.turn(began)
                self.service = self.watch.service = self._open()
            published = self._publish(hour)
            self._forget(self.world.asking_to_be_forgotten(began))
            self._hour(began)
            self.watch.look(self.clock.now(), published=published)
        self.watch.search()
        return sorted(self.post.sent)

    def _keep_house(self) -> None:
        """What PostgreSQL does by itself about every minute: a virtual day passes in seconds."""
        url = self._settings.database_url
        if url is not None:
            with psycopg.connect(url.get_secret_value(), autocommit=True) as connection:
                connection.execute("vacuum analyze")

    def _hour(self, began: Instant) -> None:
        for tick in range(began + self._tick, began + HOUR + 1, self._tick):
            self.clock.turn(tick)
            self._tell(self.world.until(tick))
            self.service.run_until_idle()
            if self.post.broken:
                raise BrokenPromiseError(self.post.broken[0])
            self._answers()

    def _publish(self, hour: int) -> bool:
        edit = self._edits.get(hour // 24) if hour % 24 == 11 else None
        if edit is None:
            return False
        edit(self._flows)
        self.service.publish(self._flows, author="simulation")
        return True

    def _forget(self, people: list[Person]) -> None:
        for person in people:
            erased = self.service.writer.run(
                lambda tx, person=person: erase_by_name(
                    tx, person.user, self.service.live.suppressions, self.clock.now(), "a season"
                )
            )
            if not erased:
                raise BrokenPromiseError(f"I16: {person.user} was not found")
            self.watch.forgotten.add(person.number)
        if people and self._render:
            self.watch.search()

    # --- what happens ---------------------------------------------------------------------

    def _tell(self, happenings: list[tuple[Instant, Happening]]) -> None:
        for start in range(0, len(happenings), AT_ONCE):
            piece = [one for _, one in happenings[start : start + AT_ONCE]]
            self.watch.accepted += self._store_somewhere(piece)

    def _store_somewhere(self, piece: list[Happening]) -> int:
        service = self.service
        if self.team is not None:
            return self.team.store(service, lambda tx, types: self._store(tx, types, piece))
        return service.writer.run(lambda tx: self._store(tx, service.deployment.types, piece))

    def _store(self, transaction: Transaction, types: Types, piece: list[Happening]) -> int:
        """Store in order; give how many calls were taken as new."""
        now = self.clock.now()
        calls = []
        for one in piece:
            if isinstance(one, Write):
                changes = types.read_product(one.changes)
                products.put(transaction, one.product, changes, now)
            elif isinstance(one, Reaction):
                self._react(transaction, one, now)
            else:
                calls.append(self._with_code(transaction, one))
        taken = take(transaction, calls, types, now)
        wrong = [one for one in taken if one.error]
        if wrong:
            raise BrokenPromiseError(f"a call was refused: {wrong[0]}")
        return sum(1 for one in taken if not one.duplicate)

    @staticmethod
    def _with_code(transaction: Transaction, call: Incoming) -> Incoming:
        """Whoever means to use a code uses the newest that they were given."""
        if call.properties.get("coupon") != ANY_CODE:
            return call
        row = transaction.row(
            "select code from coupon_code join identity on identity.customer = coupon_code.customer"
            " where kind = 'user' and value = ? and redeemed_at is null"
            " order by given_at desc, run desc limit 1",
            (call.user,),
        )
        told = {name: value for name, value in call.properties.items() if name != "coupon"}
        return replace(call, properties={**told, "coupon": row[0]} if row else told)

    def _react(self, transaction: Transaction, one: Reaction, now: Instant) -> None:
        run, step, visit, _ = one.key.split(":")
        row = transaction.row(
            "select intent.customer, flow.name, channel, message from intent"
            " join flow on flow.id = intent.flow"
            " where run = ? and step = ? and visit = ? and recipient = 0",
            (int(run), step, int(visit)),
        )
        assert row is not None
        customer, flow, channel, message = row
        about = MessageRef(customer, int(run), flow, step, int(visit), channel, message)
        types = self.service.deployment.types
        rule = self._settings.click_rule
        if one.act == "open":
            touches.note(transaction, now, rule, about, "open")
        elif one.act == "click":
            url = {"url": "https://shop.example/"}
            touches.note(transaction, now, rule, about, "click", more=url)
        else:
            leaving.unsubscribe(transaction, types, now, Unsubscribe(customer, channel, about))

    def _answers(self) -> None:
        """Let people decide what they do with what has just arrived."""
        fresh, self.post.fresh = sorted(self.post.fresh), []
        if not fresh:
            return
        runs = {int(key.split(":")[0]) for key, _ in fresh}
        with self.service.database.reader() as reader:
            owners: dict[int, str] = dict(
                reader.rows(
                    "select run.id, value from run join identity on identity.customer ="
                    f" run.customer and kind = 'user' where run.id in {MEMBERS}",
                    (members(sorted(runs)),),
                )
            )
        for key, letter in fresh:
            user = owners.get(int(key.split(":")[0]))
            if user is not None:
                person = self.world.by_user[user]
                self.world.answer(person, key, letter.flow, letter.message, letter.at)
