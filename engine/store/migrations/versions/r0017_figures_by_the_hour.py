"""Figures, counted by the hour, and the indexes by which an hour is found."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from engine.store.dialects import RowId

revision = "0017"
down_revision = "0016"

TEXT = AutoString().with_variant(sa.String(collation="C"), "postgresql")

FIGURED = (
    "name in ('open_email', 'open_sms', 'open_push', 'open_whatsapp', 'open_onsite',"
    " 'click_email', 'click_sms', 'click_push', 'click_whatsapp', 'click_onsite', 'view_onsite',"
    " 'unsubscribe', 'purchase', 'refund', 'order_cancelled')"
)


def upgrade() -> None:
    op.create_table(
        "figure",
        sa.Column("flow", sa.BigInteger(), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("step", TEXT, nullable=False),
        sa.Column("way", TEXT, nullable=False),
        sa.Column("message", TEXT, nullable=False),
        sa.Column("channel", TEXT, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "flow", "hour", "kind", "version", "step", "way", "message", "channel"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("figure_hour", "figure", ["hour"])
    op.create_table(
        "figure_mark",
        sa.Column("id", RowId, nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "event_figured",
        "event",
        ["occurred_at"],
        sqlite_where=sa.text(FIGURED),
        postgresql_where=sa.text(FIGURED),
    )
    op.create_index(
        "intent_done",
        "intent",
        ["done_at"],
        sqlite_where=sa.text("done_at is not null"),
        postgresql_where=sa.text("done_at is not null"),
    )
    op.create_index("goal_at", "goal", ["at"])
    op.create_index("feedback_at", "feedback", ["at"])
