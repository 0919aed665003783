"""`python -m engine.reports.states > docs/states.md`: the pictures of what may follow what.

They are drawn from the tables that the code runs by; a test fails when the page is stale.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from engine.core.machine.state import TRANSITIONS
from engine.store.intents import MOVES

_HEAD = """# States

What may become of a run and of a message, drawn from the tables in the code.
This page is written by `python -m engine.reports.states > docs/states.md`; a test fails when it is
stale.
"""

_RUN = """## A run

`engine/core/machine/state.py` holds the table. Only that module writes the state of a run; a move
that the table does not know raises `IllegalMove` and changes nothing. `new` and `walking` last
while steps are taken: no run is stored so.
"""

_INTENT = """## A message

`engine/store/intents.py` holds the table of what may become of an intent: of one message (or call)
that a run decided on.
"""

Arrow = tuple[str, str, str]
"""From where, to where, by what."""


def page() -> str:
    """The whole page."""
    runs = [(one.before, one.after, f"{one.move}: {one.says}") for one in TRANSITIONS]
    parts = [_HEAD, _RUN, _diagram("new", runs, {"ended"})]
    moves = [(state, after, "") for state in MOVES for after in sorted(MOVES[state])]
    parts += [_INTENT, _diagram("ready", moves, {one for one in MOVES if not MOVES[one]})]
    return "\n".join(parts)


def _diagram(first: str, arrows: Iterable[Arrow], last: Iterable[str]) -> str:
    """A mermaid state diagram. What two states have in common is an arrow each."""
    rows = ["```mermaid", "stateDiagram-v2", f"  [*] --> {first}"]
    for before, after, says in arrows:
        words = says.replace("`", "").replace(":", " -", 1)
        rows.append(f"  {before} --> {after}" + (f": {words}" if words else ""))
    rows += [f"  {state} --> [*]" for state in sorted(last)]
    return "\n".join([*rows, "```", ""])


if __name__ == "__main__":
    sys.stdout.write(page())
