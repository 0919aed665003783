"""Indexes for how names, addresses and user ids begin."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name in ("first_name", "last_name"):
        text = f"((properties ->> '{name}') collate \"C\")"
        if sqlite:
            text = f"json_extract(cast(properties as text), '$.{name}')"
        op.execute(
            f"create index customer_{name} on customer (lower({text})) where {text} is not null"
        )
    some = sa.text("kind <> 'anonymous'")
    op.create_index(
        "identity_known",
        "identity",
        [sa.text("lower(value)")],
        sqlite_where=some,
        postgresql_where=some,
    )
