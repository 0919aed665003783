"""A commit holds the published files alone, by whoever published them, with git and without."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from editor import git
from editor.git import Author, command, pure

AT = 1_767_600_000_000
ADA = Author("Ada <b>", "ada@example.com")

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="no git to look with")


@pytest.fixture(params=["git", "python"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of making a commit."""
    monkeypatch.setattr(git, "_has_git", lambda: request.param == "git")
    return request.param


def run(folder: Path, *words: str) -> str:
    clean = {name: one for name, one in os.environ.items() if not name.startswith("GIT_")}
    who = ("-c", "user.name=Ben", "-c", "user.email=ben@example.com")
    done = subprocess.run(
        ["git", *who, *words], cwd=folder, env=clean, check=True, capture_output=True, text=True
    )
    return done.stdout.rstrip("\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project in a folder of a repository that holds other things, too."""
    run(tmp_path, "init", "-q", "-b", "main")
    folder = tmp_path / "shop"
    (folder / "messages").mkdir(parents=True)
    for name in ("a.flow", "b.flow", "c.flow", "messages/m.txt", "../other.txt"):
        (folder / name).write_text(f"{name} 1\n")
    (tmp_path / ".gitignore").write_text("secret*\n")
    run(tmp_path, "add", "-A")
    run(tmp_path, "commit", "-q", "-m", "one")
    return folder


def commit(folder: Path, *files: str):
    return git.commit_files(folder, files, ADA, "Publish\n\nTwo flows.", AT)


def test_exactly_the_published_files(folder: Path) -> None:
    """What others have changed or staged is in no commit of ours, and stays as it was."""
    (folder / "a.flow").write_text("a 2\n")
    (folder / "new ü.flow").write_text("new\n")
    (folder / "c.flow").unlink()
    (folder / "b.flow").write_text("not published\n")
    (folder / "../other.txt").write_text("staged\n")
    (folder / "staged.txt").write_text("staged, too\n")
    run(folder, "add", "../other.txt", "staged.txt")
    done = commit(folder, "a.flow", "new ü.flow", "c.flow", "messages/m.txt")
    assert (done.outcome, done.reason) == ("committed", "")
    assert done.hash == run(folder, "rev-parse", "main")
    how = ("-c", "core.quotePath=false", "show", "--name-status", "--format=%an %ae %at%n%B")
    assert [line for line in run(folder, *how).splitlines() if line] == [
        *("Ada b ada@example.com 1767600000", "Publish", "Two flows."),
        *("M\tshop/a.flow", "D\tshop/c.flow", "A\tshop/new ü.flow"),
    ]
    status = sorted(run(folder, "status", "--porcelain").splitlines())
    assert status == [" M shop/b.flow", "A  shop/staged.txt", "M  other.txt"]
    assert run(folder, "fsck", "--strict") == ""


def test_what_is_staged_of_a_published_file_stays_staged(folder: Path) -> None:
    """Who has staged a half of a file finds that half staged after somebody published the file."""
    (folder / "a.flow").write_text("staged\n")
    run(folder, "add", "a.flow")
    (folder / "a.flow").write_text("published\n")
    assert commit(folder, "a.flow").outcome == "committed"
    assert run(folder, "show", "HEAD:shop/a.flow") == "published"
    assert run(folder, "show", ":shop/a.flow") == "staged"


def test_nothing_to_commit(folder: Path) -> None:
    """Files that are as they were committed make no commit; neither do ignored ones."""
    (folder / "secret.flow").write_text("ignored\n")
    before = run(folder, "rev-parse", "HEAD")
    assert commit(folder, "a.flow", "secret.flow", "never.flow").outcome == "nothing"
    assert run(folder, "rev-parse", "HEAD") == before


def test_not_in_the_middle_of_a_merge(folder: Path) -> None:
    """While somebody merges, nothing is committed, and the reason is told."""
    run(folder, "checkout", "-q", "-b", "side")
    (folder / "a.flow").write_text("side\n")
    run(folder, "commit", "-q", "-a", "-m", "side")
    run(folder, "checkout", "-q", "main")
    (folder / "a.flow").write_text("main\n")
    run(folder, "commit", "-q", "-a", "-m", "main")
    with pytest.raises(subprocess.CalledProcessError):
        run(folder, "merge", "side")
    before = run(folder, "rev-parse", "HEAD")
    done = commit(folder, "a.flow")
    assert (done.outcome, "merge" in done.reason) == ("busy", True)
    assert run(folder, "rev-parse", "HEAD") == before


def test_no_hook_runs(folder: Path) -> None:
    """Nothing that lies in a repository is run by publishing."""
    hooks = folder.parent / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("pre-commit", "post-commit", "reference-transaction", "post-index-change"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {folder}/ran\nexit 1\n")
        (hooks / name).chmod(0o755)
    run(folder, "config", "core.fsmonitor", f"touch {folder}/ran; true")
    (folder / "a.flow").write_text("a 2\n")
    assert commit(folder, "a.flow").outcome == "committed"
    assert not (folder / "ran").exists()


def test_without_a_repository(tmp_path: Path) -> None:
    """A folder without a repository is published all the same."""
    (tmp_path / "a.flow").write_text("1\n")
    assert not git.is_repository(tmp_path)
    assert commit(tmp_path, "a.flow").outcome == "no repository"


def test_a_new_repository(tmp_path: Path, way: str) -> None:
    """A folder becomes a repository with one commit of all that lies in it."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.flow").write_text("1\r\n")
    assert git.begin(tmp_path, ADA, "Begin", AT).outcome == "committed"
    assert git.is_repository(tmp_path)
    assert run(tmp_path, "log", "--format=%an %s") == "Ada b Begin"
    assert run(tmp_path, "status", "--porcelain") == ""
    assert run(tmp_path, "ls-files") == "sub/a.flow"


def test_who_is_quicker_wins(folder: Path, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit that somebody makes in the same moment is not lost, nor are its files."""
    (folder / "a.flow").write_text("a 2\n")
    (folder / "b.flow").write_text("b 2\n")
    made = command if way == "git" else pure
    real = made._staged

    def quicker(*rest):
        run(folder, "commit", "-q", "-m", "quicker", "--", "b.flow")
        return real(*rest)

    monkeypatch.setattr(made, "_staged", quicker)
    done = commit(folder, "a.flow")
    assert (done.outcome, "somebody else" in done.reason) == ("failed", True)
    assert run(folder, "log", "-1", "--format=%s") == "quicker"
