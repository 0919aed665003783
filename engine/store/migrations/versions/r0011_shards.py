"""Shards, so that several processes can work on one database."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0011"
down_revision = "0010"

TEXT = AutoString().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    shard = op.create_table(
        "shard",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.bulk_insert(shard, [{"number": number, "turn": 0} for number in range(64)])
    op.create_table(
        "number_block",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("next", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
