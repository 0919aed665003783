"""What shop systems tell."""

from typing import ClassVar

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from engine.store.dialects import Json, RowId


class ShopRecord(SQLModel, table=True):
    """How much a shop system has told us of one thing, so that late and repeated webhooks change
    nothing: `kind` is customer, order, cart, checkout, product, variant or stock.

    `told_at` is the moment of the newest statement by the shop's own clock.
    """

    __tablename__ = "shop_record"
    __table_args__: ClassVar = ({"sqlite_with_rowid": False},)
    shop: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    ref: str = Field(primary_key=True)
    customer: int | None = Field(default=None, sa_type=BigInteger, index=True)
    told_at: int = Field(default=0, sa_type=BigInteger)
    detail: bytes = Field(default=b"{}", sa_type=Json)


class ShopDelivery(SQLModel, table=True):
    """A webhook that says only what is to be fetched. `due_at` None: fetched or given up."""

    __tablename__ = "shop_delivery"
    __table_args__: ClassVar = (
        UniqueConstraint("shop", "mark", name="shop_delivery_once"),
        Index(
            "shop_delivery_due",
            "due_at",
            sqlite_where=text("due_at is not null"),
            postgresql_where=text("due_at is not null"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    shop: str
    mark: str
    topic: str
    detail: bytes = Field(default=b"{}", sa_type=Json)
    at: int = Field(sa_type=BigInteger)
    due_at: int | None = Field(default=None, sa_type=BigInteger)
    attempts: int = 0
    reason: str = ""
