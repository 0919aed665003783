"""Which arm of an experiment was chosen, and what was seen by then."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0022"
down_revision = "0021"
works_with = "0021"

TEXT = AutoString().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "experiment_choice",
        sa.Column("flow", sa.BigInteger(), nullable=False),
        sa.Column("experiment", TEXT, nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("chosen_at", sa.BigInteger(), nullable=True),
        sa.Column("arm", TEXT, nullable=True),
        sa.Column("why", TEXT, nullable=False, server_default=""),
        sa.Column("seen", TEXT, nullable=False, server_default="[]"),
        sa.PrimaryKeyConstraint("flow", "experiment"),
        sqlite_with_rowid=False,
    )
