"""The database's history, as alembic revisions; `run.py` applies them when a server starts."""
