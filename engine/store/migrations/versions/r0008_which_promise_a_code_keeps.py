"""Which `give coupon` a code was promised by."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0008"
down_revision = "0007"

TEXT = AutoString().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("coupon_code", schema=None) as batch_op:
        batch_op.add_column(sa.Column("step", TEXT, server_default="", nullable=False))
        batch_op.add_column(sa.Column("visit", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_index(batch_op.f("ix_coupon_code_run"), ["run"], unique=False)
