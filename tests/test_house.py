"""The walls that no linter knows: where statements stand, and who writes the state of what."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
AT_HOME = ("engine/store/", "engine/segments/sql/", "engine/bench/")
"""Where statements belong; a workload of `bench` measures one against another."""
ALLOWED = 0
"""Files elsewhere that hold one: none. This number may only fall."""
_STATEMENT = re.compile(
    r"\s*(with\s+\w+(\s*\([\w\s,]*\))?\s+as\s+(not\s+|materialized\s+)*\("
    r"|select\s|insert\s+into\s|update\s+\w+(\s+as\s+\w+)?\s+set\s|delete\s+from\s)",
    re.IGNORECASE,
)

OWNERS = {"run": "engine/store/runs.py", "intent": "engine/store/intents.py"}
"""Who alone writes the `state` of a table's rows; workloads and revisions make tables up."""


def _texts(file: Path) -> Iterator[tuple[int, str]]:
    """Every text of a source file with its line; of a composed one, what it begins with."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.JoinedStr) and node.values:
            pieces = [
                str(one.value) if isinstance(one, ast.Constant) else "{}" for one in node.values
            ]
            yield node.lineno, "".join(pieces)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def _statements() -> Iterator[tuple[str, int, str]]:
    """Every SQL statement of the product: file, line, text."""
    for room in ("dsl", "engine", "editor"):
        for file in sorted((ROOT / room).rglob("*.py")):
            for line, text in _texts(file):
                if _STATEMENT.match(text):
                    yield file.relative_to(ROOT).as_posix(), line, text


def test_statements_stand_in_the_store() -> None:
    """Whoever looks for what a table is asked or told finds it in the store, by its noun."""
    elsewhere = sorted({file for file, _, _ in _statements() if not file.startswith(AT_HOME)})
    count = len(elsewhere)
    assert count <= ALLOWED, f"{count} files outside of the store hold statements: {elsewhere}"
    assert count == ALLOWED, f"it fell: let ALLOWED fall to {count}, so that it stays there"


def test_a_state_has_one_writer() -> None:
    """Every way in which a run ends or a message comes further stands in one file each."""
    found = []
    for file, line, text in _statements():
        if file.startswith(("engine/bench/", "engine/store/migrations/")):
            continue
        for table, owner in OWNERS.items():
            writes = rf"\s*(update\s+{table}\s+set\s.*?\bstate\s*=|insert\s+into\s+{table}\b)"
            if file != owner and re.match(
                writes, text.partition(" where ")[0], re.IGNORECASE | re.DOTALL
            ):
                found.append(f"{file}:{line} writes the state of {table}")
    assert found == []


LINES = 400
LONG = {
    "tests/harness/strategies.py": "one strategy a node of the grammar, each needing the others",
    "tests/harness/twins.py": "conditions and customers are made up from one set of words",
}
"""Files that may be longer, at most three, and why."""


def test_no_file_is_longer_than_one_reads_in_one_go() -> None:
    """A file has one subject and at most 400 lines; revisions of the database are history."""
    long = {
        file.relative_to(ROOT).as_posix()
        for room in ("dsl", "engine", "editor", "tests")
        for file in (ROOT / room).rglob("*.py")
        if file.read_text("utf-8").count("\n") > LINES and "/migrations/" not in file.as_posix()
    }
    assert long <= LONG.keys()
    assert len(LONG) <= 3
