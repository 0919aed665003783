"""What triggers, shops, segments, publishing and learning keep."""

import sqlalchemy as sa  # noqa: F401
from alembic import op  # noqa: F401
from sqlalchemy.dialects import postgresql
from sqlmodel.sql.sqltypes import AutoString

JSON = sa.LargeBinary().with_variant(postgresql.JSONB(), "postgresql")
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = AutoString()

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    pass
