"""What an assistant proposes: drafts of an author of its own, which a person takes over or not.

They are rows like everybody's drafts, and are written by an operation, as the assistant speaks to a
process of its own. So nobody keeps them in memory: each look reads them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from editor.documents import disk
from editor.documents.changing import data_of
from editor.documents.contents import readable
from editor.documents.document import NotEditableError
from editor.documents.drafts import ASSISTANT
from engine.store import audit, drafts
from engine.store.rows import Rows
from engine.store.writer import Transaction

if TYPE_CHECKING:
    from editor.documents.documents import Documents
    from engine.service.operations import Store


class Proposal(NamedTuple):
    """What a file held, and what is proposed: None where there is no file before, or where it is to
    go. `was` names the file that this one is to replace.
    """

    base: bytes | None
    text: bytes | None
    was: str = ""


def propose(
    opened: Store,
    folder: Path,
    file: str,
    text: str | None,
    *,
    delete: bool = False,
    rename: str = "",
) -> str:
    """Let the proposal for a file of the project be this text, none for None, that it goes, or that
    it is called `rename` (with that text, or with its own): the file's path below the folder.
    Nothing is saved.

    Raises:
        NotEditableError: it is no file of flows or messages, is not there, or cannot become that.
    """
    place, found = _look(folder, file)
    if delete and (text is not None or rename):
        raise NotEditableError("What is to be deleted has no other text and no other name.")
    if (delete or rename) and found.data is None:
        raise NotEditableError(f"`{place}` is not there.")
    known = readable(found.data or b"")
    data = None if text is None else data_of(place, text, known)
    target = _free(folder, place, rename) if rename else place
    now = opened.clock.now()
    act = "propose" if data is not None or delete or rename else "withdraw"

    def work(transaction: Transaction) -> None:
        # A new name and the old one are one proposal: neither half stays without the other.
        was = ""
        for one, proposal in proposals(transaction).items():
            if place == one and data is not None:
                was = proposal.was
            elif place in (one, proposal.was):
                for half in {one, proposal.was} - {""}:
                    drafts.forget(transaction, ASSISTANT, half)
        if rename:
            renamed = found.data if data is None else data
            drafts.keep(transaction, ASSISTANT, target, None, renamed, place, now)
            drafts.keep(transaction, ASSISTANT, place, found.data, None, "", now)
        elif delete or (data is not None and data != found.data):
            drafts.keep(transaction, ASSISTANT, place, found.data, data, was, now)
        elif not was:
            drafts.forget(transaction, ASSISTANT, place)
        about = {"file": place, **({"renamed": target} if rename else {})}
        told = {**about, **({"delete": True} if delete else {})}
        audit.note(transaction, audit.Act(now, ASSISTANT, act, told))

    opened.writer.run(work)
    return target


def _look(folder: Path, file: str) -> tuple[str, disk.OnDisk]:
    place = disk.file_below(folder, file)
    if disk.is_media(place):
        raise NotEditableError(f"`{place}` is a picture; an assistant proposes texts.")
    found = disk.look(folder, place)
    if found.reason:
        raise NotEditableError(found.reason)
    return place, found


def _free(folder: Path, place: str, rename: str) -> str:
    target, there = _look(folder, rename)
    if disk.suffix(target) != disk.suffix(place):
        raise NotEditableError(f"`{place}` cannot become `{target}`: that is another kind of file.")
    if not there.gone:
        raise NotEditableError(f"There is a file `{target}` already.")
    return target


def proposed_flows(files: Documents) -> set[str]:
    """The flows that the assistant wants to say something else, to be there, or to go."""
    if not files.unsaved(ASSISTANT):
        return set()
    before, after = files.project().flows, files.project(ASSISTANT).flows
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def proposals(rows: Rows) -> dict[str, Proposal]:
    """By file what is proposed for it."""
    return {row[0]: Proposal(*row[1:]) for row in drafts.of(rows, ASSISTANT)}


def answer(opened: Store, request: dict[str, Any]) -> dict[str, Any]:
    """The operation: `folder`, `file` and `text` (null takes a proposal back, where neither
    `delete` is true nor `rename` a path).
    """
    text = request["text"]
    if text is not None and not isinstance(text, str):
        raise NotEditableError("A proposal is a text.")
    folder = Path(str(request["folder"]))
    delete, rename = request.get("delete") is True, str(request.get("rename") or "")
    done = propose(opened, folder, str(request["file"]), text, delete=delete, rename=rename)
    return {"file": done}
