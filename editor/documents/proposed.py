"""What an assistant proposes: drafts of an author of its own, which a person takes over or not.

They are rows like everybody's drafts, and are written by an operation, as the assistant speaks to a
process of its own. So nobody keeps them in memory: each look reads them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

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


def propose(opened: Store, folder: Path, file: str, text: str | None) -> str:
    """Let the proposal for a file of the project be this text, none for None: the file's path below
    the folder. Nothing is saved.

    Raises:
        NotEditableError: it is no file of flows or messages, or cannot hold such a text.
    """
    place = disk.file_below(folder, file)
    if disk.is_media(place):
        raise NotEditableError(f"`{place}` is a picture; an assistant proposes texts.")
    found = disk.look(folder, place)
    if found.reason:
        raise NotEditableError(found.reason)
    known = readable(found.data or b"")
    data = None if text is None else data_of(place, text, known)
    now = opened.clock.now()

    def work(transaction: Transaction) -> None:
        if data is None or data == found.data:
            drafts.forget(transaction, ASSISTANT, place)
        else:
            drafts.keep(transaction, ASSISTANT, place, found.data, data, "", now)
        act = "withdraw" if data is None else "propose"
        audit.note(transaction, audit.Act(now, ASSISTANT, act, {"file": place}))

    opened.writer.run(work)
    return place


def proposed_flows(files: Documents) -> set[str]:
    """The flows that the assistant wants to say something else, or to be there."""
    if not files.unsaved(ASSISTANT):
        return set()
    before, after = files.project().flows, files.project(ASSISTANT).flows
    return {name for name, flow in after.items() if before.get(name) != flow}


def proposals(rows: Rows) -> dict[str, tuple[bytes | None, bytes | None]]:
    """By file what it held and what is proposed."""
    return {row[0]: (row[1], row[2]) for row in drafts.of(rows, ASSISTANT)}


def answer(opened: Store, request: dict[str, Any]) -> dict[str, Any]:
    """The operation: `folder`, `file` and `text` (null takes a proposal back)."""
    text = request["text"]
    if text is not None and not isinstance(text, str):
        raise NotEditableError("A proposal is a text.")
    folder = Path(str(request["folder"]))
    return {"file": propose(opened, folder, str(request["file"]), text)}
