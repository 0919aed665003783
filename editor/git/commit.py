"""What is said about a commit, whichever way it is made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Outcome = Literal["committed", "nothing", "no repository", "busy", "failed"]

UNDER_WAY: Final = {
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "BISECT_LOG": "a bisection",
}
"""Files of a repository that say that something else is going on in it."""

_ODD: Final = re.compile(r"[<>\n\r\0]")


@dataclass(frozen=True, slots=True)
class Author:
    """Who a commit is by."""

    name: str
    email: str

    def __str__(self) -> str:
        """As git writes it; signs that would end a name are left out."""
        name, email = (_ODD.sub("", one).strip() for one in (self.name, self.email))
        return f"{name or email or 'Headrace'} <{email}>"


@dataclass(frozen=True, slots=True)
class Commit:
    """What became of it.

    Attributes:
        outcome: "nothing" where the files are as they were committed before; "busy" in the middle
            of a merge and the like.
        hash: of the commit, "" without.
        reason: a sentence where there is no commit and something stood in the way.
    """

    outcome: Outcome
    hash: str = ""
    reason: str = ""


def busy(what: str) -> Commit:
    """There is something else going on."""
    return Commit(
        "busy", reason=f"The repository is in the middle of {what}, so nothing was committed."
    )


def failed(why: str) -> Commit:
    """It did not work."""
    return Commit("failed", reason=f"Nothing was committed: {why}")


NO_REPOSITORY: Final = Commit("no repository")
QUICKER: Final = "somebody else committed in the same moment. Publish again to commit."
