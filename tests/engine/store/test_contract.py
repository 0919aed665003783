"""What the rest of Headrace rests on is true of both databases, word for word."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.store.database import Database
from engine.store.dialects import MEMBERS, TEXTS, Digest, lower, members, text_in, texts
from engine.store.postgres.bulk import FEW
from engine.store.writer import Transaction, Writer

LAW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
# What the doors let in: no NUL and no half of a surrogate pair.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
WHOLE = st.integers(-(2**63), 2**63 - 1)
JSON = st.recursive(
    st.none() | st.booleans() | WHOLE | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
ODD = (
    "",
    " ",
    "'",
    '"',
    "\\",
    "{}",
    "NULL",
    "null",
    "\n\t\r",
    "%s",
    "?",
    "ä",
    "😀",
    "a\\.b",
    "\x01",
)


class UndoneError(Exception):
    """Raised by a test, to leave nothing behind."""


def tried(writer: Writer, work: Callable[[Transaction], Any]) -> Any:
    """What `work` gives; what it wrote is undone."""
    found: list[Any] = []

    def piece(transaction: Transaction) -> None:
        found.append(work(transaction))
        raise UndoneError

    with pytest.raises(UndoneError):
        writer.run(piece)
    return found[0]


# --- values -------------------------------------------------------------------------------


@LAW
@given(
    texts=st.lists(st.none() | TEXT, min_size=1, max_size=2 * FEW),
    number=st.none() | WHOLE,
    flag=st.booleans(),
)
def test_values_come_back(
    writer: Writer, texts: list[str | None], number: int | None, flag: bool
) -> None:
    """Text in any script, integers to the last bit, truth, nothing and JSON: read as they were
    written, one by one or many at once.
    """
    rows = [
        (run, 1, 1, 1, str(run), 0, 0, 1, 1, number, flag, text, text, told)
        for run, text in enumerate(texts, 1)
        for told in [None if text is None else orjson.dumps({text: text})]
    ]
    columns = (
        "id, customer, flow, version, key, state, node, entered_at, arrived_at, goal_at, unclaimed,"
        " end_kind, end_reason, memory"
    )

    def work(transaction: Transaction) -> list[Any]:
        marks = ", ".join("?" * 14)
        transaction.executemany(f"insert into run ({columns}) values ({marks})", rows)
        return transaction.rows(f"select {columns} from run order by id")

    def read(some: list[Any]) -> list[Any]:
        return [(*row[:-1], row[-1] and orjson.loads(row[-1])) for row in some]

    assert read(tried(writer, work)) == read(rows)


@LAW
@given(st.lists(JSON, min_size=1, max_size=2 * FEW))
def test_json_comes_back(writer: Writer, values: list[Any]) -> None:
    """What a shop tells of its customers is read as it was told, many at once or changed later."""
    rows = [(number, 0, orjson.dumps({"is": value})) for number, value in enumerate(values, 1)]

    def work(transaction: Transaction) -> list[Any]:
        transaction.executemany(
            "insert into customer (id, created_at, properties) values (?, ?, ?)", rows
        )
        before = transaction.rows("select properties from customer order by id")
        transaction.executemany(
            "update customer set properties = ?, cart = ? where id = ?",
            [(told, told, number) for number, _, told in rows],
        )
        after = transaction.rows("select properties, cart from customer order by id")
        return [orjson.loads(one) for row in (*before, *after) for one in row]

    found = tried(writer, work)
    twice = [one for value in values for one in (value, value)]
    assert found == [{"is": value} for value in [*values, *twice]]
    assert all(isinstance(one, bytes) for one in writer.run(_any_json))


def _any_json(transaction: Transaction) -> tuple[Any, ...]:
    transaction.execute("insert into audit (at, who, act, detail) values (1, '', '', ?)", (b"[]",))
    row = transaction.row("select detail from audit limit 1")
    assert row is not None
    return row


def test_numbers_beyond_four_bytes(writer: Writer) -> None:
    """Sums and counts of large amounts are integers."""

    def work(transaction: Transaction) -> Any:
        transaction.executemany(
            "insert into goal (run, customer, flow, at, event, revenue, holdout)"
            " values (?, 1, 1, 1, 'purchase', ?, ?)",
            [(number, 2**40, False) for number in range(20)],
        )
        return transaction.row(
            "select sum(revenue), count(*), max(revenue), avg(revenue) from goal"
        )

    found = tried(writer, work)
    assert found == (20 * 2**40, 20, 2**40, 2.0**40)
    assert [type(one) for one in found[:3]] == [int, int, int]
    assert math.isclose(found[3], 2.0**40)


def test_a_number_too_large_costs_its_own_piece(writer: Writer) -> None:
    """What no database holds is refused to its sender; what waits beside it is stored."""

    def bad(transaction: Transaction) -> None:
        transaction.execute("insert into cursor (name, position) values ('bad', ?)", (2**63,))

    good = "insert into cursor (name, position) values ('good', ?)"
    first = writer.submit(lambda tx: tx.execute(good, (2**63 - 1,)))
    with pytest.raises(Exception, match="int"):
        writer.run(bad)
    assert first.result(5) == 1
    assert writer.run(lambda tx: tx.rows("select name from cursor")) == [("good",)]


def test_hashes_are_bytes(writer: Writer) -> None:
    """A hash is found again, whatever its bytes."""
    hashes = [Digest(bytes([first, 0, 92, 255, 39])) for first in (0, 7, 92, 123, 255)]

    def work(transaction: Transaction) -> Any:
        for one in hashes:
            transaction.execute(
                "insert into suppression (channel, hash, reason, at) values ('email', ?, '', 1)",
                (one,),
            )
        found = [
            transaction.row("select hash from suppression where hash = ?", (one,)) for one in hashes
        ]
        return [bytes(row[0]) for row in found]

    assert tried(writer, work) == hashes


def test_order_is_by_code_point(writer: Writer) -> None:
    """Text sorts and compares alike everywhere, whatever language the server speaks."""
    names = ["b", "B", "ä", "a", "Z", "_", "😀", "é", "10", "9", "a b", "ab", "A"]

    def work(transaction: Transaction) -> Any:
        transaction.executemany(
            "insert into setting (name, value) values (?, 'order')", [(name,) for name in names]
        )
        ordered = transaction.rows("select name from setting where value = 'order' order by name")
        between = transaction.rows(
            "select count(*) from setting where value = 'order' and name >= ? and name < ?",
            ("A", "a"),
        )
        return [name for (name,) in ordered], between

    assert tried(writer, work) == (sorted(names), [(4,)])


@LAW
@given(st.lists(st.sampled_from(ODD) | TEXT, unique=True, max_size=12), st.data())
def test_lists_are_one_value(writer: Writer, names: list[str], data: st.DataObject) -> None:
    """Whoever asks for a list of texts or numbers gets exactly those, and the others with not."""
    wanted = data.draw(st.lists(st.sampled_from([*names, "never stored"]), unique=True))
    rows = [(number, name) for number, name in enumerate(names, 1)]
    numbers = {number for number, name in rows if name in wanted}

    def work(transaction: Transaction) -> Any:
        transaction.executemany("insert into flow (id, name) values (?, ?)", rows)
        return [
            {
                number
                for (number,) in transaction.rows(f"select id from flow where {test}", (bound,))
            }
            for test, bound in (
                (f"name in {TEXTS}", texts(wanted)),
                (f"name not in {TEXTS}", texts(wanted)),
                (f"id in {MEMBERS}", members(numbers)),
                (f"id not in {MEMBERS}", members(numbers)),
            )
        ]

    others = {number for number, _ in rows} - numbers
    assert tried(writer, work) == [numbers, others, numbers, others]


def test_a_long_list(writer: Writer) -> None:
    """A batch of 50,000 is one value too."""
    writer.run(lambda tx: tx.execute("insert into pending (id, customer) values (7, 40000)"))
    sql = f"select id from pending where customer in {MEMBERS}"
    assert writer.run(lambda tx: tx.rows(sql, (members(range(50_000)),))) == [(7,)]


def test_searching_json(writer: Writer) -> None:
    """A property is found by its text, A to Z in either case, other letters as they are."""
    email, pattern = text_in("properties", "email"), lower("ÄDA_%") + "%"

    def work(transaction: Transaction) -> Any:
        transaction.executemany(
            "insert into customer (id, created_at, properties) values (?, 1, ?)",
            [
                (number, orjson.dumps({"email": email} if email else {}))
                for number, email in enumerate(["ÄdA_1", "äda_2", "ÄDAx3", "", "it's"], 1)
            ],
        )
        found = transaction.rows(
            f"select id from customer where lower({email}) like ? escape '\\' order by id",
            (pattern.replace("_", "\\_").replace("\\_%%", "\\_%"),),
        )
        return found, transaction.rows(f"select {email} from customer where id > 3 order by id")

    assert tried(writer, work) == ([(1,)], [(None,), ("it's",)])


# --- many at once -------------------------------------------------------------------------

ROWS = st.lists(
    st.tuples(st.integers(1, 6), st.sampled_from("ab"), st.booleans(), WHOLE), max_size=3 * FEW
)


@LAW
@given(rows=ROWS, upsert=st.booleans(), changes=ROWS)
def test_many_at_once_mean_one_after_the_other(
    database: Database,
    rows: list[tuple[int, str, bool, int]],
    upsert: bool,
    changes: list[tuple[int, str, bool, int]],
) -> None:
    """However many rows a statement is given, it does what it does for one row after the other."""
    stored: dict[tuple[int, str], tuple[bool, int]] = {}
    for customer, segment, member, since in rows:
        if upsert or (customer, segment) not in stored:
            stored[customer, segment] = (member, since)
    for customer, segment, member, since in changes:
        if (customer, segment) in stored:
            stored[customer, segment] = (member, since)
    then = "do update set member = excluded.member, since = excluded.since"

    def work(transaction: Transaction) -> Any:
        transaction.executemany(
            "insert into membership (customer, segment, member, since) values (?, ?, ?, ?)"
            f" on conflict (customer, segment) {then if upsert else 'do nothing'}",
            rows,
        )
        transaction.executemany(
            "update membership set member = ?, since = ? where customer = ? and segment = ?",
            ((member, since, customer, segment) for customer, segment, member, since in changes),
        )
        return transaction.rows("select customer, segment, member, since from membership")

    found = tried(database.writer, work)
    assert {(row[0], row[1]): (bool(row[2]), row[3]) for row in found} == stored


def test_a_doubled_row_refuses_them_all(writer: Writer) -> None:
    """Where one of many rows is there already, none is stored, and the next work goes on."""
    rows = [(number % 15, "x", 1, 1) for number in range(20)]

    def work(transaction: Transaction) -> None:
        transaction.executemany(
            "insert into identity (kind, value, customer, at) values (?, ?, ?, ?)",
            [("user", str(number), customer, at) for number, _, customer, at in rows],
        )

    with pytest.raises(Exception, match=r"(?i)unique"):
        writer.run(work)
    assert writer.run(lambda tx: tx.rows("select count(*) from identity")) == [(0,)]
