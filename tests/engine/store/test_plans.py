"""Which way PostgreSQL goes to the rows of a batch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.store.database import Database
from engine.store.writer import Transaction

ASKED = "select channel from intent where customer = any('{1,2,3}'::bigint[])"


@pytest.fixture
def database(tmp_path: Path, postgres_url: str) -> Iterator[Database]:
    database = Database(tmp_path / "data", postgres_url)
    database.open_to_write()
    yield database
    database.close()


def plan(transaction: Transaction) -> str:
    return " ".join(line for (line,) in transaction.rows(f"explain {ASKED}"))


def whole(transaction: Transaction) -> bool:
    return transaction.rows("select current_setting('enable_seqscan')")[0][0] == "on"


def test_a_batch_keeps_to_indexes_and_nothing_after_it_does(database: Database) -> None:
    """A table of which nothing is known yet is not read from end to end for each batch."""

    def work(transaction: Transaction) -> None:
        with transaction.few_of_many():
            assert "intent_of_customer" in plan(transaction)
            assert "Seq Scan" not in plan(transaction)
        assert whole(transaction)

    database.writer.run(work)


def test_an_error_takes_it_back_with_all_else(database: Database) -> None:
    """What another does in the same transaction is planned as ever."""

    def work(transaction: Transaction) -> bool:
        def fail() -> None:
            with transaction.few_of_many():
                transaction.rows("select no_such_column from intent")

        assert isinstance(transaction.attempt(fail), Exception)
        return whole(transaction)

    assert database.writer.run(work)
