"""The promises of a running shop, looked at from outside: by reading the store and the post.

Each look reads what is new since the one before, from one moment of the store, so that a look after
every hour stays cheap. The numbers are those of the list of promises in the documentation.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import LargeBinary, String
from sqlmodel import SQLModel

from engine.core import calendar
from engine.core.machine.moves import MAX_STEPS
from engine.core.model import DAY, HOUR, Instant
from engine.core.program import Program
from engine.service.service import Service
from engine.store.database import Reader
from engine.store.dialects import MEMBERS, members

OUTCOMES = {"entered", "done", "skipped", "waiting", "held", "ended", "failed", "moved"}
STATES = {"ready", "claimed", "sent", "skipped", "failed", "unknown"}
STANDING = {0: "waiting", 1: "held", 2: "ended"}
LIMITS = ((DAY, 2), (7 * DAY, 5))
ATTEMPTS = 8
PERSONAL = re.compile(
    r"(?<=\bu)\d+(?=@people\.example)|(?<=\bName)\d+|(?<=\+4915)\d{8}|(?<=token-)\d+"
)


class BrokenPromiseError(AssertionError):
    """A promise does not hold; the text says which, and where it was seen."""


@dataclass
class Watch:
    """`look` raises BrokenPromiseError, or remembers what it has seen and returns."""

    service: Service
    seen_history: int = 0
    seen_event: int = 0
    last_look: Instant = 0
    accepted: int = 0
    """How many calls the service has acknowledged as new."""
    newest: dict[int, tuple[int, str, str]] = field(default_factory=dict)
    """The newest history row of each run: its number, its node, its outcome."""
    versions: dict[int, tuple[int, int]] = field(default_factory=dict)
    """How many runs each version has, and the sum of their ids."""
    newest_run: int = 0
    described: set[int] = field(default_factory=set)
    """Who was told of since the last look: they may have moved to another time zone."""
    cursors: dict[int, int] = field(default_factory=dict)
    entered: int = 0
    forgotten: set[int] = field(default_factory=set)
    """Of the people who were erased, the numbers that stand in their name and addresses."""
    counted: Counter[str] = field(default_factory=Counter)
    """How many things each promise was tried on: a promise that saw nothing proves nothing."""

    def __post_init__(self) -> None:
        """The engine never asks for what went lately, so the watch brings its own indexes."""
        for column in ("made_at", "done_at", "claimed_at"):
            sql = f"create index watched_{column} on intent ({column})"
            self.service.writer.run(lambda transaction, sql=sql: transaction.execute(sql))

    def look(self, now: Instant, *, published: bool = False) -> None:
        """Everything that must hold now. `published`: runs may have changed their version since."""
        with self.service.database.reader() as reader:
            self._nothing_is_lost(reader)
            self._nothing_due_is_left(reader, now)
            self._state_is_the_sum_of_history(reader)
            self._versions_are_pinned(reader, published=published)
            self._intents_end_well(reader)
            self._cursors_only_rise(reader)
            self._messages_keep_the_rules(reader)
        self.last_look = now

    # --- I3 -------------------------------------------------------------------------------

    def _nothing_is_lost(self, reader: Reader) -> None:
        """Each acknowledged call is stored once, and what is stored was applied."""
        rows = reader.rows(
            "select id, message_id, name, customer from event where id > ? order by id",
            (self.seen_event,),
        )
        told = sum(1 for _, once, *_ in rows if not once.startswith("run:") and "\t" not in once)
        self.described = {customer for *_, name, customer in rows if name == "$identify"}
        if told != self.accepted:
            raise BrokenPromiseError(f"I3: {self.accepted} calls acknowledged, {told} stored")
        self.counted["I3"] += told
        self.accepted = 0
        if rows:
            self.seen_event = rows[-1][0]
        failures = reader.rows("select customer, event, run, reason from failure")
        if failures:
            raise BrokenPromiseError(f"I4: nobody is poison here, yet: {failures[:3]}")

    # --- I7 -------------------------------------------------------------------------------

    @staticmethod
    def _nothing_due_is_left(reader: Reader, now: Instant) -> None:
        for what, sql, values in (
            ("events wait for their lane", "select count(*) from pending", ()),
            ("runs are due", "select count(*) from run where wake_at <= ?", (now,)),
            (
                "intents are due",
                "select count(*) from intent where state = 'ready' and due_at <= ?",
                (now,),
            ),
            ("claims have no outcome", "select count(*) from intent where state = 'claimed'", ()),
        ):
            ((count,),) = reader.rows(sql, values)
            if count:
                raise BrokenPromiseError(f"I7: {count} {what}")

    # --- I9, I15 --------------------------------------------------------------------------

    def _state_is_the_sum_of_history(self, reader: Reader) -> None:
        rows = reader.rows(
            "select id, run, previous, node, outcome from step_history where id > ? order by id",
            (self.seen_history,),
        )
        withdrawn: set[int] = set()
        steps: Counter[int] = Counter()
        left: list[tuple[int, str, str]] = []
        for number, run, previous, node, outcome in rows:
            if outcome not in OUTCOMES:
                raise BrokenPromiseError(f"I6: run {run} ended a step as {outcome!r}")
            before = self.newest.get(run)
            if (before is None) != (outcome == "entered"):
                raise BrokenPromiseError(f"I15: run {run} has {outcome} after {before}")
            if previous != (before[0] if before else None):
                raise BrokenPromiseError(f"I15: run {run}: the row before {number} is {previous}")
            if before is not None:
                if before[2] == "ended":
                    if outcome != "ended" or run in withdrawn:
                        raise BrokenPromiseError(f"I15: run {run} did {node} after its end")
                    withdrawn.add(run)
                if before[2] == "waiting" and outcome not in ("ended", "moved"):
                    left.append((run, before[1], node))
            self.entered += outcome == "entered"
            self.newest[run] = (number, node, outcome)
            steps[run] += 1
        self.counted["I15"] += len(rows)
        if rows:
            self.seen_history = rows[-1][0]
        longest = max(steps.values(), default=0)
        if longest > 2 * MAX_STEPS:
            raise BrokenPromiseError(f"I8: a run took {longest} steps in one go")
        self._withdrew_messages(reader, withdrawn)
        self._rows_agree(reader, sorted(steps), left)
        ((runs,),) = reader.rows("select count(*) from run")
        if runs != self.entered:
            raise BrokenPromiseError(f"I15: {self.entered} entered, {runs} are active or ended")

    def _withdrew_messages(self, reader: Reader, runs: set[int]) -> None:
        """A run says its end again only where that took back messages that had not gone."""
        if not runs:
            return
        with_messages = {
            run
            for (run,) in reader.rows(
                f"select distinct run from intent where run in {MEMBERS}"
                " and state = 'skipped' and done_at > ?",
                (members(sorted(runs)), self.last_look),
            )
        }
        if runs - with_messages:
            raise BrokenPromiseError(f"I15: runs {sorted(runs - with_messages)[:3]} ended twice")

    def _one_branch_wins(self, program: Program, run: int, stood: str, node: str) -> None:
        """A wait for something says itself how it ended; after any other comes the next step."""
        if stood not in program.index:
            return  # the wait is of an older version, and the run has moved since
        self.counted["I9"] += 1
        op = program.ops[program.index[stood]]
        awaits = op.kind == "wait" and bool(op.spec.arms)
        allowed = {stood} if awaits else {stood, program.ops[op.next].id}
        if node not in allowed:
            raise BrokenPromiseError(f"I9: run {run} waited at {stood} and went on at {node}")

    def _rows_agree(
        self, reader: Reader, runs: list[int], left: list[tuple[int, str, str]]
    ) -> None:
        """Each run stands where its newest row says, and came there by one way."""
        shop = self.service.deployment
        programs: dict[int, Program] = {}
        for number, flow, version, state, node, history, wake_at, ended_at in reader.rows(
            "select run.id, flow.name, version, state, node, history, wake_at, ended_at"
            f" from run join flow on flow.id = run.flow where run.id in {MEMBERS}",
            (members(runs),),
        ):
            newest, stands, outcome = self.newest[number]
            if history != newest:
                raise BrokenPromiseError(f"I15: run {number} points at {history}, not {newest}")
            ended = state == 2
            if ended != (outcome == "ended") or ended != (ended_at is not None):
                raise BrokenPromiseError(f"I15: run {number}: {STANDING[state]} after {outcome}")
            if ended == (wake_at is not None):
                raise BrokenPromiseError(f"I7: run {number}: {STANDING[state]}, due {wake_at}")
            program = shop.versions.get((flow, version))
            if program is not None:
                programs[number] = program
            if not ended and program is not None and program.ops[node].id != stands:
                where = program.ops[node].id
                raise BrokenPromiseError(f"I15: run {number} is at {where}, its story {stands}")

        for run, stood, went in left:
            if run in programs:
                self._one_branch_wins(programs[run], run, stood, went)

    # --- I14 ------------------------------------------------------------------------------

    def _versions_are_pinned(self, reader: Reader, *, published: bool) -> None:
        """Between two publishes a version only gains the runs that are new."""
        now = {
            version: (count, int(total))
            for version, count, total in reader.rows(
                "select version * 1000 + flow, count(*), sum(id) from run"
                " group by version * 1000 + flow"
            )
        }
        new: dict[int, tuple[int, int]] = {
            version: (count, int(total))
            for version, count, total in reader.rows(
                "select version * 1000 + flow, count(*), sum(id) from run where id > ?"
                " group by version * 1000 + flow",
                (self.newest_run,),
            )
        }
        if not published:
            for version, (count, total) in now.items():
                had, sum_of_had = self.versions.get(version, (0, 0))
                more, sum_of_more = new.get(version, (0, 0))
                if (count, total) != (had + more, sum_of_had + sum_of_more):
                    raise BrokenPromiseError(f"I14: runs came to or left version {version}")
        self.counted["I14"] += 1
        self.versions = now
        ((newest,),) = reader.rows("select coalesce(max(id), 0) from run")
        self.newest_run = newest

    # --- I6, I11 --------------------------------------------------------------------------

    def _intents_end_well(self, reader: Reader) -> None:
        rows = reader.rows(
            "select run, step, state, attempts, claimed_at, made_at, done_at, reason from intent"
            " where made_at > ? or done_at > ?",
            (self.last_look, self.last_look),
        )
        lateness = self.service.deployment.max_lateness
        for run, step, state, attempts, claimed_at, made_at, done_at, reason in rows:
            name = f"intent {run}:{step}"
            if state not in STATES or attempts > ATTEMPTS:
                raise BrokenPromiseError(f"I6: {name} is {state} after {attempts} attempts")
            if state == "skipped" and not reason:
                raise BrokenPromiseError(f"I6: {name} was skipped without a reason")
            if (state in ("sent", "skipped", "failed", "unknown")) != (done_at is not None):
                raise BrokenPromiseError(f"I6: {name} is {state}, done at {done_at}")
            if claimed_at is not None and attempts == 1 and claimed_at - made_at > lateness + HOUR:
                raise BrokenPromiseError(f"I11: {name} went {claimed_at - made_at} ms late")
        self.counted["I6"] += len(rows)

    # --- I8 -------------------------------------------------------------------------------

    def _cursors_only_rise(self, reader: Reader) -> None:
        now: dict[int, int] = dict(reader.rows("select id, looked_at from schedule_line"))
        for line, looked_at in now.items():
            if looked_at < self.cursors.get(line, looked_at):
                raise BrokenPromiseError(f"I8: schedule line {line} fell to {looked_at}")
            self.counted["I8"] += 1
        self.cursors = now

    # --- I10 ------------------------------------------------------------------------------

    @staticmethod
    def _held_to_the_limit(reader: Reader, customer: int, at: int, span: int) -> int:
        """How many messages stood against a limit when one was claimed that it holds for; 0 where
        all of that moment were promised (`over limits send anyway`).
        """
        rows = reader.rows(
            "select claimed_at, detail from intent where customer = ? and counts"
            " and claimed_at > ? and claimed_at <= ? and state not in ('skipped', 'failed')",
            (customer, at - span, at),
        )
        promised = [orjson.loads(detail).get("over") == "anyway" for _, detail in rows]
        own = [one for (moment, _), one in zip(rows, promised, strict=True) if moment == at]
        # In which order those of one moment were claimed nobody knows any more.
        return 0 if all(own) else len(rows) - sum(own)

    def _messages_keep_the_rules(self, reader: Reader) -> None:
        """Consent, suppression, limits and nights, as they were when each message was claimed."""
        for span, most in LIMITS:
            over = reader.rows(
                "with went as materialized (select * from intent where claimed_at > ? and counts"
                " and state not in ('skipped', 'failed') and customer not in"
                " (select merged_into from customer where merged_into is not null))"
                " select went.customer, went.claimed_at, count(*) from went"
                " join intent as other on other.customer = went.customer and other.counts"
                " and other.claimed_at > went.claimed_at - ?"
                " and other.claimed_at <= went.claimed_at"
                " and other.state not in ('skipped', 'failed')"
                " group by went.customer, went.claimed_at, went.run, went.step, went.visit"
                " having count(*) > ?",
                (self.last_look, span, most),
            )
            for customer, at, _ in over:
                if self._held_to_the_limit(reader, customer, at, span) > most:
                    raise BrokenPromiseError(f"I10: {customer} got over {most} in {span} ms, {at}")
        programs = self.service.deployment.versions
        store = self.service.deployment.zone
        for customer, flow, version, channel, claimed_at, zone, allowed, at in reader.rows(
            "select customer.id, flow.name, intent.version, channel, claimed_at, zone, allowed,"
            " consent.at"
            " from intent join flow on flow.id = intent.flow"
            " join customer on customer.id = intent.customer"
            " left join consent on consent.customer = intent.customer and what = channel"
            " where claimed_at > ? and recipient = 0 and counts and state <> 'skipped'",
            (self.last_look,),
        ):
            self.counted["I10"] += 1
            if not allowed and not (at is not None and at > claimed_at):
                raise BrokenPromiseError(f"I10: {flow} went by {channel} without consent")
            if customer in self.described:
                continue  # the night that counted may have been that of another zone
            self.counted["nights"] += 1
            clock = calendar.local(claimed_at, zone or store).time()
            program = programs.get((flow, version))
            quiet = (program.quiet if program else None) or self.service.deployment.rules.quiet
            if quiet is not None and _within(clock, *quiet):
                raise BrokenPromiseError(f"I10: {flow} went at {clock} in {zone or store}")

    # --- I16 ------------------------------------------------------------------------------

    def search(self) -> None:
        """No table has a word of anybody who was erased. This reads everything."""
        tables = SQLModel.metadata.tables.values()
        words = [
            (table.name, column.name)
            for table in tables
            for column in table.columns
            if isinstance(column.type, String | LargeBinary)
        ]
        with self.service.database.reader() as reader:
            for table, column in words:
                text = f"cast({column} as text)"
                rows = reader.rows(
                    f"select {text} from {table} where {text} like '%@people.example%'"
                    f" or {text} like '%+4915%' or {text} like '%Name%' or {text} like '%token-%'"
                )
                for (found,) in rows:
                    for number in PERSONAL.finditer(found):
                        if int(number[0]) in self.forgotten:
                            raise BrokenPromiseError(f"I16: {table}.{column} has {found[:200]}")
        self.counted["I16"] += len(self.forgotten)


def _within(clock: Any, start: Any, end: Any) -> bool:
    return start <= clock or clock < end if start > end else start <= clock < end
