"""What came back of messages: bounces, complaints, blocks."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from engine.store.dialects import RowId

revision = "0013"
down_revision = "0012"

TEXT = AutoString().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", RowId, nullable=False),
        sa.Column("mark", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("channel", TEXT, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=True),
        sa.Column("customer", sa.BigInteger(), nullable=False),
        sa.Column("flow", TEXT, nullable=False),
        sa.Column("message", TEXT, nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("step", TEXT, nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("mark", name="feedback_once"),
    )
    op.create_index("feedback_of_message", "feedback", ["flow", "message", "at"])
    op.create_index(op.f("ix_feedback_customer"), "feedback", ["customer"])
    op.create_index(
        "feedback_soft",
        "feedback",
        ["hash", "channel"],
        sqlite_where=sa.text("counts"),
        postgresql_where=sa.text("counts"),
    )
