"""What triggers, shops, segments, publishing and learning keep."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlmodel.sql.sqltypes import AutoString

JSON = sa.LargeBinary().with_variant(postgresql.JSONB(), "postgresql")
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = AutoString()

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _segments_and_schedules()


def _segments_and_schedules() -> None:
    op.create_index("customer_of_zone", "customer", ["zone", "id"])
    op.create_table(
        "schedule_line",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("flow", sa.BigInteger(), nullable=False),
        sa.Column("says", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("looked_at", sa.BigInteger(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("flow", "says", name="schedule_line_once"),
    )
    op.create_table(
        "zone_move",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("customer", sa.BigInteger(), nullable=False),
        sa.Column("zone_before", TEXT, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "segment",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("looked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index(
        "membership_of_segment",
        "membership",
        ["segment", "customer"],
        sqlite_where=sa.text("member"),
        postgresql_where=sa.text("member"),
    )
    op.create_table(
        "membership_change",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("customer", sa.BigInteger(), nullable=False),
        sa.Column("segment", TEXT, nullable=False),
        sa.Column("joined", sa.Boolean(), nullable=False),
        sa.Column("found", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_membership_change_customer", "membership_change", ["customer"])
    op.create_index("membership_change_of_segment", "membership_change", ["segment", "id"])
    # Lines were known by their place in the flow, which an edit changes: they start anew.
    op.execute("delete from firing")
    op.execute("delete from cursor where substr(name, 1, 9) = 'schedule:'")
