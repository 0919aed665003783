"""Forms: what a step or a header says, field by field, and the same node said otherwise.

One table (`table.py`) says of each class of nodes which fields it has. `form` makes a form of one
node, `set_fields` the node that results from a form's values.
"""

from editor.flow.forms.setting import HEADER, FieldError, form_of, place_of, set_fields

__all__ = ["HEADER", "FieldError", "form_of", "place_of", "set_fields"]
