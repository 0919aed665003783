"""Plain turns, written out as straight Python: the same rows as the machine itself leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import indent
from typing import Any
from unittest.mock import patch

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel

from engine.clock import SettableClock
from engine.core.machine.steps import STEPS
from engine.core.machine.straight import PLAIN, UNUSUAL
from engine.core.model import DAY, HOUR, MINUTE
from engine.publishing import publish as publishing
from engine.publishing.live import Live
from engine.runtime.batches import Batches
from engine.runtime.straight import Plain, Straight
from engine.runtime.worker import Worker
from engine.store import events
from engine.store.customers import find_customer
from engine.store.database import Database
from engine.store.suppression import Suppressions
from engine.store.writer import Transaction

START = 1_767_603_600_000  # Monday 2026-01-05 10:00 in Berlin
CUSTOMERS = 5
HEAD = """\
store "Shop":
  timezone "Europe/Berlin"
  currency EUR
  staff team "team@shop.example"
  quiet hours 21:00 to 08:00
  limit 2 messages per day

customer:
  size number
  colour text

event ordered:
  total money
  note text

event looked:
  note text

event cancelled:
  note text

"""
SUBJECT = "---\nsubject: hello\n---\n"
WAITS = (
    "wait 1 hour",
    "wait 1 day",
    "wait 90 minutes",
    "wait until 18:00",
    "wait until monday 09:00",
)
PLAIN_STEPS = (
    *WAITS,
    *WAITS,
    "send email one",
    "send email one",
    "send sms else email two:\n  over limits wait up to 1 day",
    "send email two:\n  over limits send anyway",
    "go on",
    'exit "enough"',
)
OTHER_STEPS = (
    'add tag "seen"',
    'remove tag "vip"',
    "set customer.colour to entry.note",
    "wait up to 2 hours for looked",
    "wait until best time within 1 day",
    "notify team with one",
    "track looked",
    "subscribe customer to sms",
    "show banner one",
)
CONDITIONS = (
    "customer.size > 2",
    'customer has tag "vip"',
    'entry.note is "n1"',
    "customer can receive email",
    "customer.size is set",
    "did looked in last 1 day",
)
HEADERS = (
    'exit if customer has tag "seen"',
    "exit if customer.size > 4",
    "exit when cancelled",
    "only if customer.size > 0",
    "re-enter after 2 days",
    "holdout 30%",
    "goal ordered within 2 days",
    "transactional",
    "quiet hours 12:00 to 14:00",
    "priority 20",
)


@st.composite
def blocks(draw: st.DrawFn, depth: int = 2) -> str:
    """Steps, mostly such as can be written out."""
    found = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.integers(0, 9)) if depth else 0
        if kind == 9:
            arms = [draw(blocks(depth - 1)) for _ in range(2)]
            several = draw(st.booleans())
            winner = " winner by looked after 5 hours" if several else ""
            if several:
                arms = [f"send email one\n{arm}" for arm in arms]
            text = f"experiment test_{draw(st.integers(1, 3))}{winner}:\n"
            text += f"  40% as a:\n{indent(arms[0], '    ')}"
            text += f"  {20 if several else 60}% as b:\n{indent(arms[1], '    ')}"
        elif kind >= 6:
            text = (
                f"if {draw(st.sampled_from(CONDITIONS))}:\n{indent(draw(blocks(depth - 1)), '  ')}"
            )
            if kind > 7:
                text += f"else:\n{indent(draw(blocks(depth - 1)), '  ')}"
        else:
            steps = OTHER_STEPS if draw(st.integers(0, 5)) == 0 else PLAIN_STEPS
            text = draw(st.sampled_from(steps)) + "\n"
        found.append(text if text.endswith("\n") else text + "\n")
    return "".join(found)


@st.composite
def flows(draw: st.DrawFn) -> str:
    """One flow, or two that share people."""
    found = []
    for number, event in enumerate(draw(st.sampled_from((("ordered",), ("ordered", "looked"))))):
        per = draw(st.sampled_from(("", "", "", " per note")))
        headers = draw(st.lists(st.sampled_from(HEADERS), max_size=2, unique=True))
        body = draw(blocks())
        if "over limits" in body:
            headers = [one for one in headers if one != "transactional"]
        lines = [f"enter when {event}{per}", *headers, body]
        found.append(f"flow f{number}:\n{indent(chr(10).join(lines), '  ')}")
    # A name of its own for each experiment: an arm is one flow's.
    parts = "\n".join(found).split("experiment test_")
    return parts[0] + "".join(f"experiment test_{n}_{part}" for n, part in enumerate(parts[1:]))


LIVES = st.lists(
    st.tuples(
        st.integers(0, 36 * 60),
        st.integers(1, CUSTOMERS),
        st.sampled_from(("ordered", "ordered", "ordered", "looked", "cancelled")),
        st.integers(0, 60),
    ),
    min_size=1,
    max_size=10,
)
PEOPLE = st.lists(
    st.tuples(st.none() | st.integers(0, 6), st.booleans(), st.booleans(), st.booleans()),
    min_size=CUSTOMERS,
    max_size=CUSTOMERS,
)


@dataclass
class Shop:
    database: Database
    clock: SettableClock
    batches: Batches
    taken: list[int]

    def happen(self, customer: int, name: str, at: int, number: int) -> None:
        told = {"total": number * 100, "note": f"n{number % 3}"}
        new = events.NewEvent(f"{name}-{customer}-{at}", customer, name, at, told)
        self.database.writer.run(lambda tx: events.append(tx, [new], at))

    def forward(self, at: int) -> None:
        self.clock.turn(at)
        self.batches.work(lambda: False)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.database.writer.run(lambda tx: tx.rows(sql))


@contextmanager
def shop(text: str, url: str | None, people: list[tuple[Any, ...]]) -> Iterator[Shop]:
    """Flows that are worked by the worker alone: nothing is delivered."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        flows = folder / "flows"
        (flows / "messages").mkdir(parents=True)
        (flows / "shop.flow").write_text(HEAD + text, encoding="utf-8")
        for message in ("one", "two"):
            for kind in ("email.txt", "sms.txt", "staff.txt", "banner.html"):
                subject = "" if kind[0] in "sb" and kind != "staff.txt" else SUBJECT
                (flows / "messages" / f"{message}.{kind}").write_text(f"{subject}Hello\n")
        database = Database(folder / "data", url)
        database.open_to_write()
        clock = SettableClock(START)
        live = Live(clock, Suppressions(b"test"))
        live.max_lateness = DAY

        def prepare(transaction: Transaction) -> None:
            published = folder / "published"
            publishing.publish(transaction, None, publishing.prepare(flows, published), START)
            publishing.go_live(transaction, live, published)
            for number, (size, vip, email, sms) in enumerate(people, 1):
                known = {"email": f"c{number}@shop.example", "phone": "+4912345678"}
                known |= {} if size is None else {"size": size}
                transaction.execute(
                    "insert into customer (id, created_at, properties, tags) values (?, ?, ?, ?)",
                    (number, START - DAY, orjson.dumps(known), b'["vip"]' if vip else None),
                )
                for what, allowed in (("email", email), ("sms", sms)):
                    transaction.execute(
                        "insert into consent (customer, what, allowed, at) values (?, ?, ?, ?)",
                        (number, what, allowed, START),
                    )

        taken: list[int] = []
        take = Straight.take

        def counted(*given: Any) -> Plain:
            plain = take(*given)
            taken.extend(sorted(plain.customers))
            return plain

        try:
            database.writer.run(prepare)
            worker = Worker(live, find_customer)
            with patch.object(Straight, "take", counted):
                yield Shop(
                    database,
                    clock,
                    Batches(database.writer, worker, lambda: 1, lambda _: None),
                    taken,
                )
        finally:
            database.close()


def nobody(*_given: Any) -> Plain:
    """No turn is plain."""
    return Plain(set(), [])


def everything(one: Shop) -> dict[str, Any]:
    """All rows of all tables; runs are named by their customer and their order there, rows of
    history by their run and their order in it: the numbers themselves are given in other orders.
    """
    kept: dict[str, Any] = {}
    names: dict[int, str] = {}
    order: dict[int, int] = {}
    for run, customer in one.rows("select id, customer from run order by customer, entered_at, id"):
        order[customer] = order.get(customer, 0) + 1
        names[run] = f"{customer}/{order[customer]}"
    rows = {
        number: (run, previous, rest)
        for number, run, previous, *rest in one.rows(
            "select id, run, previous, node, at, outcome, detail, until_at from step_history"
        )
    }
    chains: dict[str, list[Any]] = {}
    for run, head in one.rows("select id, history from run"):
        chain, newest = [], head
        while newest is not None:
            of, newest, rest = rows.pop(newest)
            assert of == run
            chain.append(rest)
        chains[names[run]] = chain
    assert not rows, "history that hangs on no run"
    kept["step_history"] = chains
    for table in SQLModel.metadata.sorted_tables:
        if table.name in ("step_history", "shard", "number_block", "setting", "publication"):
            continue
        columns = [column.name for column in table.columns]
        found = []
        for values in one.rows(f"select {', '.join(columns)} from {table.name}"):
            row = dict(zip(columns, values, strict=True))
            if table.name == "run":
                row["id"], row["history"] = names[row["id"]], None
            elif row.get("run") in names:
                row["run"] = names[row["run"]]
            if str(row.get("message_id", "")).startswith("run:"):
                _, run, *rest = row["message_id"].split(":")
                row["message_id"] = [names[int(run)], *rest[:-1]]
            for name, value in row.items():
                if isinstance(value, bytes) and table.name in ("run", "intent"):
                    row[name] = value.decode()
            found.append(repr(sorted(row.items())))
        kept[table.name] = sorted(found)
    return kept


def played(text: str, url: str | None, people: Any, lives: Any) -> tuple[dict[str, Any], int]:
    """What is left after these lives, and how many turns were plain."""
    with shop(text, url, people) as one:
        at = START
        for minutes, customer, name, number in sorted(lives):
            if START + minutes * MINUTE > at:
                at = START + minutes * MINUTE
                one.forward(at)
            one.happen(customer, name, at, number)
        for hours in (0, 1, 2, 7, 11, 24, 26, 50, 100, 200):
            one.forward(at + hours * HOUR)
        return everything(one), len(one.taken)


def same(new_database: Callable[[], str | None], text: str, people: Any, lives: Any) -> int:
    straight, taken = played(text, new_database(), people, lives)
    with patch.object(Straight, "take", nobody):
        machine, _ = played(text, new_database(), people, lives)
    assert straight.keys() == machine.keys()
    for table, rows in machine.items():
        assert straight[table] == rows, table
    return taken


W1 = """\
flow w1:
  enter when ordered
  wait 1 hour
  if customer.size > 2 and customer has tag "vip":
    send email one
    wait 1 day
    send email two
"""
GLAD = [(6, True, True, True)] * CUSTOMERS


@pytest.mark.slow
@pytest.mark.timeout(400)
@given(text=flows(), people=PEOPLE, lives=LIVES)
@example(text=W1, people=GLAD, lives=[(n, n, "ordered", 9) for n in range(1, CUSTOMERS + 1)])
@settings(
    deadline=None,
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_plain_turns_leave_what_the_machine_leaves(new_database, text, people, lives) -> None:
    """Whatever the flows, the people and what they do: the same rows in every table."""
    same(new_database, text, people, lives)


def test_six_steps_are_plain(new_database) -> None:
    """Entry and both waits of everybody who is let through are taken straight."""
    lives = [(n, n, "ordered", 9) for n in range(1, CUSTOMERS + 1)]
    assert same(new_database, W1, GLAD, lives) == 3 * CUSTOMERS


def test_an_objection_is_the_machine_s(new_database) -> None:
    """A message that may not go, or must wait, is decided by the machine, and nothing is left of
    the way that was begun.
    """
    people = [(6, True, False, False), (6, True, True, True), *GLAD[2:]]
    lives = [(n * 170, n, "ordered", 9) for n in range(1, CUSTOMERS + 1)]
    text = W1 + "    send email one\n    send email two\n    wait 1 hour\n    send email one\n"
    assert same(new_database, text, people, lives) < 3 * CUSTOMERS


def test_what_is_written_out_is_a_step_of_the_machine() -> None:
    """No row without one in the machine's own table; what a run may remember that is not plain is
    told by the machine's own words.
    """
    from engine.core.machine import state

    assert PLAIN.keys() <= STEPS.keys()
    assert all(f"`{word}`" in (state.__doc__ or "") for word in UNUSUAL)
