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
        "dsl/planted.py",
        "import engine\n\n__all__ = ['engine']\n",
        ("lint-imports", "--no-cache"),
        "BROKEN",
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
        missed = sum(not fails(fault, copy) for fault in FAULTS)
        return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
