"""Several files are saved as one, whenever the server is killed."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from editor.documents import disk
from editor.documents.journal import Journal, Write

BEFORE = {"a.flow": b"a before\n", "sub/b.flow": b"b before\r\n", "old.flow": b"old\n"}
AFTER = {"a.flow": b"a after\n", "sub/b.flow": b"b after\r\n", "new.flow": b"new\n"}
WRITES = [
    Write(file, BEFORE.get(file), AFTER.get(file)) for file in sorted(BEFORE.keys() | AFTER.keys())
]
STEPS = (
    ("os", "fsync"),
    ("os", "link"),
    ("os", "fchmod"),
    ("Path", "replace"),
    ("Path", "unlink"),
    ("Path", "mkdir"),
)
"""Everything by which writing leaves a trace."""


def laid_out(place: Path) -> Journal:
    for file, data in BEFORE.items():
        (place / "flows" / file).parent.mkdir(parents=True, exist_ok=True)
        (place / "flows" / file).write_bytes(data)
    (place / "data").mkdir(exist_ok=True)
    return Journal(place / "flows", place / "data")


def held(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def count_down(patch: pytest.MonkeyPatch, steps: int, then) -> list[int]:
    """Let the step of that number, and all behind it, do `then` instead; gives the steps done."""
    done = [0]
    for owner, name in STEPS:
        target = os if owner == "os" else Path
        real = getattr(target, name)

        def step(*args, _real=real, **kwargs):
            if done[0] == steps:
                then()
            done[0] += 1
            return _real(*args, **kwargs)

        patch.setattr(target, name, step)
    return done


def all_steps(place: Path) -> int:
    journal = laid_out(place)
    with pytest.MonkeyPatch.context() as patch:
        done = count_down(patch, -1, lambda: None)
        journal.write(WRITES)
    assert held(place / "flows") == AFTER
    return done[0]


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed_at(journal: Journal, steps: int) -> None:
    """Save in a process of its own that gets SIGKILL before that step."""
    child = os.fork()
    if child == 0:
        count_down(pytest.MonkeyPatch(), steps, kill)
        journal.write(WRITES)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL


def test_a_kill_between_two_files_leaves_no_half(tmp_path: Path) -> None:
    """Killed at any step whatever, after the next start all files are saved or none is."""
    outcomes = set()
    for steps in range(all_steps(tmp_path / "counted")):
        place = tmp_path / str(steps)
        journal = laid_out(place)
        killed_at(journal, steps)
        Journal(place / "flows", place / "data").recover()
        found = held(place / "flows")
        assert found in (BEFORE, AFTER), steps
        assert not journal.place.exists()
        outcomes.add(found == AFTER)
    assert outcomes == {True, False}


def test_a_kill_while_it_is_finished_changes_nothing(tmp_path: Path) -> None:
    """Who is killed again while putting things right goes on at the start after that."""
    for steps in range(0, all_steps(tmp_path / "counted"), 3):
        place = tmp_path / str(steps)
        journal = laid_out(place)
        journal._begin(WRITES)
        child = os.fork()
        if child == 0:
            count_down(pytest.MonkeyPatch(), steps, kill)
            journal.recover()
            os._exit(0)
        os.waitpid(child, 0)
        journal.recover()
        assert held(place / "flows") == AFTER, steps


def test_what_others_wrote_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    """Where a file was changed while the server was down, the half that was saved is taken back."""
    count = all_steps(tmp_path / "counted")
    for steps in range(count):
        place = tmp_path / str(steps)
        journal = laid_out(place)
        killed_at(journal, steps)
        if not journal.place.exists():
            continue
        (place / "flows" / "sub" / "b.flow").write_bytes(b"by hand\n")
        Journal(place / "flows", place / "data").recover()
        assert held(place / "flows") == BEFORE | {"sub/b.flow": b"by hand\n"}, steps


def test_what_cannot_be_written_is_put_back(tmp_path: Path) -> None:
    """A disk that is full at any step leaves the files as they were, or as they are to be."""
    outcomes = set()
    for steps in range(all_steps(tmp_path / "counted")):
        place = tmp_path / str(steps)
        journal = laid_out(place)
        with pytest.MonkeyPatch.context() as patch, suppress(OSError):

            def full(patch: pytest.MonkeyPatch = patch) -> None:
                patch.undo()  # what is put back finds the room that it had
                raise OSError(28, "No space left on device")

            count_down(patch, steps, full)
            journal.write(WRITES)
        journal.recover()
        found = held(place / "flows")
        assert found in (BEFORE, AFTER), steps
        outcomes.add(found == AFTER)
    assert outcomes == {True, False}


def test_a_changed_file_stops_all(tmp_path: Path) -> None:
    """One file that is not as it was read keeps all of them as they are."""
    journal = laid_out(tmp_path)
    (tmp_path / "flows" / "new.flow").write_bytes(b"somebody was quicker\n")
    with pytest.raises(disk.ChangedError):
        journal.write(WRITES)
    assert held(tmp_path / "flows") == BEFORE | {"new.flow": b"somebody was quicker\n"}
    assert not journal.place.exists()


def test_mode_and_link_stay(tmp_path: Path) -> None:
    """Saving keeps a file's mode, and a link inside of the project a link."""
    folder = tmp_path / "flows"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "real.flow").write_bytes(b"one\n")
    (folder / "sub" / "real.flow").chmod(0o640)
    (folder / "linked.flow").symlink_to("sub/real.flow")
    disk.put(folder, "linked.flow", b"two\n", b"one\n")
    assert (folder / "linked.flow").is_symlink()
    assert (folder / "sub" / "real.flow").read_bytes() == b"two\n"
    assert (folder / "sub" / "real.flow").stat().st_mode & 0o777 == 0o640
