"""Edits: an act on the drawing becomes a change of a few lines of the text.

`Edit` and `apply` are texts, `patch` goes from a changed tree to edits, `dsl.edits.acts` and its
neighbours change trees. All is pure.
"""

from dsl.edits.acts import delete, duplicate, insert, move, wrap
from dsl.edits.edit import Edit, Refusal, Unsayable, apply, invert
from dsl.edits.ending import end_experiment
from dsl.edits.flipping import flip
from dsl.edits.making import Edited
from dsl.edits.moving import down, up
from dsl.edits.patching import patch
from dsl.edits.renaming import renamed_by_place
from dsl.edits.snippets import copy_text as copy
from dsl.edits.steps import replace_step
from dsl.edits.switching import off, on
from dsl.edits.ways import add_way, remove_way

__all__ = [
    "Edit", "Edited", "Refusal", "Unsayable", "add_way", "apply", "copy", "delete", "down",
    "duplicate", "end_experiment", "flip", "insert", "invert", "move", "off", "on", "patch",
    "remove_way", "renamed_by_place", "replace_step", "up", "wrap",
]  # fmt: skip
