"""What several processes on one database share."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class Shard(SQLModel, table=True):
    """A share of the customers. Whoever works on it beside others locks its row; `turn` counts."""

    number: int = Field(primary_key=True, sa_type=BigInteger)
    turn: int = Field(default=0, sa_type=BigInteger)


class NumberBlock(SQLModel, table=True):
    """The next number of a table that no process has reserved."""

    __tablename__ = "number_block"
    name: str = Field(primary_key=True)
    next: int = Field(sa_type=BigInteger)
