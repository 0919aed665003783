"""Keys and imports from the command line."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
import typer
from typer.testing import CliRunner

from engine.cli import key as cli_key
from engine.imports.reading import UnreadableFileError
from engine.imports.running import Plan, open_file
from engine.intake import keys
from engine.service.operations import import_rows
from engine.store.database import Database
from tests.engine.public.conftest import NOW, TYPES, Caller, StubService


def _headrace(*words: str) -> str:
    app = typer.Typer()
    cli_key.register(app)
    app.command()(lambda: None)
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 0, done.output
    return done.stdout.strip()


def test_keys_without_a_server(tmp_path: Path) -> None:
    """`key add` prints a key that works at once; revoking ends it."""
    data = str(tmp_path)
    Database(tmp_path).upgrade()
    server = _headrace("key", "add", "shop", "--data", data)
    browser = orjson.loads(
        _headrace("key", "add", "page", "--browser", "--data", data, "--format", "json")
    )
    assert browser["kind"] == "browser"
    with Database(tmp_path).reader() as reader:
        found = keys.find(reader, server)  # type: ignore[arg-type]
        assert found is not None
        assert found.kind == "server"
        assert server not in str(reader.rows("select * from api_key"))
    rotated = _headrace("key", "rotate", "shop", "--data", data)
    assert rotated != server
    _headrace("key", "revoke", "shop", "--data", data)
    with Database(tmp_path).reader() as reader:
        assert keys.find(reader, server) is None  # type: ignore[arg-type]
        assert keys.find(reader, rotated) is None  # type: ignore[arg-type]
        assert keys.find(reader, browser["key"]) is not None  # type: ignore[arg-type]


CUSTOMERS = b"""id,email,first_name,consent_email,timezone
ada,ada@example.com,Ada,yes,Europe/Berlin
bob,not an address,Bob,no,
,eve@example.com,Eve,no,
"""


def _import(service: StubService, kind: str, text: bytes, name: str) -> list[dict[str, object]]:
    path = service.database.folder / name
    path.write_bytes(text)
    rows = [(unit.line, unit.told) for unit in open_file(Plan(kind, path)).units]  # type: ignore[arg-type]
    return service.database.writer.run(
        lambda tx: import_rows(tx, kind, rows, types=TYPES, now=NOW, file=name)  # type: ignore[arg-type]
    )


def test_customers(service: StubService) -> None:
    """Customers come in with traits and consent; a bad line is named and skipped; twice is once."""
    for _ in range(2):
        (skipped,) = _import(service, "customers", CUSTOMERS, "customers.csv")
        assert skipped["line"] == 3
        assert "email" in str(skipped["reason"])
        assert service.customer("ada")["first_name"] == "Ada"
        assert service.consent("ada") == {"email": True}
        assert service.customer("eve@example.com")["first_name"] == "Eve"
        assert [name for name, _ in service.events()] == ["subscribe"]
    assert service.rows("select distinct enters from event") == [(0,)]


def test_events(service: StubService) -> None:
    """Imported events keep their time and start nothing."""
    lines = (
        b'{"user_id":"ada","event":"Order Completed","timestamp":"2024-05-01T10:00:00Z",'
        b'"order_id":"o1","revenue":20}\n{"user_id":"ada"}\n'
    )
    (skipped,) = _import(service, "events", lines, "events.jsonl")
    assert skipped["line"] == 2
    ((name, told),) = service.events()
    assert (name, told["order_id"], told["value"]) == ("purchase", "o1", 2_000)
    assert service.rows("select enters, occurred_at from event") == [(0, 1_714_557_600_000)]


def _said(path: Path) -> str | list[object]:
    """What is said of each row, or of the whole file where it cannot be read at all."""
    try:
        return [unit.told for unit in open_file(Plan("customers", path)).units]
    except UnreadableFileError as error:
        return str(error)


@pytest.mark.parametrize("text", [b"", b"a,b\n1,2,3\n", b"\xff\xfe\n", b"{oops\n[1]\n"])
def test_files_that_cannot_be_read(tmp_path: Path, text: bytes) -> None:
    """Whatever a file holds, importing it ends with a report."""
    for name in ("x.csv", "x.jsonl"):
        (tmp_path / name).write_bytes(text)
        said = _said(tmp_path / name)
        assert name in said if isinstance(said, str) else all(isinstance(one, str) for one in said)


def test_products(api: Caller, service: StubService) -> None:
    """A product that is known says what an event leaves out."""
    _import(service, "products", b"id,name,price,stock\nboots,Boots,129.90,3\n", "p.csv")
    told = {"userId": "a", "event": "Product Added", "properties": {"product_id": "boots"}}
    api.post("/v1/track", told)
    assert service.events()[0][1]["value"] == 12_990
