"""What came back of messages."""

from typing import ClassVar

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from engine.store.dialects import RowId


class Feedback(SQLModel, table=True):
    """What came back of a message, once for each `mark`. `kind` as in `engine.core.bounces`.

    The address is known by its hash only, `customer` is `NOBODY` where none is known; `counts` says
    of a soft bounce that nothing was delivered since. `flow`, `step` and `message` are "" and `run`
    0 where nobody said which message it was.
    """

    __table_args__: ClassVar = (
        UniqueConstraint("mark", name="feedback_once"),
        Index(
            "feedback_soft",
            "hash",
            "channel",
            sqlite_where=text("counts"),
            postgresql_where=text("counts"),
        ),
        Index("feedback_of_message", "flow", "message", "at"),
        Index("feedback_at", "at"),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    mark: str
    at: int = Field(sa_type=BigInteger)
    kind: str
    channel: str
    hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    customer: int = Field(default=0, sa_type=BigInteger, index=True)
    flow: str = ""
    message: str = ""
    run: int = Field(default=0, sa_type=BigInteger)
    step: str = ""
    counts: bool = False
    source: str = ""
    reason: str = ""
