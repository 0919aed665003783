"""The production stage does by hand nothing that production does not do by itself."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FILES = sorted(set(HERE.glob("*.py")) - {Path(__file__)})

IMPORTS = (
    *("engine.store", "engine.customers", "engine.intake", "engine.runtime", "engine.delivery"),
    *("engine.publishing", "engine.learning", "engine.segments", "tests.simulation", "sqlite3"),
    *("psycopg", "unittest.mock"),
)
"""What reaches behind the doors: rows, people, consent, the worker, the sender, what is learned."""
DOORS = frozenset(("start", "stop", "announce", "run_until_idle"))
"""All that may be asked of the service itself: life and time. The rest goes by HTTP."""
SQL = re.compile(
    r"\b(select\s.+\sfrom|insert\s+into|update\s+\w+\s+set|delete\s+from)\b", re.IGNORECASE
)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_nothing_is_done_behind_the_doors(file: Path) -> None:
    """HTTP, files and time go in; mails, calls, the site and the story come out; nothing else."""
    assert favours(file.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "from engine.store import consents",
        "import engine.store.products as p",
        "from engine import store",
        "def f():\n    from engine.intake.ingest import take",
        "def f(s):\n    s._service.writer.run(print)",
        "def f(s):\n    s.writer.run(print)",
        "def f(service):\n    service.live.suppressions.add(1)",
        "def f(service):\n    service.sender.composer = 1",
        "def f(s):\n    worker = s._service\n    return getattr(s, 'writer')",
        "def f(tx):\n    tx.rows('select id from run')",
        "def f(monkeypatch):\n    monkeypatch.setattr('engine.core.draws.draw', 1)",
    ],
)
def test_a_favour_is_found(source: str) -> None:
    """Each kind of favour that the stage once did is seen."""
    assert favours(source)


def favours(source: str) -> list[str]:
    """What a file does that a shop could not."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found += [it.name for it in names if it.name.startswith(IMPORTS)]
            case ast.ImportFrom(module=str(module), names=names):
                whole = [module, *(f"{module}.{it.name}" for it in names)]
                found += [it for it in whole if it.startswith(IMPORTS)]
            case ast.Attribute(attr="writer" | "database" | "live" | "sender" | "setattr" as name):
                found.append(name)
            case ast.Attribute(attr=name, value=ast.Attribute(attr="_service")):
                found += [name] if name not in DOORS else []
            case ast.Call(func=ast.Name(id="getattr" | "setattr" | "vars")):
                found.append(ast.unparse(node))
            case ast.Constant(value=str(text)) if SQL.search(text):
                found.append(text)
            case _:
                pass
    return found
