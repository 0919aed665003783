"""What one customer gets at one moment lies together in the index of what is ready."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    ready = sa.text("state = 'ready'")
    op.drop_index("intent_ready", "intent")
    op.create_index(
        "intent_ready",
        "intent",
        ["due_at", "customer"],
        sqlite_where=ready,
        postgresql_where=ready,
    )
