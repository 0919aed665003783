"""One person's draft of one file, as it stands on what lies on the disk now."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from dsl import tree
from dsl.project import FlowFile
from editor.documents import disk
from editor.documents.contents import digest, readable
from editor.documents.disk import OnDisk
from editor.documents.document import Conflict, Document, Status
from editor.documents.drafts import Draft, Drafts
from editor.documents.merging import merged, same
from editor.documents.projects import Projects

_OPENED: Final = 512
"""How many files that somebody has open are remembered, for all people together."""
_GONE: Final = "This file is gone from the disk; saving makes it anew."


class Desk:
    """Looks at a file and at the draft of it. For one thread at a time."""

    def __init__(self, projects: Projects, drafts: Drafts) -> None:
        self.folder = projects.folder
        self.projects = projects
        self.drafts = drafts
        self._opened: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def document(self, person: str, file: str) -> Document:
        """The file as the person has it, who is known to have it open from now on."""
        draft, found = self.settle(person, file)
        if found.data is not None and not found.reason:
            self._opened[person, file] = found.data
            self._opened.move_to_end((person, file))
            if len(self._opened) > _OPENED:
                self._opened.popitem(last=False)
        return self.shown(person, file, draft, found)

    def close(self, person: str, file: str) -> None:
        """The person has it open no more: it may go without a trace."""
        self._opened.pop((person, file), None)

    def all_drafts(self, person: str) -> dict[str, Draft]:
        """Everything that a person has otherwise than the disk, after a look at it."""
        opened = {file for who, file in self._opened if who == person}
        for file in opened | self.drafts.of(person).keys():
            self.settle(person, file)
        return self.drafts.of(person)

    def settle(self, person: str, file: str) -> tuple[Draft | None, OnDisk]:
        """The draft on what lies on the disk: merged, moved where the file went, and none where it
        says the same.
        """
        found = disk.look(self.folder, file)
        known = self.drafts.of(person).get(file)
        if found.reason:
            return known, found
        draft = known
        if draft is None and found.gone and (seen := self._opened.get((person, file))) is not None:
            # Somebody has it open: what they see is not to vanish below their hands.
            draft = Draft(seen, seen)
        if draft is None:
            return None, found
        if found.gone and (place := self._place_of(person, file, draft)):
            self.close(person, file)
            self.drafts.change(person, {file: None, place: draft})
            self.settle(person, place)
            return None, found
        settled = standing(file, draft, found.data)
        if settled != known:
            self.drafts.change(person, {file: settled})
        return settled, found

    def content(self, person: str, file: str) -> Iterable[bytes]:
        """What the person's document holds, byte for byte."""
        draft, found = self.settle(person, file)
        if draft is not None:
            return [draft.text or b""]
        if found.cut(file):
            return disk.pieces(self.folder, file)
        return [found.data if found.data is not None else self._opened.get((person, file), b"")]

    def shown(self, person: str, file: str, draft: Draft | None, found: OnDisk) -> Document:
        """What the person sees of these."""
        seen = self._opened.get((person, file), b"")
        data = (found.data if found.data is not None else seen) if draft is None else draft.text
        base = found.data if draft is None else draft.base
        status: Status = "saved" if draft is None else "unsaved"
        conflicts: tuple[Conflict, ...] = ()
        if draft is not None and data is not None and found.data is not None and not found.reason:
            conflicts = merged(file, draft.base or b"", data, found.data).conflicts
            status = "conflict" if conflicts else status
        media = disk.is_media(file)
        return Document(
            file=file,
            name=self.projects.name_of(file),
            text="" if media else readable(data or b""),
            state=digest(data or b""),
            status=status,
            base="" if media or found.gone else readable(base or b""),
            read_only=found.reason,
            notice=_GONE if found.gone and base is not None else "",
            conflicts=conflicts,
            deleted=draft is not None and draft.text is None,
        )

    def _place_of(self, person: str, file: str, draft: Draft) -> str | None:
        """Where a file went that is gone: to the one that declares now what it declared first.

        Nowhere, where the person has a draft of that one.
        """
        if not draft.base or draft.text is None or not file.endswith(".flow"):
            return None
        first = declares(self.projects.file(file, draft.base))[:1]
        drafts = self.drafts.of(person)
        for one in self.projects.saved().files:
            place = one.path.relative_to(self.folder).as_posix()
            if first and first[0] in declares(one) and place not in drafts:
                return place
        return None


def declares(file: FlowFile) -> list[tuple[str, str]]:
    """What a flow file declares, by kind and name, in order; tests are about others."""
    return [
        (type(one).__name__, one.name)
        for one in file.tree.declarations
        if hasattr(one, "name") and not isinstance(one, tree.Test)
    ]


def standing(file: str, draft: Draft, data: bytes | None) -> Draft | None:
    """A draft on what the file holds now; None where it says the same."""
    if draft.text is None:
        # What somebody changed meanwhile is not deleted unseen.
        return draft if data is not None and data == draft.base else None
    if data is None:
        return draft
    if same(file, draft.text, data):
        return None
    if draft.base == data:
        return draft
    both = merged(file, draft.base or b"", draft.text, data).data
    if both is None:
        return draft
    return None if same(file, both, data) else Draft(data, both, draft.was)
