"""Conditions over all customers at once, as one query for SQLite or PostgreSQL.

The same tree as `engine.core.conditions.python` compiles, with the same meaning. `query` is what
others use; `truths`, `values` and `history` are the constructs of the language, `levels` the
selects that hold them, `dialect` what the two databases say differently.
"""

from engine.segments.sql.query import Query, customers_where, members_of

__all__ = ["Query", "customers_where", "members_of"]
