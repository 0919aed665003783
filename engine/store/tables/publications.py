"""What was published, and what is held or moved because of it."""

from typing import ClassVar

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from engine.store.dialects import Json, RowId


class Publication(SQLModel, table=True):
    """All sources of one publish: {path: text} of the .flow files and of the message files."""

    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    hash: str = Field(unique=True)
    sources: bytes = Field(sa_type=Json)
    messages: bytes = Field(default=b"{}", sa_type=Json)
    published_at: int = Field(sa_type=BigInteger)
    author: str = ""


class FlowVersion(SQLModel, table=True):
    """What a run pins. `hash` covers the flow and the declarations it was compiled with.

    `number` counts the versions of one flow from 1. `live` is true for the one that people enter.
    The author is the version's own: what was restored came with an older publication.
    """

    __tablename__ = "flow_version"
    __table_args__: ClassVar = (UniqueConstraint("flow", "number", name="flow_version_number"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    flow: str
    number: int
    hash: str
    publication: int = Field(sa_type=BigInteger)
    published_at: int = Field(sa_type=BigInteger)
    live: bool
    author: str = ""


class FlowHold(SQLModel, table=True):
    """A flow that somebody paused or stopped (`state`); no row for one that goes on."""

    __tablename__ = "flow_hold"
    flow: str = Field(primary_key=True)
    state: str
    at: int = Field(sa_type=BigInteger)
    who: str = ""


class VersionMove(SQLModel, table=True):
    """People who are being moved to a version: all runs up to `position` are, `last` is the end."""

    __tablename__ = "version_move"
    flow: str = Field(primary_key=True)
    version: int
    position: int = Field(sa_type=BigInteger)
    last: int = Field(sa_type=BigInteger)
    at: int = Field(sa_type=BigInteger)


class FlowName(SQLModel, table=True):
    """Numbers for flow names, so that hot rows stay narrow."""

    __tablename__ = "flow"
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    name: str = Field(unique=True)
