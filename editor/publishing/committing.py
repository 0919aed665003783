"""The commit of a publish: exactly the files that were published, by whoever published them."""

from __future__ import annotations

from pathlib import Path

from editor.git import Author, Commit, commit_files
from editor.publishing.files import Standing
from engine.core.model import Instant
from engine.publishing.publish import Published


def commit(
    folder: Path, stood: Standing, done: Published, who: str, at: Instant, said: str = ""
) -> Commit:
    """Commit what was published, where the folder lies in a repository. Never raises.

    `who` is the user's e-mail address; in the demo it is nobody's. `said` is what they say of it.
    """
    files = stood.names | stood.gone
    return commit_files(folder, files, author_of(who), message_of(done, said), at)


def author_of(who: str) -> Author:
    """The name is what stands before the `@`: people sign in by address alone."""
    name, _at, _host = who.partition("@")
    return Author(name, who) if _host else Author(who, f"{who}@localhost")


def message_of(done: Published, said: str = "") -> str:
    """`Publish Abandoned cart 4`; of several flows each on a line of its own. What somebody says of
    it comes first.
    """
    if said:
        return f"{said}\n\n{message_of(done)}"
    titles = {one.flow: one.title or one.flow for one in done.plan.flows}
    lines = [
        f"{titles[flow]}: version {version}" for flow, version in sorted(done.versions.items())
    ]
    lines += [f"{titles[flow]}: takes nobody in any more" for flow in sorted(done.removed)]
    if not lines:
        return "Publish what changes no flow\n"
    if len(lines) == 1:
        return f"Publish {lines[0]}\n"
    return "\n".join([f"Publish {len(lines)} flows", "", *lines, ""])
