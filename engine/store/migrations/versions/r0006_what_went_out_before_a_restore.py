"""What went out before a database was restored."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "gone_before",
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("run", "step", "visit", "recipient"),
    )
