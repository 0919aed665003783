"""A database that was restored or copied starts paused until a person confirms."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import SecretStr

from engine.core.model import HOUR, MINUTE
from engine.service.installation import MARK, NOTED, PAUSED
from engine.service.service import Service
from engine.store import settings_rows
from engine.store.database import FILE
from tests.harness.workshop import Workshop

FLOW = """\
flow f:
  enter when ordered
  send email one
  wait 1 hour
  send email two
"""


def _with_a_run(workshop: Any) -> Workshop:
    shop: Workshop = workshop(FLOW)
    shop.happen(shop.customer(), "ordered")
    shop.forward()
    assert not shop.service.paused
    return shop


def _elsewhere(shop: Workshop, folder: Path) -> Service:
    """The same flows and clock over another data folder."""
    service = Service(
        folder,
        shop.flows,
        shop.settings,
        shop.clock,
        transports=dict.fromkeys(("email", "sms", "push", "call"), shop.notebook),
    )
    service.start(background=False)
    return service


def test_restarts_and_kills_are_no_copies(workshop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same folder and database go on by themselves, whatever ended the process and when."""
    shop = _with_a_run(workshop)
    shop.reopen()
    assert not shop.service.paused
    installation = shop.service.installation

    def die(*_: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as dying:
        dying.setattr("engine.store.settings_rows.keep", die)
        with pytest.raises(RuntimeError):
            installation.renew()
    shop.reopen()
    assert not shop.service.paused
    shop.forward(2 * HOUR)
    assert shop.notebook.messages == ["one", "two"]


def test_a_folder_that_never_saw_this_database_pauses(workshop: Any) -> None:
    """A dump on another server, or a lost folder: stored events wait, nothing is sent, until a
    person confirms; then everything goes on, also after a restart.
    """
    shop = _with_a_run(workshop)
    (shop.folder / "data" / NOTED).unlink()
    shop.reopen()
    assert "has not run this database before" in shop.service.paused
    shop.happen(shop.customer("ben"), "ordered")
    shop.forward(2 * HOUR)
    assert shop.notebook.messages == ["one"]
    shop.reopen()
    assert shop.service.paused
    assert shop.service.confirm("somebody")
    assert not shop.service.paused
    shop.forward(2 * HOUR)
    assert sorted(shop.notebook.messages) == ["one", "one", "two", "two"]
    shop.reopen()
    assert not shop.service.paused
    assert shop.rows("select who, act from audit where act = 'confirm database'") == [
        ("somebody", "confirm database")
    ]


def test_an_older_database_in_the_same_folder_pauses(workshop: Any) -> None:
    """A backup that is written back is known by its mark, though the file is the same."""
    shop = _with_a_run(workshop)
    ((mark,),) = shop.rows("select value from setting where name = 'installation'")
    shop.reopen()
    shop.service.writer.run(
        lambda tx: tx.execute("update setting set value = ? where name = 'installation'", (mark,))
    )
    shop.reopen()
    assert "was restored" in shop.service.paused


def test_a_copied_folder_pauses_and_the_first_goes_on(workshop: Any, tmp_path: Path) -> None:
    """A copy of a whole data folder is another file: it sends nothing, the original does."""
    shop = _with_a_run(workshop)
    if shop.settings.database_url is not None:
        pytest.skip("a folder's copy with PostgreSQL is told by the server's lock")
    shop.service.stop()
    shutil.copytree(shop.folder / "data", tmp_path / "copy")
    copied = _elsewhere(shop, tmp_path / "copy")
    try:
        assert "this is a copy" in copied.paused
        assert copied.tick() == 0
        copied.rounds.send()
    finally:
        copied.stop()
    shop.service = shop.open()
    assert not shop.service.paused
    shop.forward(HOUR + MINUTE)
    assert shop.notebook.messages == ["one", "two"]


def test_a_copied_file_pauses(workshop: Any, tmp_path: Path) -> None:
    """The database file alone, in a folder of its own."""
    shop = _with_a_run(workshop)
    if shop.settings.database_url is not None:
        pytest.skip("only a file is copied like this")
    shop.service.stop()
    (tmp_path / "copy").mkdir()
    shutil.copy(shop.folder / "data" / FILE, tmp_path / "copy" / FILE)
    shutil.copytree(shop.folder / "data" / "published", tmp_path / "copy" / "published")
    copied = _elsewhere(shop, tmp_path / "copy")
    assert copied.paused
    copied.stop()
    shop.service = shop.open()


def test_a_cloned_database_pauses(workshop: Any, postgres: Any) -> None:
    """`create database .. template ..` with the same data folder is another database."""
    shop = _with_a_run(workshop)
    secret = shop.settings.database_url
    if secret is None:
        pytest.skip("only a server has databases to clone")
    url = secret.get_secret_value()
    shop.service.stop()
    name = url.split("?")[0].rpartition("/")[2]
    postgres.run(f'create database "{name}_clone" template "{name}"')
    try:
        shop.settings = shop.settings.model_copy(
            update={"database_url": SecretStr(url.replace(f"/{name}", f"/{name}_clone"))}
        )
        shop.service = shop.open()
        assert "this is a copy" in shop.service.paused
        shop.service.stop()
    finally:
        postgres.run(f'drop database "{name}_clone"')
    shop.settings = shop.settings.model_copy(update={"database_url": secret})
    shop.service = shop.open()
    assert not shop.service.paused
    assert orjson.loads((shop.folder / "data" / NOTED).read_bytes())["database"]


def test_one_that_stood_by_takes_over_unasked(workshop: Any, tmp_path: Path) -> None:
    """It has watched the database, so it knows that this is the one; a stranger starts paused."""
    shop = _with_a_run(workshop)
    if shop.settings.database_url is None:
        pytest.skip("a file has one server")
    mark = shop.service.writer.run(lambda tx: settings_rows.read(tx, MARK))
    shop.service.stop()
    transports = dict.fromkeys(("email", "sms", "push", "call"), shop.notebook)
    for followed, why in (("another", "the ledger of what went out is another"), (mark, "")):
        folder = tmp_path / f"followed-{bool(why)}"
        service = Service(folder, shop.flows, shop.settings, shop.clock, transports=transports)
        service.installation.followed = followed
        service.start(background=False)
        assert why in service.paused
        assert bool(why) is bool(service.paused)
        if why:
            service.writer.run(lambda tx: settings_rows.forget(tx, PAUSED))
        service.stop()
    shop.service = _elsewhere(shop, tmp_path / "followed-False")
    assert not shop.service.paused, "and it has run the database before from now on"
    shop.forward(HOUR)
    assert shop.notebook.messages == ["one", "two"]
