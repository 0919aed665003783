"""Indexes for what a merge, an erasure and an empty pool of coupons ask; the unused inbox goes."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for table, column in (("customer", "merged_into"), ("coupon_code", "redeemed_by")):
        some = sa.text(f"{column} is not null")
        op.create_index(
            f"{table}_{column}", table, [column], sqlite_where=some, postgresql_where=some
        )
    op.create_index("coupon_pool_coupon", "coupon_pool", ["coupon"])
    op.drop_table("inbox")
