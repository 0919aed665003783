"""An index for which addresses were asked for their consent a short while ago."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    some = sa.text("act = 'asked'")
    op.create_index(
        "consent_proof_asked", "consent_proof", ["at"], sqlite_where=some, postgresql_where=some
    )
