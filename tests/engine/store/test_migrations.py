"""The revisions and the tables say the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
import sqlalchemy
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect
from sqlmodel import SQLModel

from engine.store import people, tables
from engine.store.database import Database
from engine.store.errors import NewerDatabaseError, UnusableDatabaseError
from engine.store.migrations import run
from tests.harness.later import with_later
from tests.harness.postgres import Cluster

OF_EXPRESSIONS = {"customer_first_name", "customer_last_name", "identity_known"}
"""Indexes that each database spells in its own way: models cannot hold them."""


def engine_of(folder: Path, url: str | None):
    if url is None:
        return create_engine(f"sqlite:///{folder / 'headrace.db'}")
    return create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url))


def test_migrations_build_the_tables(tmp_path: Path, database_url: str | None) -> None:
    """A database brought up by revisions has every table and index of the models, and no other."""
    assert tables.Run.__tablename__ == "run"
    Database(tmp_path, database_url).upgrade()
    with engine_of(tmp_path, database_url).connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_object": lambda _object, name, *_rest: name not in OF_EXPRESSIONS},
        )
        assert compare_metadata(context, SQLModel.metadata) == []


def test_every_text_is_ordered_by_code_point(postgres_url: str) -> None:
    """No column's order depends on how the server was set up."""
    with psycopg.connect(postgres_url) as connection:
        others = connection.execute(
            "select table_name, column_name from information_schema.columns"
            " where table_schema = 'public' and data_type in ('text', 'character varying')"
            " and collation_name is distinct from 'C' and table_name <> 'alembic_version'"
        ).fetchall()
    assert others == []


def test_an_empty_database_gets_its_tables(postgres: Cluster, tmp_path: Path) -> None:
    """An empty PostgreSQL database is all that is needed; upgrading twice changes nothing."""
    with postgres.database() as url:
        database = Database(tmp_path, url)
        before, after = database.upgrade()
        assert before is None
        assert database.upgrade() == (after, after)


def test_a_newer_database_is_left_alone(tmp_path: Path, database_url: str | None) -> None:
    """An older Headrace does not touch what a newer one made."""
    database = Database(tmp_path, database_url)
    database.upgrade()
    with engine_of(tmp_path, database_url).begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
        before = inspect(connection).get_table_names()
    with pytest.raises(NewerDatabaseError, match="newer Headrace"):
        database.open_to_write()
    with engine_of(tmp_path, database_url).connect() as connection:
        assert inspect(connection).get_table_names() == before


def test_customers_are_searched_by_indexes(tmp_path: Path) -> None:
    """However many customers a shop has, nobody who looks for one waits for all to be read."""
    database = Database(tmp_path, None)
    database.open_to_write()
    try:
        asked: list[str] = []

        def explained(sql: str, values: tuple[object, ...]) -> list[tuple[object, ...]]:
            with database.reader() as reader:
                asked.extend(row[3] for row in reader.rows(f"explain query plan {sql}", values))
            return []

        people.search(SimpleNamespace(rows=explained), "ada love", 50)  # type: ignore[arg-type]
    finally:
        database.close()
    assert not [step for step in asked if step.startswith(("SCAN customer", "SCAN identity"))]
    for index in OF_EXPRESSIONS:
        assert any(index in step for step in asked), (index, asked)
    assert not [step for step in asked if step.startswith("SCAN c")], asked


# --- what works with older code ----------------------------------------------------------------


def test_revisions_that_work_with_older_code_only_add(postgres: Cluster, tmp_path: Path) -> None:
    """Workers of the version before go on through an update, as long as nothing that they use is
    another: each revision that says so is looked at.
    """
    assert wrong_with_older_code(postgres, run._config(), tmp_path) == []


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ("op.add_column('run', sa.Column('mood', sa.Text()))", ""),
        ("op.add_column('run', sa.Column('n', sa.Text(), nullable=False, server_default=''))", ""),
        ("op.create_table('mood', sa.Column('n', sa.Integer(), nullable=False))", ""),
        ("op.create_index('run_later', 'run', ['wake_at', 'id'])", ""),
        ("op.drop_column('run', 'memory')", "run.memory is gone"),
        ("op.drop_table('number_block')", "number_block is gone"),
        ("op.rename_table('shard', 'shards')", "shard is gone"),
        ("op.alter_column('shard', 'turn', type_=sa.Text())", "shard.turn is another"),
        ("op.alter_column('run', 'wake_at', nullable=False)", "run.wake_at is another"),
        (
            "op.add_column('run', sa.Column('n', sa.Integer(), nullable=False))",
            "run.n has to be given",
        ),
        ("op.create_index('once', 'run', ['customer'], unique=True)", "run has another rule"),
        ("op.create_check_constraint('few', 'run', 'id < 9')", "run has another rule"),
        ("op.create_foreign_key('f', 'run', 'flow', ['node'], ['id'])", "run has another rule"),
    ],
)  # fmt: skip
def test_a_revision_that_takes_something_away_is_found(
    tables_of_now: Connection, change: str, wrong: str
) -> None:
    """The look above can fail: whatever statements of older code may stumble over is told."""
    before = Tables(tables_of_now)
    with Operations.context(MigrationContext.configure(tables_of_now)) as op:
        exec(change, {"op": op, "sa": sqlalchemy})
    found = Tables(tables_of_now).since(before)
    tables_of_now.rollback()
    assert found == ([wrong] if wrong else [])


@pytest.fixture(scope="module")
def tables_of_now(postgres: Cluster) -> Iterator[Connection]:
    """A connection whose transaction may be rolled back, changed tables and all."""
    with postgres.database(postgres.template) as url, engine_of(Path(), url).connect() as found:
        yield found


def test_what_older_code_does_not_use_may_be_named_and_go(
    postgres: Cluster, tmp_path: Path
) -> None:
    """First the code leaves it alone, then a revision takes it away and says so."""
    change = "op.drop_column('run', 'memory')"
    wrong = ["run.memory is gone"]
    config = later(tmp_path, change, "works_with = down_revision")
    assert wrong_with_older_code(postgres, config, tmp_path) == wrong
    config = later(tmp_path, change, f"works_with = down_revision\ntakes_away = {wrong}")
    assert wrong_with_older_code(postgres, config, tmp_path) == []


def test_the_newest_word_on_older_code_counts(tmp_path: Path) -> None:
    """Code is older than the tables by several revisions, and one of them is not for it."""
    head = run.newest_revision()

    def oldest(*said: str) -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        for number, line in enumerate(said):
            config = later(folder, "pass", line, number=9_001 + number)
        return run.oldest_code(ScriptDirectory.from_config(config))

    ours, own = f"works_with = '{head}'", ""
    assert oldest(own) == "9001"
    assert oldest(ours) == head
    assert oldest(ours, ours) == head
    assert oldest(own, ours) == "9001"
    assert oldest(ours, own) == "9002"
    assert oldest(ours, own, ours) == "9002"
    assert oldest(ours, "works_with = '9001'") == "9001"


def test_older_code_works_where_it_may(tmp_path: Path, database_url: str | None) -> None:
    """What a database was told at its update is believed of the tables that it has now, only."""
    database = Database(tmp_path, database_url)
    database.upgrade()
    head = run.newest_revision()

    def check(tables: str, told: str) -> None:
        with engine_of(tmp_path, database_url).begin() as connection:
            connection.exec_driver_sql(f"update alembic_version set version_num = '{tables}'")
            connection.exec_driver_sql("delete from setting where name = 'oldest code'")
            connection.exec_driver_sql(
                f"insert into setting (name, value) values ('oldest code', '{told}')"
            )
        with database.reader() as reader:
            database.check_tables(reader)

    check("9001", f"9001 {head}")
    check("9001", "9001 0009")
    for told in ("9001 9001", f"9000 {head}", "", "9001", f"{head}"):
        with pytest.raises(NewerDatabaseError, match="newer Headrace"):
            check("9001", told)
    with pytest.raises(UnusableDatabaseError, match="older than this Headrace"):
        check("0009", "9001 0009")


def later(folder: Path, change: str, said: str, *, number: int = 9_001) -> Config:
    """Our revisions, and one more after them."""
    before = run.newest_revision() if number == 9_001 else str(number - 1)
    (folder / f"r{number}.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision = '{number}'\ndown_revision = '{before}'\n{said}\n"
        f"def upgrade() -> None:\n    {change}\n"
    )
    return with_later(folder)


def wrong_with_older_code(postgres: Cluster, config: Config, folder: Path) -> list[str]:
    """What the revisions that work with older code do not only add."""
    found: list[str] = []
    with postgres.database() as url, engine_of(folder, url).connect() as connection:
        config.attributes["connection"] = connection
        seen: dict[str, Tables] = {}
        for one in reversed(list(ScriptDirectory.from_config(config).walk_revisions())):
            command.upgrade(config, one.revision)
            connection.commit()
            seen[one.revision] = now = Tables(connection)
            older = getattr(one.module, "works_with", one.revision)
            named = getattr(one.module, "takes_away", [])
            found += [wrong for wrong in now.since(seen[older]) if wrong not in named]
    return found


class Tables:
    """The tables of a database, as far as statements may stumble over them."""

    def __init__(self, connection: Connection) -> None:
        look = inspect(connection)
        names = [name for name in look.get_table_names() if name != "alembic_version"]
        self.columns = {
            (table, column["name"]): (str(column["type"]), column["nullable"], column["default"])
            for table in names
            for column in look.get_columns(table)
        }
        self.rules = {
            table: sorted(
                [
                    str(look.get_pk_constraint(table)),
                    *map(str, look.get_unique_constraints(table)),
                    *map(str, look.get_check_constraints(table)),
                    *map(str, look.get_foreign_keys(table)),
                    *(str(index) for index in look.get_indexes(table) if index["unique"]),
                ]
            )
            for table in names
        }

    def since(self, before: Tables) -> list[str]:
        """In words, what is not only more."""
        lost = [table for table in before.rules if table not in self.rules]
        wrong = [f"{table} is gone" for table in lost]
        for (table, column), was in before.columns.items():
            now = self.columns.get((table, column))
            if table not in lost and now is None:
                wrong.append(f"{table}.{column} is gone")
            elif now is not None and now != was:
                wrong.append(f"{table}.{column} is another")
        for (table, column), (_, nullable, default) in self.columns.items():
            new = table in before.rules and (table, column) not in before.columns
            if new and not nullable and default is None:
                wrong.append(f"{table}.{column} has to be given")
        return wrong + [
            f"{table} has another rule"
            for table, rules in before.rules.items()
            if table not in lost and self.rules[table] != rules
        ]
