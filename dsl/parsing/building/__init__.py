"""Makes tree nodes while the parser reads: one method for each construct of the grammar.

A method gets the parts of its construct in the order of the grammar, with None for what is absent.
Lists arrive as chains (`one`, `more`), which cost nothing to go back from. The value of an
_INDENT .. _DEDENT block's end is its dangling comments.
"""

from dsl.parsing.building.declarations import Builder

__all__ = ["Builder"]
