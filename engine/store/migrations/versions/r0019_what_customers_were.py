"""What customers were before something of them changed."""

import time

import sqlalchemy as sa
from alembic import op

from engine.store.dialects import Json, RowId

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "property_change",
        sa.Column("id", RowId, nullable=False),
        sa.Column("customer", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("derived", sa.Boolean(), nullable=False),
        sa.Column("before", Json, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("property_change_of_customer", "property_change", ["customer", "id"])
    # What was before nobody kept. A database without people has no such past.
    now = str(time.time_ns() // 1_000_000)
    op.execute(
        sa.text(
            "insert into setting (name, value) select 'properties kept since', cast(:now as text)"
            " where exists (select 1 from customer)"
        ).bindparams(now=now)
    )
