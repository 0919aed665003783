"""Commits made by the git of this machine."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from editor.git.commit import NO_REPOSITORY, QUICKER, UNDER_WAY, Author, Commit, busy, failed
from engine.core.model import Instant

_SECONDS: Final = 60
# Nothing that a repository's settings name is run: no hooks, no watcher, no signing.
_QUIET: Final = (
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "commit.gpgSign=false"),
    *("-c", "gc.auto=0"),
)
_ABSENT: Final = "0" * 40


class _GitError(Exception):
    """Git said no; the text is what it said."""


class _Git:
    """Git in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Variables of a git that has started us would point it elsewhere.
        self._environment = {
            name: value for name, value in os.environ.items() if not name.startswith("GIT_")
        } | {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_LITERAL_PATHSPECS": "1"}

    def say(self, *words: str, told: bytes = b"", more: Mapping[str, str] | None = None) -> str:
        """What git answers. Raises _GitError where it fails."""
        try:
            done = subprocess.run(  # noqa: S603 - our own words, and paths behind `--` or on stdin
                ["git", *_QUIET, *words],  # noqa: S607 - whichever git people use themselves
                cwd=self.folder,
                env={**self._environment, **(more or {})},
                input=told,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _GitError(str(error)) from None
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise _GitError(said[0] if said else f"git ended with {done.returncode}")
        return done.stdout.decode("utf-8", "surrogateescape")

    def ask(self, *words: str) -> str:
        """What git answers, "" where it fails."""
        try:
            return self.say(*words).strip()
        except _GitError:
            return ""


def is_repository(folder: Path) -> bool:
    """Whether a folder lies in a repository with files to work on."""
    return bool(_Git(folder).ask("rev-parse", "--show-toplevel"))


def commit_files(
    folder: Path, files: Sequence[str], author: Author, message: str, at: Instant
) -> Commit:
    """See `editor.git.commit_files`."""
    git = _Git(folder)
    try:
        top = git.say("rev-parse", "--show-toplevel").strip()
    except _GitError as error:
        return NO_REPOSITORY if "not a git repository" in str(error) else failed(f"{error}.")
    try:
        for name, what in UNDER_WAY.items():
            if (folder / git.say("rev-parse", "--git-path", name).strip()).exists():
                return busy(what)
        return _commit(_Git(Path(top)), _below(folder, top, files), author, message, at)
    except _GitError as error:
        return failed(f"{error}.")


def _below(folder: Path, top: str, files: Sequence[str]) -> list[str]:
    inside = Path(os.path.realpath(folder)).relative_to(os.path.realpath(top))
    return [(inside / file).as_posix() for file in files]


def _commit(git: _Git, files: Sequence[str], author: Author, message: str, at: Instant) -> Commit:
    parent = git.ask("rev-parse", "--quiet", "--verify", "HEAD^{commit}")
    before = _entries(git, files, "HEAD") if parent else {}
    staged = _staged(git, files)
    with tempfile.TemporaryDirectory(prefix="headrace-") as made:
        aside = {"GIT_INDEX_FILE": str(Path(made) / "index")}
        if parent:
            git.say("read-tree", parent, more=aside)
        ignored = _ignored(git, [file for file in files if file not in before])
        wanted = [file for file in files if file not in ignored]
        names = "".join(f"{one}\0" for one in wanted).encode("utf-8", "surrogateescape")
        git.say("update-index", "--add", "--remove", "-z", "--stdin", told=names, more=aside)
        tree = git.say("write-tree", more=aside).strip()
    if tree == (git.ask("rev-parse", "HEAD^{tree}") if parent else git.ask("mktree")):
        return Commit("nothing")
    person = Author(author.name, author.email)
    name, _, email = str(person).rpartition(" <")
    moment = f"@{at // 1000} +0000"
    who = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", name), ("EMAIL", email[:-1]), ("DATE", moment))
    }
    above = ("-p", parent) if parent else ()
    text = message.encode("utf-8", "replace")
    commit = git.say("commit-tree", tree, *above, "-F", "-", told=text, more=who).strip()
    try:
        git.say(
            "update-ref", "-m", "commit: published", "HEAD", commit, parent or _ABSENT, more=who
        )
    except _GitError:
        return failed(QUICKER)
    _follow(git, wanted, before, staged)
    return Commit("committed", commit)


def _follow(
    git: _Git, files: Sequence[str], before: Mapping[str, str], staged: Mapping[str, str]
) -> None:
    """Let the index say what was committed, of files of which nothing else was staged."""
    now = _entries(git, files, "HEAD")
    lines = [
        f"{now.get(file) or f'0 {_ABSENT}'}\t{file}\0"
        for file in files
        if staged.get(file, "") == before.get(file, "") != now.get(file, "")
    ]
    told = "".join(lines).encode("utf-8", "surrogateescape")
    if told:
        try:
            git.say("update-index", "-z", "--index-info", told=told)
        except _GitError:
            # Somebody holds the index. The commit is made; `git status` shows them what is staged.
            return


def _entries(git: _Git, files: Sequence[str], tree: str) -> dict[str, str]:
    """Mode and hash of these files in a tree."""
    found = {}
    for line in git.say("ls-tree", "-r", "-z", "--full-tree", tree).split("\0"):
        about, _, file = line.partition("\t")
        if file:
            mode, _kind, hashed = about.split()
            found[file] = f"{mode} {hashed}"
    return {file: found[file] for file in files if file in found}


def _staged(git: _Git, files: Sequence[str]) -> dict[str, str]:
    """The same of the index; of a file in conflict something that no tree holds."""
    found: dict[str, str] = {}
    wanted = set(files)
    for line in git.say("ls-files", "--stage", "-z", "--full-name").split("\0"):
        about, _, file = line.partition("\t")
        if file in wanted:
            mode, hashed, stage = about.split()
            found[file] = f"{mode} {hashed}" if stage == "0" else "conflict"
    return found


def _ignored(git: _Git, files: Sequence[str]) -> set[str]:
    """Those that the repository wants to know nothing of."""
    if not files:
        return set()
    told = "".join(f"./{one}\0" for one in files).encode("utf-8", "surrogateescape")
    # It takes no literal paths, which is why they begin with a dot.
    plain = {"GIT_LITERAL_PATHSPECS": "0"}
    try:
        said = git.say("check-ignore", "-z", "--stdin", told=told, more=plain)
    except _GitError:  # none of them
        return set()
    return {one.removeprefix("./") for one in said.split("\0")}
