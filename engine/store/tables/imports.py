"""Imports, and what was learned."""

from typing import ClassVar

from sqlalchemy import BigInteger, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from engine.store.dialects import Json, RowId


class ImportJob(SQLModel, table=True):
    """How far the import of one file has come, by its content (`digest`, SHA-256 in hex).

    `position` counts the rows that are done, written or rejected; it is changed in the
    transaction that stores them. `warnings` is {sentence: how many rows}. From `next_change` on
    the same rows say something else: a sale begins or ends.
    """

    __tablename__ = "import_job"
    __table_args__: ClassVar = (UniqueConstraint("kind", "digest", name="import_job_once"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    kind: str
    digest: str
    name: str
    position: int = Field(default=0, sa_type=BigInteger)
    warnings: bytes = Field(default=b"{}", sa_type=Json)
    next_change: int | None = Field(default=None, sa_type=BigInteger)
    started_at: int = Field(sa_type=BigInteger)
    finished_at: int | None = Field(default=None, sa_type=BigInteger)


class ImportRejection(SQLModel, table=True):
    """A row that was not taken, by its ordinal. The reason holds no value of the row."""

    __tablename__ = "import_rejection"
    __table_args__: ClassVar = ({"sqlite_with_rowid": False},)
    job: int = Field(primary_key=True, sa_type=BigInteger)
    number: int = Field(primary_key=True, sa_type=BigInteger)
    line: int = Field(sa_type=BigInteger)
    reason: str


class ImportSeen(SQLModel, table=True):
    """The products that a complete feed named, until those it did not name are taken away."""

    __tablename__ = "import_seen"
    __table_args__: ClassVar = ({"sqlite_with_rowid": False},)
    job: int = Field(primary_key=True, sa_type=BigInteger)
    product: str = Field(primary_key=True)


class LearnedModel(SQLModel, table=True):
    """What was learned from the events up to `newest` and the product changes up to `changes`:
    `tastes` as arrays, `habits` as the hours of a week. Names of products and searched words, no
    customers.
    """

    __tablename__ = "learned"
    name: str = Field(primary_key=True)
    trained_at: int = Field(sa_type=BigInteger)
    newest: int = Field(sa_type=BigInteger)
    changes: int = Field(sa_type=BigInteger)
    content: bytes = Field(sa_type=LargeBinary)
