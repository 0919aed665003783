"""Proves that every gate of `make check` can fail: a gate that never fails guards nothing.

Each case plants one fault in a copy of the project and runs the gate that must find it.
"""

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Fault:
    what: str
    file: str
    text: str
    gate: tuple[str, ...]
    expect: str


FAULTS = (
    Fault(
        "reading the wall clock outside its one door",
        "dsl/planted.py",
        "from datetime import UTC, datetime\n\nNOW = datetime.now(UTC)\n",
        ("ruff", "check", "dsl/planted.py"),
        "TID251",
    ),
    Fault(
        "an unformatted file",
        "dsl/planted.py",
        "x = {  'a':1 }\n",
        ("ruff", "format", "--check", "dsl/planted.py"),
        "would be reformatted",
    ),
    Fault(
        "a wrong type",
        "dsl/planted.py",
        'NUMBER: int = "text"\n',
        ("mypy", "dsl/planted.py"),
        "Incompatible types",
    ),
    Fault(
        "an import that points upward",
        "dsl/names/planted.py",
        "import engine.core.model\n",
        ("lint-imports", "--no-cache"),
        "editor -> engine -> dsl BROKEN",
    ),
    Fault(
        "a room of the engine that looks up to a higher floor",
        "engine/store/planted.py",
        "import engine.runtime.worker\n",
        ("lint-imports", "--no-cache"),
        "the floors of the engine BROKEN",
    ),
    Fault(
        "a loose file of the engine that stands on no floor",
        "engine/planted.py",
        '"""Nothing."""\n',
        ("lint-imports", "--no-cache"),
        "the floors of the engine BROKEN",
    ),
    Fault(
        "a ring of files within a room",
        "engine/store/postgres/planted.py",
        "import engine.store.database\n",
        ("lint-imports", "--no-cache"),
        "no ring among siblings BROKEN",
    ),
    Fault(
        "a core that touches the world",
        "engine/core/planted.py",
        "import os\n",
        ("lint-imports", "--no-cache"),
        "the core is pure BROKEN",
    ),
    Fault(
        "a tree that knows its checks",
        "dsl/tree/planted.py",
        "import dsl.checks.rules\n",
        ("lint-imports", "--no-cache"),
        "the floors of the language BROKEN",
    ),
    Fault(
        "a demo that leans on the editor's pages",
        "editor/demo/planted.py",
        "import editor.views.flows_list\n",
        ("lint-imports", "--no-cache"),
        "the floors of the editor BROKEN",
    ),
    Fault(
        "a web framework inside",
        "engine/store/planted.py",
        "import fastapi\n",
        ("lint-imports", "--no-cache"),
        "web frameworks stay at the edge BROKEN",
    ),
    Fault(
        "a database driver outside of the store",
        "engine/runtime/planted.py",
        "import sqlite3\n",
        ("lint-imports", "--no-cache"),
        "database drivers stay in the store BROKEN",
    ),
    Fault(
        "a language that knows the network",
        "dsl/names/planted.py",
        "import httpx\n",
        ("lint-imports", "--no-cache"),
        "the language knows no database, no network and no clock BROKEN",
    ),
    Fault(
        "a statement outside of the store",
        "engine/messages/planted.py",
        'ALL = "select id from customer"\n',
        ("pytest", "-q", "-p", "no:cacheprovider", "tests/test_house.py"),
        "engine/messages/planted.py",
    ),
    Fault(
        "a run that ends behind the store's back",
        "engine/store/planted.py",
        'END = "update run set wake_at = null, state = 2 where id = ?"\n',
        ("pytest", "-q", "-p", "no:cacheprovider", "tests/test_house.py"),
        "engine/store/planted.py:1 writes the state of run",
    ),
    Fault(
        "an intent that is moved behind the store's back",
        "engine/delivery/planted.py",
        "SENT = \"update intent set state = 'sent' where run = ?\"\n",
        ("pytest", "-q", "-p", "no:cacheprovider", "tests/test_house.py"),
        "engine/delivery/planted.py:1 writes the state of intent",
    ),
    Fault(
        "a flow that does not compile",
        "flows/planted.flow",
        "flow planted:\n  enter when no_such_event\n\n  send email nothing_there\n",
        ("headrace", "check", "flows"),
        "no_such_event",
    ),
    Fault(
        "a flow that is not formatted",
        "flows/planted.flow",
        'segment planted:\n     customer   has tag "x"\n',
        ("headrace", "fmt", "flows", "--check"),
        "planted.flow",
    ),
)


def fails(fault: Fault, copy: Path) -> bool:
    """Plants the fault, runs its gate, takes the fault out again."""
    planted = copy / fault.file
    planted.write_text(fault.text, encoding="utf-8")
    try:
        run = subprocess.run(
            [str(BIN / fault.gate[0]), *fault.gate[1:]],
            cwd=copy,
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": f"{BIN}:/usr/bin:/bin", "PYTHONPATH": str(copy), "NO_COLOR": "1"},
        )
    finally:
        planted.unlink()
    output = run.stdout + run.stderr
    found = run.returncode != 0 and fault.expect in output
    print(f"{'ok  ' if found else 'MISS'} {fault.what}: {' '.join(fault.gate)}")
    if not found:
        print(output)
    return found


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in ("dsl", "engine", "editor", "flows"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", copy)
        (copy / "tests").mkdir()
        shutil.copy(ROOT / "tests" / "test_house.py", copy / "tests")
        missed = sum(not fails(fault, copy) for fault in FAULTS)
        return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
