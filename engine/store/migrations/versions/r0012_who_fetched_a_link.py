"""What was fetched of a message, and whether by a person."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from engine.store.dialects import Json

revision = "0012"
down_revision = "0011"

TEXT = AutoString().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "touch",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("customer", sa.BigInteger(), nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("step", TEXT, nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("channel", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("verdict", TEXT, nullable=False),
        sa.Column("visitor", TEXT, nullable=False),
        sa.Column("detail", Json, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "touch_due",
        "touch",
        ["due_at"],
        sqlite_where=sa.text("due_at is not null"),
        postgresql_where=sa.text("due_at is not null"),
    )
    op.create_index("touch_of_message", "touch", ["run", "step", "visit", "at"])
    op.create_index("ix_touch_customer", "touch", ["customer"])
