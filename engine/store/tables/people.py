"""People: who they are and what they agreed to."""

from typing import ClassVar

from sqlalchemy import BigInteger, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from engine.store.dialects import Json, RowId

NOBODY = 0
"""What no customer's number is."""


class Customer(SQLModel, table=True):
    """A person, known or anonymous. `merged_into` is set where two rows turned out to be one, and
    is `NOBODY` where the person was erased: such a row is only counted.

    `properties` holds every customer property, built-in (email, phone, first_name ..) and
    declared, as the language sees it: money in minor units, dates as ISO text.
    `tags` is a JSON list, `scores` {name: [points, at]}, `cart` {items, url, updated_at}; they
    are None more often than not.
    `zone` is the IANA name, None for the store's.
    """

    __table_args__: ClassVar = (
        Index("customer_of_zone", "zone", "id"),
        Index(
            "customer_merged_into",
            "merged_into",
            sqlite_where=text("merged_into is not null"),
            postgresql_where=text("merged_into is not null"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    created_at: int = Field(sa_type=BigInteger)
    zone: str | None = None
    properties: bytes = Field(default=b"{}", sa_type=Json)
    tags: bytes | None = Field(default=None, sa_type=Json)
    scores: bytes | None = Field(default=None, sa_type=Json)
    cart: bytes | None = Field(default=None, sa_type=Json)
    merged_into: int | None = Field(default=None, sa_type=BigInteger)


class Identity(SQLModel, table=True):
    """By what a customer is found: `kind` is anonymous, user, email, phone or push."""

    kind: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    customer: int = Field(sa_type=BigInteger, index=True)
    at: int = Field(sa_type=BigInteger)


class Consent(SQLModel, table=True):
    """What holds now: `what` is a channel, a topic or `tracking`."""

    __table_args__: ClassVar = ({"sqlite_with_rowid": False},)
    customer: int = Field(primary_key=True, sa_type=BigInteger)
    what: str = Field(primary_key=True)
    allowed: bool
    at: int = Field(sa_type=BigInteger)


class ConsentProof(SQLModel, table=True):
    """Append-only: how each consent came and went. `address` is what was confirmed."""

    __tablename__ = "consent_proof"
    __table_args__ = (
        Index(
            "consent_proof_asked",
            "at",
            sqlite_where=text("act = 'asked'"),
            postgresql_where=text("act = 'asked'"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    customer: int = Field(sa_type=BigInteger, index=True)
    what: str
    act: str  # asked, confirmed, granted, withdrawn
    at: int = Field(sa_type=BigInteger)
    source: str  # server key, double opt-in, unsubscribe link, flow ..
    address: str = ""
    detail: bytes = Field(default=b"{}", sa_type=Json)


class Suppression(SQLModel, table=True):
    """Addresses that get nothing any more, as a keyed hash: survives the person's erasure.

    `number` rises with each new one: whoever holds the list in memory sees by the newest that it
    has grown.
    """

    number: int = Field(default=0, sa_type=BigInteger, index=True)
    channel: str = Field(primary_key=True)
    hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    reason: str
    at: int = Field(sa_type=BigInteger)


class PropertyChange(SQLModel, table=True):
    """Append-only: what customers were before something of them changed. `before` is JSON: by name
    what a property was, None where there was none; under `tags` the list of tags.

    What they were at a moment is what they are now, with the oldest `before` since that moment.
    `derived` is what the machine made of events and steps: whoever plays them again makes it again.
    """

    __tablename__ = "property_change"
    __table_args__: ClassVar = (Index("property_change_of_customer", "customer", "id"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    customer: int = Field(sa_type=BigInteger)
    at: int = Field(sa_type=BigInteger)
    derived: bool = False
    before: bytes = Field(default=b"{}", sa_type=Json)


class PushDevice(SQLModel, table=True):
    """A browser that takes pushes. `name` is a hash of `endpoint`, its address at the push service:
    the newest one's is the customer's property `push`. `key` and `secret` are base64url.
    """

    __tablename__ = "push_device"
    __table_args__: ClassVar = ({"sqlite_with_rowid": False},)
    name: str = Field(primary_key=True)
    customer: int = Field(sa_type=BigInteger, index=True)
    endpoint: str
    key: str
    secret: str
    at: int = Field(sa_type=BigInteger)
