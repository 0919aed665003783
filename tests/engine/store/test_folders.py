"""Data folders that cannot be used: a sentence, whoever asks, and no trace of Python."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from engine.store.database import FILE, Database
from engine.store.errors import UnusableFolderError

VERBS = (["trace", "ada"], ["key", "add", "shop"], ["key", "list"], ["db", "upgrade"])


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    """A data folder that is a file is named, and refused."""
    (tmp_path / "data").write_text("")
    with pytest.raises(UnusableFolderError, match="data"):
        Database(tmp_path / "data").open_to_write()


def test_noise_is_no_database(tmp_path: Path) -> None:
    """A damaged database is refused to writers and to readers, and left as it is."""
    noise = bytes(range(256)) * 40
    (tmp_path / FILE).write_bytes(noise)
    database = Database(tmp_path)
    with pytest.raises(UnusableFolderError, match="not a database"):
        database.open_to_write()
    with pytest.raises(UnusableFolderError, match="not a database"):
        database.reader()
    assert (tmp_path / FILE).read_bytes() == noise


def test_odd_names(tmp_path: Path) -> None:
    """A folder may be called what its owner likes."""
    database = Database(tmp_path / "a?b=c&d%20e#f")
    database.open_to_write()
    database.close()
    assert (database.folder / FILE).stat().st_size > 0
    with database.reader() as reader:
        assert reader.rows("select * from customer") == []


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
@pytest.mark.parametrize("kind", ["file", "noise"])
def test_the_command_line_says_so(tmp_path: Path, verb: list[str], kind: str) -> None:
    """Every verb that touches data tells in a sentence that it cannot, and fails."""
    data = tmp_path / "data"
    if kind == "file":
        data.write_text("")
    else:
        data.mkdir()
        (data / FILE).write_bytes(bytes(range(256)) * 40)
    done = subprocess.run(
        [sys.executable, "-c", "from editor.cli import main; main()", *verb, "--data", str(data)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode in {1, 2}
    assert "Traceback" not in done.stderr
    assert str(data) in done.stderr


def test_the_file_alone_is_a_whole_copy_after_a_clean_stop(tmp_path: Path) -> None:
    """A copy of `headrace.db` of a stopped shop holds everything, and is its owner's alone."""
    data, copy = tmp_path / "data", tmp_path / "copy"
    database = Database(data)
    writer = database.open_to_write()
    writer.run(lambda tx: tx.execute("insert into setting (name, value) values ('kept', 'yes')"))
    asking = database.reader()
    asking.row("select 1 from setting")
    database.close()
    copy.mkdir()
    shutil.copy(data / FILE, copy / FILE)
    with Database(copy).reader() as reader:
        assert reader.row("select value from setting where name = 'kept'") == ("yes",)
    modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in (data, *data.glob(f"{FILE}*"))}
    assert modes.pop("data") == 0o700
    assert set(modes.values()) == {0o600}


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    """An older installation is made private when it starts."""
    Database(tmp_path).upgrade()
    (tmp_path / FILE).chmod(0o644)
    Database(tmp_path).upgrade()
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
