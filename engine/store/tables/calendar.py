"""What is due by the calendar, and how far followers have come."""

from typing import ClassVar

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from engine.store.dialects import RowId


class Cursor(SQLModel, table=True):
    """How far something has come: product changes the last one that was spread to customers."""

    name: str = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger)


class Firing(SQLModel, table=True):
    """A schedule line (its number) fires once for a customer and a local date (ISO)."""

    __table_args__: ClassVar = ({"sqlite_with_rowid": False},)
    flow: int = Field(primary_key=True, sa_type=BigInteger)
    line: str = Field(primary_key=True)
    customer: int = Field(primary_key=True, sa_type=BigInteger)
    local_date: str = Field(primary_key=True)


class ScheduleLine(SQLModel, table=True):
    """A line of a flow that is due by the calendar, under a number that outlives edits.

    `says` is the line as the formatter writes it, `subject` what it keeps when only its time is
    edited. `looked_at` is the last moment up to which it has fired. `live` while it is published.
    """

    __tablename__ = "schedule_line"
    __table_args__: ClassVar = (UniqueConstraint("flow", "says", name="schedule_line_once"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    flow: int = Field(sa_type=BigInteger)
    says: str
    subject: str
    looked_at: int = Field(sa_type=BigInteger)
    live: bool


class ZoneMove(SQLModel, table=True):
    """A customer whose time zone changed, until the schedules have seen it. None: the store's."""

    __tablename__ = "zone_move"
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    customer: int = Field(sa_type=BigInteger)
    zone_before: str | None = None
    at: int = Field(sa_type=BigInteger)
