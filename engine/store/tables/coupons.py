"""Coupon codes."""

from typing import ClassVar

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from engine.store.dialects import RowId


class CouponCode(SQLModel, table=True):
    """A code that one run gave to one customer; `step` and `visit` say which `give coupon` promised
    it ("" and 0 where the step itself drew it, as it once did).

    `folded` is the code in capitals: people type codes as they like. `redeemed_by` is who bought
    with it, `order_value` (minor units) what they bought for.
    """

    __tablename__ = "coupon_code"
    __table_args__: ClassVar = (
        Index(
            "coupon_code_redeemed_by",
            "redeemed_by",
            sqlite_where=text("redeemed_by is not null"),
            postgresql_where=text("redeemed_by is not null"),
        ),
    )
    code: str = Field(primary_key=True)
    folded: str = Field(default="", index=True)
    coupon: str
    customer: int = Field(sa_type=BigInteger, index=True)
    run: int = Field(sa_type=BigInteger, index=True)
    step: str = ""
    visit: int = 0
    given_at: int = Field(sa_type=BigInteger)
    valid_until: int | None = Field(default=None, sa_type=BigInteger)
    redeemed_at: int | None = Field(default=None, sa_type=BigInteger)
    redeemed_by: int | None = Field(default=None, sa_type=BigInteger)
    order_id: str | None = None
    order_value: int | None = Field(default=None, sa_type=BigInteger)


class CouponPool(SQLModel, table=True):
    """A code that was made elsewhere and imported; `taken_at` None: nobody has it yet."""

    __tablename__ = "coupon_pool"
    __table_args__: ClassVar = (
        Index("coupon_pool_coupon", "coupon"),
        Index(
            "coupon_pool_left",
            "coupon",
            "id",
            sqlite_where=text("taken_at is null"),
            postgresql_where=text("taken_at is null"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    coupon: str
    code: str
    folded: str = Field(unique=True)
    added_at: int = Field(sa_type=BigInteger)
    taken_at: int | None = Field(default=None, sa_type=BigInteger)
