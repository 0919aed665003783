"""Browsers that take pushes."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0014"
down_revision = "0013"

TEXT = AutoString().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "push_device",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("customer", sa.BigInteger(), nullable=False),
        sa.Column("endpoint", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("secret", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_push_device_customer", "push_device", ["customer"])
