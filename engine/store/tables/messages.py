"""What is to be done outside, and what waits on the site."""

from typing import ClassVar

from sqlalchemy import BigInteger, Index, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from engine.store.dialects import Json, RowId, WrittenJson


class Intent(SQLModel, table=True):
    """Something to be done outside, committed before it is done.

    The key (run, step, visit, recipient) is unique: at most one intent each. What can become of
    `state` stands in `engine.store.intents.MOVES`.
    """

    __table_args__: ClassVar = (
        Index(
            "intent_ready",
            "due_at",
            "customer",
            sqlite_where=text("state = 'ready'"),
            postgresql_where=text("state = 'ready'"),
        ),
        Index(
            "intent_claimed",
            "claimed_at",
            sqlite_where=text("state = 'claimed'"),
            postgresql_where=text("state = 'claimed'"),
        ),
        Index(
            "intent_paused",
            "flow",
            sqlite_where=text("state = 'paused'"),
            postgresql_where=text("state = 'paused'"),
        ),
        Index("intent_of_customer", "customer", "made_at"),
        Index(
            "intent_done",
            "done_at",
            sqlite_where=text("done_at is not null"),
            postgresql_where=text("done_at is not null"),
        ),
        {"sqlite_with_rowid": False},
    )
    run: int = Field(primary_key=True, sa_type=BigInteger)
    step: str = Field(primary_key=True)
    visit: int = Field(primary_key=True)
    recipient: int = Field(primary_key=True, sa_type=SmallInteger)  # 0 customer, 1 staff, 2 webhook
    customer: int = Field(sa_type=BigInteger)
    flow: int = Field(sa_type=BigInteger)
    version: int
    channel: str  # email, sms, push, whatsapp; call for a webhook
    message: str  # the message, or the webhook's name
    made_at: int = Field(sa_type=BigInteger)
    due_at: int = Field(sa_type=BigInteger)
    priority: int = 10
    counts: bool = True  # against the limits
    state: str = "ready"
    attempts: int = 0
    claimed_at: int | None = Field(default=None, sa_type=BigInteger)
    done_at: int | None = Field(default=None, sa_type=BigInteger)
    reason: str = ""
    provider_id: str = ""
    detail: bytes | None = Field(default=None, sa_type=WrittenJson)


class OnSite(SQLModel, table=True):
    """What a `show` step left for this visitor; `until_at` None: until seen."""

    __tablename__ = "on_site"
    __table_args__: ClassVar = (UniqueConstraint("run", "step", "visit", name="on_site_once"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    customer: int = Field(sa_type=BigInteger, index=True)
    flow: int = Field(sa_type=BigInteger)
    version: int
    run: int = Field(sa_type=BigInteger)
    step: str
    visit: int
    surface: str
    message: str
    place: str | None = None
    on_leaving: bool
    from_at: int = Field(sa_type=BigInteger)
    until_at: int | None = Field(default=None, sa_type=BigInteger)
    shown_at: int | None = Field(default=None, sa_type=BigInteger)
    detail: bytes = Field(default=b"{}", sa_type=Json)


class Touch(SQLModel, table=True):
    """A link or picture of a message that somebody or something fetched, with what was found about
    it: `verdict` is "" until it is judged at `due_at`, `person`, or why it was a machine.

    `id` is made from what was fetched and when, so that fetching it again at once is the same row.
    `visitor` is the browser that asked to be known by this click.
    """

    __table_args__: ClassVar = (
        Index(
            "touch_due",
            "due_at",
            sqlite_where=text("due_at is not null"),
            postgresql_where=text("due_at is not null"),
        ),
        Index("touch_of_message", "run", "step", "visit", "at"),
        {"sqlite_with_rowid": False},
    )
    id: int = Field(primary_key=True, sa_type=BigInteger)
    customer: int = Field(sa_type=BigInteger, index=True)
    run: int = Field(sa_type=BigInteger)
    step: str
    visit: int
    channel: str
    kind: str  # open, click, answer, hidden
    at: int = Field(sa_type=BigInteger)
    due_at: int | None = Field(default=None, sa_type=BigInteger)
    verdict: str = ""
    visitor: str = ""
    detail: bytes = Field(default=b"{}", sa_type=Json)


class ShortLink(SQLModel, table=True):
    """A short link of a text message, and where it leads."""

    __tablename__ = "short_link"
    __table_args__: ClassVar = ({"sqlite_with_rowid": False},)
    code: str = Field(primary_key=True)
    customer: int = Field(sa_type=BigInteger, index=True)
    target: str
    at: int = Field(sa_type=BigInteger, index=True)


class MailCopy(SQLModel, table=True):
    """A mail as it went out, for who reads it in a browser. `page` is HTML, compressed (zlib)."""

    __tablename__ = "mail_copy"
    __table_args__: ClassVar = ({"sqlite_with_rowid": False},)
    code: str = Field(primary_key=True)
    customer: int = Field(sa_type=BigInteger, index=True)
    at: int = Field(sa_type=BigInteger, index=True)
    page: bytes = Field(sa_type=LargeBinary)
