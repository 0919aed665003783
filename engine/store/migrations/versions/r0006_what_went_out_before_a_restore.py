"""What went out before a database was restored."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

TEXT = AutoString().with_variant(sa.String(collation="C"), "postgresql")

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "gone_before",
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("step", TEXT, nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("run", "step", "visit", "recipient"),
    )
