"""Processes that work beside the one that holds a PostgreSQL database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from engine.clock import SettableClock
from engine.core.model import HOUR
from engine.service.node import Node
from engine.service.service import Service
from engine.settings import Settings
from engine.store import shards
from engine.store.database import Database
from engine.store.errors import StoreUnavailableError, UnusableDatabaseError
from engine.store.writer import Transaction
from tests.crash.shop import seed, write_project
from tests.harness.workshop import START, Notebook

CUSTOMERS = 192


class House:
    """A shop with journeys that wait to begin, the process that holds it, and its nodes."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.clock = SettableClock(START)
        self.flows = write_project(folder / "flows")
        seed(folder / "data", self.flows, CUSTOMERS, START, url)
        self.notebook = Notebook()
        self.settings = Settings(database_url=url)
        self.service = Service(
            folder / "data", None, self.settings, self.clock, transports={"email": self.notebook}
        )
        self.service.start(background=False)
        self.nodes: list[Node] = []

    def node(self) -> Node:
        name = f"node-{len(self.nodes)}"
        node = Node(name, self.folder / name, self.settings, self.clock)
        node.start(background=False)
        self.nodes.append(node)
        return node

    def rows(self, sql: str) -> list[tuple]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(sql.encode()).fetchall()

    def end_sessions(self, of: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and application_name like %s",
                (f"{of}%",),
            )


@pytest.fixture
def house(tmp_path: Path, postgres_url: str) -> Iterator[House]:
    made = House(tmp_path, postgres_url)
    yield made
    for one in made.nodes:
        one.stop()
    made.service.stop()


def work_of(node: Node) -> Callable[[Callable], object]:
    return lambda work: node.database.writer.submit(work, together=True)


def test_nodes_share_the_work(house) -> None:
    """Each step is done once, whoever does it; messages are those of one process."""
    workers = [house.node().work, house.node().work, house.service.rounds.work]
    with ThreadPoolExecutor(3) as pool:
        for _ in range(3):
            list(pool.map(lambda one: one(), workers))
            house.service.sender.drain()
            house.clock.turn(house.clock.now() + HOUR)
    assert sorted(house.notebook.messages) == sorted(["one", "two", "three"] * CUSTOMERS)
    assert len(set(house.notebook.keys)) == 3 * CUSTOMERS
    assert house.rows("select count(*) from pending") == [(0,)]
    assert house.rows("select count(*), count(ended_at) from run") == [(CUSTOMERS, CUSTOMERS)]
    ((total, once),) = house.rows(
        "select count(*), count(distinct (run, node, outcome)) from step_history"
    )
    assert total == once


def test_a_node_alone_does_what_is_due(house) -> None:
    """All shards are its own where nobody else asks for any."""
    node = house.node()
    while node.work():
        pass
    assert house.rows("select count(*) from pending") == [(0,)]
    assert house.rows("select count(*) from intent where state = 'ready'") == [(CUSTOMERS,)]


def test_two_nodes_never_have_one_shard(house) -> None:
    """What one has locked the other does not get, until the transaction is over."""
    first, second = house.node(), house.node()
    taken, seen = threading.Event(), threading.Event()

    def hold(transaction: Transaction) -> list[int]:
        mine = shards.take(transaction, 40)
        taken.set()
        seen.wait(10)
        return mine

    held = work_of(first)(hold)
    assert taken.wait(10)
    others = work_of(second)(lambda tx: shards.take(tx, 64)).result(10)
    seen.set()
    mine = held.result(10)
    assert len(mine) == 40
    assert len(others) == 24
    assert not set(mine) & set(others)
    assert work_of(second)(lambda tx: shards.take(tx, 64)).result(10) == list(range(64))


def test_no_shard_falls_behind_where_workers_take_events(house) -> None:
    """However much they write alone meanwhile, each shard has its turn before any has another."""
    first, second = house.node(), house.node()

    def write(transaction: Transaction) -> None:
        transaction.execute("update customer set properties = properties where id = 1")

    for _ in range(3):
        for node in (first, second):
            node.database.writer.run(write)
        mine = work_of(first)(lambda tx: shards.take(tx, 32)).result(10)
        others = work_of(second)(lambda tx: shards.take(tx, 32)).result(10)
        assert sorted(mine + others) == list(range(64))


def test_who_holds_the_database_waits_for_those_who_work(house) -> None:
    """What may touch anything is done alone: before or after a batch, never beside it."""
    node = house.node()
    taken, go_on = threading.Event(), threading.Event()

    def hold(transaction: Transaction) -> None:
        shards.take(transaction, 64)
        taken.set()
        go_on.wait(10)

    held = work_of(node)(hold)
    assert taken.wait(10)
    alone = house.service.writer.submit(lambda tx: tx.number("customer"))
    with pytest.raises(TimeoutError):
        alone.result(0.3)
    go_on.set()
    held.result(10)
    assert alone.result(10) == CUSTOMERS + 1


def test_a_late_commit_is_impossible(house) -> None:
    """A node whose session has ended meanwhile stores nothing, though it goes on."""
    node = house.node()
    taken, go_on = threading.Event(), threading.Event()

    def hold(transaction: Transaction) -> None:
        shards.take(transaction, 64)
        node._batches._worker.batch(transaction, 50)
        taken.set()
        go_on.wait(10)

    held = work_of(node)(hold)
    assert taken.wait(10)
    house.end_sessions("headrace work")
    house.service.rounds.work()
    before = house.rows("select id, node, history from run order by id")
    go_on.set()
    with pytest.raises(StoreUnavailableError):
        held.result(10)
    assert house.rows("select id, node, history from run order by id") == before
    assert len(before) == CUSTOMERS
    # And it is of use again, without a hand.
    house.clock.turn(START + HOUR)
    while node.work():
        pass
    ((two,),) = house.rows("select count(*) from intent where message = 'two'")
    assert two == CUSTOMERS


@pytest.mark.parametrize("together", [True, False])
def test_who_keeps_others_from_writing_is_ended(house, monkeypatch, together: bool) -> None:
    """A node that was stopped in the middle of its work holds up nobody for long."""
    from engine.store.postgres import sharing

    monkeypatch.setattr(sharing, "STUCK_SECONDS", 0)
    monkeypatch.setattr(sharing, "STUCK_ALONE_SECONDS", 0)
    for name in ("_ALONE", "_TOGETHER"):
        sooner = getattr(sharing, name).replace("'10s'", "'200ms'")
        monkeypatch.setattr(sharing, name, sooner)
    node = house.node()
    taken, go_on = threading.Event(), threading.Event()

    def hold(_: Transaction) -> None:
        taken.set()
        go_on.wait(20)

    held = node.database.writer.submit(hold, together=together)
    assert taken.wait(10)
    assert house.service.writer.submit(lambda tx: tx.number("customer")).result(10)
    go_on.set()
    with pytest.raises(StoreUnavailableError):
        held.result(10)


def test_a_node_follows_what_is_published_and_paused(house) -> None:
    """Its next batch is done by what is live, held and learned by then."""
    node = house.node()
    shop = house.flows / "shop.flow"
    shop.write_text(shop.read_text().replace("send email one", "send email three"))
    house.service.publish(house.flows)
    node.work()
    assert house.rows("select distinct message from intent") == [("three",)]
    house.service.hold("journey", "pause", "somebody")
    house.clock.turn(START + HOUR)
    node.work()
    assert house.rows("select distinct message from intent") == [("three",)]
    house.service.hold("journey", "resume", "somebody")
    while node.work():
        pass
    assert house.rows("select count(*) from intent where message = 'two'") == [(CUSTOMERS,)]


def test_a_node_moves_nothing_of_a_paused_database(house) -> None:
    node = house.node()
    house.service.writer.run(
        lambda tx: tx.execute("insert into setting (name, value) values ('paused', 'look first')")
    )
    assert node.work() == 0
    assert house.rows("select count(*) from pending") == [(CUSTOMERS,)]


def test_who_takes_over_has_said_so_before_others_write(house, monkeypatch) -> None:
    """The tables may be others from then on, so nobody goes on without noticing."""
    from engine.store.postgres import sharing

    house.service.stop()
    ((before,),) = house.rows("select value from setting where name = 'writer'")
    said: list[str] = []

    def give(connection: object, give_turn: Callable = sharing.give_turn) -> None:
        said.extend(
            value for (value,) in house.rows("select value from setting where name = 'writer'")
        )
        give_turn(connection)

    monkeypatch.setattr(sharing, "give_turn", give)
    database = Database(house.folder / "next", house.url)
    database.open_to_write()
    database.close()
    assert said
    assert before not in said


def test_numbers_are_given_once(house) -> None:
    """However many give them out, beside each other and alone."""
    nodes = [house.node(), house.node()]

    def some(transaction: Transaction) -> list[int]:
        found = [transaction.number("run") for _ in range(100)]
        for count in (10, 100, 300):  # what is left of a block, and more than that
            found += transaction.numbers("run", count)
        return found

    def store(numbers: list[int]) -> None:
        house.rows_written.extend(numbers)

    house.rows_written = []
    for _ in range(3):
        for node in nodes:
            store(work_of(node)(some).result(10))
    ((highest,),) = house.rows("select coalesce(max(id), 0) from run")
    assert len(house.rows_written) == len(set(house.rows_written)) == 6 * 510
    assert min(house.rows_written) > highest


def test_numbers_that_are_given_alone_by_turns(house) -> None:
    """Each knows what the other has written alone since."""
    writers = [house.service.writer, house.node().database.writer, house.service.writer]

    def add(transaction: Transaction) -> None:
        transaction.execute(
            "insert into customer (id, created_at, properties) values (?, 0, '{}')",
            (transaction.number("customer"),),
        )

    for writer in writers * 2:
        writer.run(add)
    assert house.rows("select count(*), max(id) from customer") == [(CUSTOMERS + 6,) * 2]


def test_a_node_has_its_time_from_who_holds_the_database(house) -> None:
    """Until it is told how late it is, it does nothing; then it is as late as the holder."""
    node = Node("late", house.folder / "late", house.settings)
    house.nodes.append(node)
    node.start(background=False)
    with pytest.raises(StoreUnavailableError, match="no `headrace run` holds"):
        node.work()
    with pytest.raises(StoreUnavailableError, match="no `headrace run` holds"):
        node.database.writer.run(node.catch_up)
    house.service.rounds.tell()
    while node.work():
        pass
    assert abs(node.clock.now() - house.clock.now()) < HOUR
    assert house.rows("select count(*), min(entered_at) from run") == [(CUSTOMERS, START)]


def test_a_node_tells_what_is_missing(tmp_path: Path, postgres) -> None:
    """A file takes no second process, and tables of another version no node."""
    with pytest.raises(UnusableDatabaseError, match="need PostgreSQL"):
        Database(tmp_path).open_to_join("two")
    with postgres.database(postgres.template) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("update alembic_version set version_num = '9999'")
        node = Node("late", tmp_path / "late", Settings(database_url=url))
        with pytest.raises(Exception, match="made by a newer Headrace"):
            node.start(background=False)
