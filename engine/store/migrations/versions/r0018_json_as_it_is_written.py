"""What a run remembers and what an intent carries is kept as it is written: both are written at
each turn and asked by hardly anybody. SQLite has kept them so from the beginning.
"""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    # Older code could not read them; what is rewritten nobody can use meanwhile anyway.
    op.execute("alter table run alter column memory type json using memory::text::json")
    op.execute("alter table intent alter column detail type json using detail::text::json")
