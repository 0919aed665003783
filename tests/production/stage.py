"""Plays a `test` block of the language on the real service: its database, worker and sender."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from dsl import tree
from dsl.project import load_project
from engine.channels.transport import Envelope, Outcome, delivered
from engine.clock import SettableClock
from engine.core import calendar
from engine.core.facts import CONTACT
from engine.core.model import DAY, SECOND
from engine.core.reachable import REACHABLE
from engine.customers import reach
from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from engine.lab.conditions import Conditions, with_needs
from engine.lab.literals import arguments
from engine.lab.recommending import recommender
from engine.lab.script import Cue, read
from engine.lab.suite import Case, Suite
from engine.runtime import manual
from engine.service.service import Service
from engine.settings import Settings
from engine.store import consents, events, products, states
from engine.store.writer import Transaction
from tests.production.seen import Seen
from tests.simulation.shop import Terse

_STAND_IN = {"email": "customer@example.com", "phone": "+4915100000000", "push": "token"}
_LEFT_OUT = "can_receive leaves it out"


def with_stubs(project: Path, folder: Path) -> Path:
    """A copy of a project in which every message is a word: rendering is another test's matter."""
    made = folder / "flows"
    shutil.copytree(project, made, ignore=shutil.ignore_patterns("messages"))
    messages = made / "messages"
    messages.mkdir()

    def write(name: str, channel: str) -> None:
        mail = channel in ("email", "staff")
        path = messages / f"{name}.{channel}.{'txt' if mail else 'liquid'}"
        path.write_text("---\nsubject: Word\n---\nWord\n" if mail else "Word\n", encoding="utf-8")

    for graph in load_project(made).graphs.values():
        for node in graph.nodes:
            match node.step:
                case tree.Send(channels=channels, message=name):
                    for channel in channels:
                        write(name, channel)
                case tree.Show(surface=surface, message=name):
                    write(name, surface)
                case tree.Notify(message=name):
                    write(name, "staff")
    return made


@dataclass
class _Post:
    """A transport for everything; takes all that comes."""

    taken: list[str] = field(default_factory=list)

    async def deliver(self, key: str, _envelope: Envelope) -> Outcome:
        self.taken.append(key)
        return delivered("taken")

    async def close(self) -> None:
        """Nothing is held."""


class Production:
    """One test in a database of its own. `play` may be called once; `close` comes last."""

    def __init__(
        self, suite: Suite, case: Case, project: Path, data: Path, database_url: str | None
    ) -> None:
        self._suite, self._case = suite, case
        self._flows = suite.running(case.test.flow)
        self._script = read(case.test, suite.deployment(self._flows).zone)
        self._clock = SettableClock(self._script.start - 1)
        self._told = 0
        self._post = _Post()
        channels = (*CONTACT, "whatsapp", "call")
        self._service = Service(
            data,
            project,
            Settings(database_url=database_url),
            self._clock,
            transports=dict.fromkeys(channels, self._post),
        )
        self._service.start(background=False)
        self._service.sender.composer = Terse(self._service.sender.composer)  # type: ignore[assignment]

    def close(self) -> None:
        self._service.stop()

    def play(self, until: int) -> Seen:
        """Everything that the test gives and plays, and time up to `until` at least."""
        self._override_draws()
        self._give()
        service, cues = self._service, list(self._script.cues)
        service.run_until_idle(self._script.start)
        for cue in cues:
            if cue.at > self._clock.now():
                service.run_until_idle(cue.at)
            self._happen(cue)
            service.run_until_idle(cue.at)
        service.run_until_idle(max(until, self._script.until or 0, self._clock.now()))
        return self._seen()

    # --- what is given --------------------------------------------------------------------

    def _override_draws(self) -> None:
        """A test says who is held out and which arm they are in; chance does in production."""
        script, worker = self._script, self._service._worker
        load = worker.steps.load
        holdout = frozenset({self._case.test.flow}) if script.holdout else frozenset()

        def loaded(*values: Any, **named: Any) -> Any:
            found = load(*values, **named)
            for lane in found.lanes.values():
                lane.holdout, lane.arms = holdout, dict(script.arms)
            return found

        worker.steps.load = loaded  # type: ignore[method-assign]

    def _give(self) -> None:
        """The customer, the products and the past, which moves nobody."""
        service, script = self._service, self._script
        shop = service.live.deployment.only(self._flows)
        self._conditions = Conditions.of(self._case.test, shop)
        shop = with_needs(shop, self._conditions.needs)
        service.live.learned.find = recommender(script)
        if script.until is None:
            for program in shop.programs.values():
                program.schedules = ()
        self._types = shop.types
        nobody = {"programs": {}, "entering": {}, "moving": frozenset(), "watched": {}}
        service.live.deployment = replace(shop, **nobody)
        self._customer = service.writer.run(self._store_given)
        for cue in script.past:
            self._happen(cue, enters=False)
        service.tick()
        service.writer.run(_forget_how_it_came)
        service.live.deployment = shop.leaving_unsettled(shop.blocks.keys())
        service.segments.settle()

    def _store_given(self, transaction: Transaction) -> int:
        script, types = self._script, self._types
        told = arguments(script.customer)
        can_receive = told.pop("can_receive", None)
        tracked = told.pop("tracked", True)
        tags = told.pop("tags", None) or []
        push = told.pop("push", None)
        customer = {
            name: value for name, value in types.read_customer(told).items() if value is not None
        }
        if push:
            customer["push"] = _STAND_IN["push"] if push is True else str(push)
        for channel in can_receive or ():
            if channel in CONTACT:
                customer.setdefault(CONTACT[channel], _STAND_IN[CONTACT[channel]])
        agreed = (
            {channel: bool(customer.get(CONTACT[channel])) for channel in CONTACT}
            if can_receive is None
            else {
                it: it in can_receive for it in (*CONTACT, *self._service.live.deployment.topics)
            }
        )  # fmt: skip
        zone = customer.get("timezone")
        before = script.start - 2_000 * DAY
        number = transaction.number("customer")
        transaction.execute(
            "insert into customer (id, created_at, zone, properties, tags) values (?, ?, ?, ?, ?)",
            (
                number,
                before,
                zone if isinstance(zone, str) and calendar.is_zone(zone) else None,
                orjson.dumps(customer),
                orjson.dumps(tags) if tags else None,
            ),
        )
        agreed["tracking"] = bool(tracked)
        consents.keep(transaction, [(number, it, said, before) for it, said in agreed.items()])
        for channel, contact in CONTACT.items():
            if can_receive is not None and channel not in can_receive and customer.get(contact):
                self._suppress(transaction, channel, str(customer[contact]), _LEFT_OUT)
        for given in script.products:
            properties = types.read_product(arguments(given.arguments))
            products.put(transaction, given.product, properties, script.start - 1)
        return number

    def _suppress(self, transaction: Transaction, channel: str, to: str, reason: str) -> None:
        self._service.live.suppressions.add(transaction, channel, to, reason, self._clock.now())

    # --- what happens ---------------------------------------------------------------------

    def _happen(self, cue: Cue, *, enters: bool = True) -> None:
        self._service.writer.run(lambda tx: self._tell(tx, cue, enters=enters))

    def _tell(self, transaction: Transaction, cue: Cue, *, enters: bool) -> None:
        now, types, play = self._clock.now(), self._types, cue.play
        if isinstance(play, tree.ProductPlay):
            changes = types.read_product(arguments(play.arguments))
            products.put(transaction, play.product, changes, now)
            return
        if isinstance(play, tree.CustomerPlay):
            self._set_customer(transaction, play, now)
            return
        if isinstance(play, tree.StartPlay):
            self._told += 1
            asked = manual.Request("start", play.flow, str(self._customer), f"{self._told}", "test")
            manual.do(transaction, self._service.live, self._service._worker, asked, now)
            return
        told = arguments(play.arguments)
        if play.of is not None:
            told = {**self._message_of(transaction, play.event, play.of), **told}
        before = reach.of_rows(transaction, [self._customer])[self._customer]
        self._agree(transaction, play.event, told, cue.at)
        gained = reach.of_rows(transaction, [self._customer])[self._customer].gained(before)
        self._told += 1
        call = Incoming(
            "track",
            f"told {self._told}",
            customer=self._customer,
            event=play.event,
            properties=told,
            occurred_at=cue.at,
            enters=enters,
        )
        (taken,) = take(transaction, [call], types, now)
        assert not taken.error, taken
        assert not taken.ignored, taken
        if gained and enters:
            news = {"gained": gained}
            mark = f"reach {self._told}"
            told_of = events.NewEvent(mark, self._customer, REACHABLE, now, news, enters=False)
            events.append(transaction, [told_of], now)

    def _set_customer(self, transaction: Transaction, play: tree.CustomerPlay, now: int) -> None:
        """The shop tells something new of the customer, and that their address may be used."""
        told = arguments(play.arguments)
        can_receive = arguments(self._script.customer).get("can_receive")
        agreed = [
            (self._customer, channel, bool(told[contact]), now)
            for channel, contact in CONTACT.items()
            if contact in told and (can_receive is None or channel in can_receive)
        ]
        consents.keep(transaction, agreed)
        self._told += 1
        call = Incoming(
            "identify",
            f"told {self._told}",
            customer=self._customer,
            traits=told,
            occurred_at=now,
        )
        (taken,) = take(transaction, [call], self._types, now)
        assert not taken.error, taken
        assert not taken.ignored, taken

    def _agree(
        self, transaction: Transaction, event: str, told: Mapping[str, Any], at: int
    ) -> None:
        """What a confirmed subscription does besides recording the event."""
        if event != "subscribe":
            return
        named = [told[it] for it in ("channel", "topic") if told.get(it)] or list(CONTACT)
        consents.keep(transaction, [(self._customer, what, True, at) for what in named])
        transaction.execute("delete from suppression where reason = ?", (_LEFT_OUT,))
        # The newest row tells whoever holds the list that it is another.
        self._suppress(transaction, "nobody", f"{self._told}", _LEFT_OUT)

    def _message_of(self, transaction: Transaction, event: str, name: str) -> dict[str, Any]:
        """`click_email of first` is about the latest message of that label or name."""
        channel = event.rpartition("_")[2]
        for flow, run, step, sent_by, message in transaction.rows(
            "select flow.name, run, step, channel, message from intent join flow"
            " on flow.id = intent.flow where state = 'sent' and recipient = 0"
            " order by done_at desc, run desc"
        ):
            node = self._suite.source(flow).nodes[step]
            if name in (node.name, message) and channel in (sent_by, event):
                return {"message": message, "flow": flow, "run": run, "step": step}
        for node in self._suite.project.graphs[self._case.test.flow].nodes:
            if node.name == name and isinstance(node.step, tree.Send):
                return {"message": node.step.message}
        return {"message": name}

    # --- what came of it ------------------------------------------------------------------

    def _seen(self) -> Seen:
        def work(transaction: Transaction) -> Seen:
            rows = transaction.rows
            out = Counter(
                (at // SECOND, channel if recipient != 1 else "notify", message)
                for at, channel, recipient, message in rows(
                    "select done_at, channel, recipient, message from intent where state = 'sent'"
                )
            )
            out.update(
                (at // SECOND, "show", message)
                for at, message in rows("select from_at, message from on_site")
            )
            ((entered,),) = rows("select count(*) from run")
            ended = Counter(
                (at // SECOND, flow)
                for at, flow in rows(
                    "select ended_at, flow.name from run join flow on flow.id = run.flow"
                    " where ended_at is not null"
                )
            )
            goals = Counter(
                (at // SECOND, flow)
                for at, flow in rows(
                    "select goal_at, flow.name from run join flow on flow.id = run.flow"
                    " where goal_at is not null"
                )
            )
            ((tags,),) = rows("select tags from customer where id = ?", (self._customer,))
            coupons: Counter[tuple[int, str]] = Counter()
            tracked: Counter[tuple[int, str]] = Counter()
            for flow, node, at in rows(
                "select flow.name, done.node, done.at from step_history done"
                " join run on run.id = done.run join flow on flow.id = run.flow"
                " where done.outcome = 'done'"
            ):
                step = self._suite.source(flow).nodes[node].step
                if isinstance(step, tree.GiveCoupon):
                    coupons[at // SECOND, step.coupon] += 1
                elif isinstance(step, tree.Track):
                    tracked[at // SECOND, step.event] += 1
            return Seen(
                out,
                entered,
                ended,
                goals,
                frozenset(orjson.loads(tags) if tags else ()),
                coupons,
                tracked,
                self._answers(transaction),
            )

        return self._service.writer.run(work)

    def _answers(self, transaction: Transaction) -> tuple[bool, ...]:
        """What the test's conditions say of the customer as the database has them."""
        live, now = self._service.live, self._clock.now()
        loaded = states.load(
            transaction,
            [self._customer],
            needs=states.Needs(),
            flows=live.flows,
            suppressions=live.suppressions,
            catalogue=live.catalogue.read(transaction),
            zone=live.deployment.zone,
            now=now,
        )
        facts = loaded.lanes[self._customer].facts
        return tuple(it.holds for it in self._conditions.answers(facts, now))


def _forget_how_it_came(transaction: Transaction) -> None:
    """What a test gives is simply so: nobody joined a segment, no price fell."""
    transaction.execute("delete from membership")
    transaction.execute("update segment set state = 'new', looked_at = null")
    transaction.execute(
        "update cursor set position = (select coalesce(max(id), 0) from product_history)"
        " where name = 'products'"
    )
