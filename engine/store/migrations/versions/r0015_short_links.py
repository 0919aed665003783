"""Short links of text messages."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0015"
down_revision = "0014"

TEXT = AutoString().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "short_link",
        sa.Column("code", TEXT, nullable=False),
        sa.Column("customer", sa.BigInteger(), nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_short_link_customer", "short_link", ["customer"])
    op.create_index("ix_short_link_at", "short_link", ["at"])
