"""What figures add up to over all time, and the runs of a flow that have ended by an index."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0021"
down_revision = "0019"

TEXT = AutoString().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "figure_total",
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("flow", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("step", TEXT, nullable=False),
        sa.Column("way", TEXT, nullable=False),
        sa.Column("message", TEXT, nullable=False),
        sa.Column("channel", TEXT, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "flow", "version", "step", "way", "message", "channel"),
        sqlite_with_rowid=False,
    )
    columns = "kind, flow, version, step, way, message, channel"
    op.execute(
        f"insert into figure_total ({columns}, count, amount)"
        f" select {columns}, sum(count), sum(amount) from figure group by {columns}"
    )
    op.create_index(
        "run_of_flow",
        "run",
        ["flow"],
        sqlite_where=sa.text("ended_at is not null"),
        postgresql_where=sa.text("ended_at is not null"),
    )
