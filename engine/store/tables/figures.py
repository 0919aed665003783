"""What came of it, counted by the hour: the one source of numbers for pages, scripts and verbs."""

from typing import ClassVar

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from engine.store.dialects import RowId


class Figure(SQLModel, table=True):
    """How often something happened within an hour (its first instant, UTC), and what it was worth
    in minor units. `kind` is one of `engine.core.figures`; `flow` 0 is the shop as a whole.

    `way` says more of the kind: by which way a step was left, why something was skipped, which
    product. What does not apply is 0 or "".
    """

    __table_args__: ClassVar = (Index("figure_hour", "hour"), {"sqlite_with_rowid": False})
    flow: int = Field(primary_key=True, sa_type=BigInteger)
    hour: int = Field(primary_key=True, sa_type=BigInteger)
    kind: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    step: str = Field(primary_key=True)
    way: str = Field(primary_key=True)
    message: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    count: int = Field(sa_type=BigInteger)
    amount: int = Field(sa_type=BigInteger)


class FigureTotal(SQLModel, table=True):
    """What the rows of `figure` add up to over all time, in its transactions."""

    __tablename__ = "figure_total"
    __table_args__: ClassVar = ({"sqlite_with_rowid": False},)
    kind: str = Field(primary_key=True)
    flow: int = Field(primary_key=True, sa_type=BigInteger)
    version: int = Field(primary_key=True)
    step: str = Field(primary_key=True)
    way: str = Field(primary_key=True)
    message: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    count: int = Field(sa_type=BigInteger)
    amount: int = Field(sa_type=BigInteger)


class FigureMark(SQLModel, table=True):
    """An hour whose figures are to be counted again: what they rest on has changed."""

    __tablename__ = "figure_mark"
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    hour: int = Field(sa_type=BigInteger)
