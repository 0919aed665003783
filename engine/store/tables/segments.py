"""Segments and who is in them."""

from typing import ClassVar

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from engine.store.dialects import RowId


class SegmentState(SQLModel, table=True):
    """A declared segment: `state` is new or edited until it has been looked at as a whole, then
    settled. `hash` covers its conditions and what they rest on.
    """

    __tablename__ = "segment"
    name: str = Field(primary_key=True)
    hash: str
    state: str
    known_at: int = Field(sa_type=BigInteger)
    looked_at: int | None = Field(default=None, sa_type=BigInteger)


class Membership(SQLModel, table=True):
    """Who was in which segment when last looked at; no row for who never was."""

    __table_args__: ClassVar = (
        Index(
            "membership_of_segment",
            "segment",
            "customer",
            sqlite_where=text("member"),
            postgresql_where=text("member"),
        ),
        {"sqlite_with_rowid": False},
    )
    customer: int = Field(primary_key=True, sa_type=BigInteger)
    segment: str = Field(primary_key=True)
    member: bool
    since: int = Field(sa_type=BigInteger)


class MembershipChange(SQLModel, table=True):
    """Append-only: who joined or left which segment. `found` where that was no joining or leaving
    of the customer's own: found inside at a first look, or by a merge of two customers.
    """

    __tablename__ = "membership_change"
    __table_args__: ClassVar = (Index("membership_change_of_segment", "segment", "id"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    customer: int = Field(sa_type=BigInteger, index=True)
    segment: str
    joined: bool
    found: bool = False
    at: int = Field(sa_type=BigInteger)
