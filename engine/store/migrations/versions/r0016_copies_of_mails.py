"""Copies of mails, for who reads them in a browser."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0016"
down_revision = "0015"
works_with = "0015"

TEXT = AutoString().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "mail_copy",
        sa.Column("code", TEXT, nullable=False),
        sa.Column("customer", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("page", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_mail_copy_customer", "mail_copy", ["customer"])
    op.create_index("ix_mail_copy_at", "mail_copy", ["at"])
