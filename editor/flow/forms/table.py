"""The one table of forms: what is shown of each class of nodes of the tree.

A class that is not among them, or a field of one that no part covers, is found by a test.
"""

from __future__ import annotations

from typing import Any

from dsl import tree
from editor.flow.forms.conditions import CONDITION_ROWS
from editor.flow.forms.happenings import HAPPENING_ROWS, TRIGGER_ROWS
from editor.flow.forms.headers import FLOW_ROW, HEADER_ROWS
from editor.flow.forms.parts import Row
from editor.flow.forms.sending import SENDING_ROWS
from editor.flow.forms.steps import STEP_ROWS
from editor.flow.forms.timings import TIMING_ROWS

ROWS: dict[type[Any], Row] = {
    tree.Flow: FLOW_ROW,
    **HEADER_ROWS,
    **TRIGGER_ROWS,
    **HAPPENING_ROWS,
    **TIMING_ROWS,
    **CONDITION_ROWS,
    **SENDING_ROWS,
    **STEP_ROWS,
}


def row_of(node: Any) -> Row:
    """What the table says of a node."""
    found = ROWS.get(type(node))
    return found if found is not None else ROWS[tree.Unreadable]
