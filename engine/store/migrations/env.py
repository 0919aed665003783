"""Alembic's entry: runs the revisions on the connection that `run.py` hands over."""

import sqlmodel
from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=sqlmodel.SQLModel.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
