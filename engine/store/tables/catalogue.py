"""Products, their prices and stock over time, and who is interested."""

from typing import ClassVar

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from engine.store.dialects import Json, RowId


class Product(SQLModel, table=True):
    """A product as the language sees it; `price` (minor units) and `stock` also stand apart.

    A variant is a product of its own that names its `parent`.
    """

    id: str = Field(primary_key=True)
    properties: bytes = Field(default=b"{}", sa_type=Json)
    price: int | None = Field(default=None, sa_type=BigInteger)
    stock: int | None = Field(default=None, sa_type=BigInteger)
    parent: str | None = Field(default=None, index=True)
    updated_at: int = Field(sa_type=BigInteger)


class ProductHistory(SQLModel, table=True):
    """Append-only: price and stock after each change."""

    __tablename__ = "product_history"
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    product: str = Field(index=True)
    at: int = Field(sa_type=BigInteger)
    price: int | None = Field(default=None, sa_type=BigInteger)
    stock: int | None = Field(default=None, sa_type=BigInteger)


class Interest(SQLModel, table=True):
    """Who did which event about which product: whom a change of the product may concern.

    Kept for the events that published flows ask about, by `engine.store.interests`.
    """

    __table_args__: ClassVar = ({"sqlite_with_rowid": False},)
    product: str = Field(primary_key=True)
    event: str = Field(primary_key=True)
    customer: int = Field(primary_key=True, sa_type=BigInteger, index=True)
