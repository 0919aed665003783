"""Who published a version."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0010"
down_revision = "0009"

TEXT = AutoString().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("flow_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("author", TEXT, server_default="", nullable=False))
    op.execute(
        "update flow_version set author = coalesce("
        "(select p.author from publication p where p.id = flow_version.publication), '')"
    )
