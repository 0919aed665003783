"""Drafts of a project's files, and who saved which file."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from engine.store.dialects import RowId

revision = "0009"
down_revision = "0008"

TEXT = AutoString().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "file_draft",
        sa.Column("person", TEXT, nullable=False),
        sa.Column("file", TEXT, nullable=False),
        sa.Column("base", sa.LargeBinary(), nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("was", TEXT, nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person", "file"),
    )
    op.create_table(
        "file_save",
        sa.Column("id", RowId, nullable=False),
        sa.Column("file", TEXT, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("person", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("file_save", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_file_save_file"), ["file"], unique=False)
