"""What happened, and what waits or could not be applied."""

from typing import ClassVar

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from engine.core.figures import FIGURED
from engine.store.dialects import Json, RowId

IS_FIGURED = "name in (" + ", ".join(f"'{name}'" for name in FIGURED) + ")"
"""Events that figures are counted from. Whoever looks for them by time says just this."""


class Event(SQLModel, table=True):
    """Append-only. `received_at` never falls with rising `id`: the writer stamps it.

    `enters` is false for what is too old or imported: it counts and exits, but starts nothing.
    """

    __table_args__: ClassVar = (
        Index("event_of_customer", "customer", "name", "occurred_at"),
        UniqueConstraint("message_id", name="event_once"),
        Index(
            "event_figured",
            "occurred_at",
            sqlite_where=text(IS_FIGURED),
            postgresql_where=text(IS_FIGURED),
        ),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    message_id: str
    customer: int = Field(sa_type=BigInteger)
    name: str
    occurred_at: int = Field(sa_type=BigInteger)
    received_at: int = Field(sa_type=BigInteger)
    enters: bool = True
    properties: bytes = Field(default=b"{}", sa_type=Json)


class Pending(SQLModel, table=True):
    """Events that no lane has applied yet. A row goes in the transaction that applies it."""

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    customer: int = Field(sa_type=BigInteger)


class Failure(SQLModel, table=True):
    """A poison event or run: why its lane could not be applied. Seen in the trace."""

    __tablename__ = "failure"
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    customer: int = Field(sa_type=BigInteger, index=True)
    event: int | None = Field(default=None, sa_type=BigInteger)
    run: int | None = Field(default=None, sa_type=BigInteger)
    at: int = Field(sa_type=BigInteger)
    reason: str
