"""What went out is known outside the database, so that a restored backup sends nothing twice."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from engine.channels.transport import not_taken
from engine.delivery.ledger import Ledger, Position, UnusableLedgerError
from engine.service.service import Service
from engine.store.database import FILE, Database
from engine.store.errors import UnusableFolderError
from tests.harness.workshop import HOUR, Workshop

FLOW = """
flow f:
  enter when ordered
  send email one
  wait 1 hour
  send email two
"""
KEYS = [(1, "send_one", 1, 0), (2, "send_one", 1, 0), (3, "send_two", 12, 1)]


def backup(shop: Workshop) -> Callable[[], None]:
    """Keep the database as it is now; what is given puts it back while nobody runs."""
    secret = shop.settings.database_url
    data = shop.folder / "data"
    if secret is None:
        copy = shop.folder / "backup.db"
        shop.service.database.backup(copy)

        def restore() -> None:
            for one in data.glob(f"{FILE}-*"):
                one.unlink()
            shutil.copy(copy, data / FILE)

        return restore
    url, kept = secret.get_secret_value(), dict[str, bytes]()
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "select tablename from pg_tables where schemaname = 'public'"
        ).fetchall()
        for (table,) in tables:
            with connection.cursor().copy(f'copy "{table}" to stdout') as rows:
                kept[table] = b"".join(bytes(row) for row in rows)

    def restore_tables() -> None:
        with psycopg.connect(url) as connection:
            for table, rows in kept.items():
                connection.execute(f'truncate "{table}"')
                with connection.cursor().copy(f'copy "{table}" from stdin') as into:
                    into.write(rows)

    return restore_tables


def sent(shop: Workshop) -> list[str]:
    return sorted(f"{envelope.to.partition('@')[0]} {envelope.message}"
                  for _, envelope in shop.notebook.taken)  # fmt: skip


def test_a_restored_backup_sends_nothing_again(workshop: Any) -> None:
    """Backup, a second mail goes out, restore: paused, and `resume` sends nobody the same."""
    shop: Workshop = workshop(FLOW)
    for name in ("ada", "bo", "cy"):
        shop.happen(shop.customer(name), "ordered")
    shop.forward()
    restore = backup(shop)
    shop.forward(HOUR)
    shop.happen(shop.customer("late"), "ordered")
    shop.forward()
    before = sent(shop)
    assert len(before) == 7
    shop.service.stop()
    restore()
    # Where the folder's own mark was restored, too, only the ledger can tell.
    (shop.folder / "data" / "installation.json").unlink()
    shop.service = shop.open()
    assert "4 messages" in shop.service.paused
    shop.forward(HOUR)
    assert sent(shop) == before
    shop.service.confirm("ada")
    shop.forward(HOUR)
    assert sent(shop) == before
    reasons = dict(shop.rows("select reason, count(*) from intent where reason <> '' group by 1"))
    assert reasons == {"it went out before the database was restored": 3}
    # Whoever comes now gets a number of their own, and both mails.
    shop.happen(shop.customer("new"), "ordered")
    shop.forward(2 * HOUR)
    assert sent(shop) == sorted([*before, "new one", "new two"])
    shop.reopen()
    assert not shop.service.paused


def test_what_a_server_did_not_take_is_sent_after_a_restore(workshop: Any) -> None:
    """A mail that the mail server put off has not gone out, and the ledger says so."""
    shop: Workshop = workshop(FLOW)
    shop.happen(shop.customer("ada"), "ordered")
    shop.notebook.answers.append(not_taken("busy"))
    shop.forward()
    shop.reopen()
    assert not shop.service.paused
    shop.forward(HOUR)
    assert sent(shop).count("ada one") == 2  # told twice, taken once


def test_a_missing_ledger_pauses(workshop: Any) -> None:
    """Without it nothing can say what went out, so a person has to."""
    shop: Workshop = workshop(FLOW)
    shop.happen(shop.customer("ada"), "ordered")
    shop.forward()
    shop.service.stop()
    (shop.folder / "data" / "sent.ledger").unlink()
    shop.service = shop.open()
    assert "another than this database knows" in shop.service.paused
    shop.service.confirm("ada")
    shop.reopen()
    assert not shop.service.paused


def test_nothing_goes_out_that_cannot_be_noted(
    workshop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk under the ledger stops sending; what was claimed goes when there is room."""
    shop: Workshop = workshop(FLOW)
    shop.happen(shop.customer("ada"), "ordered")

    def full(*_: object) -> None:
        raise UnusableLedgerError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "note", full)
        with pytest.raises(UnusableLedgerError):
            shop.forward()
    assert sent(shop) == []
    shop.forward()
    assert sent(shop) == ["ada one"]


def test_a_ledger_keeps_what_it_is_told(tmp_path: Path) -> None:
    """Keys come back in their order, without those taken back and without a torn last line."""
    path = tmp_path / "else" / "ledger"
    ledger = Ledger(path)
    start = ledger.position
    ledger.note(KEYS)
    ledger.take_back(KEYS[:1])
    ledger.taken(KEYS[1])
    ledger.close()
    with path.open("ab") as file:
        file.write(b"7 send_th")
    again = Ledger(path)
    assert again.name == start.ledger
    assert again.since(start.size) == {key: key == KEYS[1] for key in KEYS[1:]}
    assert Position.read(str(again.position)) == again.position
    assert path.stat().st_mode & 0o077 == 0


def test_another_file_is_no_ledger(tmp_path: Path) -> None:
    """A wrong path in the settings is named, and the file stays as it is."""
    file = tmp_path / "notes.txt"
    file.write_text("mine\n", "utf-8")
    with pytest.raises(UnusableLedgerError, match=r"notes\.txt"):
        Ledger(file)
    assert file.read_text("utf-8") == "mine\n"


def test_a_start_may_be_paused_by_wish(workshop: Any) -> None:
    """Who does not know what went out looks first: nothing moves until `resume`."""
    shop: Workshop = workshop(FLOW)
    shop.happen(shop.customer("ada"), "ordered")
    shop.service.stop()
    transports = dict.fromkeys(("email", "call"), shop.notebook)
    shop.service = Service(
        shop.folder / "data", shop.flows, shop.settings, shop.clock,
        transports=transports, paused=True,
    )  # fmt: skip
    shop.service.start(background=False)
    shop.forward(HOUR)
    assert sent(shop) == []
    assert "--paused" in shop.service.paused
    shop.service.confirm("ada")
    shop.forward()
    assert sent(shop) == ["ada one"]


def test_a_backup_never_overwrites(tmp_path: Path) -> None:
    """The copy of a running shop goes into a new file only."""
    database = Database(tmp_path / "data")
    database.open_to_write()
    assert database.backup(tmp_path / "copy.db") > 0
    with pytest.raises(UnusableFolderError, match=r"copy\.db"):
        database.backup(tmp_path / "copy.db")
    database.close()
