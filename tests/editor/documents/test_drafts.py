"""Drafts: what somebody typed is theirs until it is saved, and the same bytes come back."""

from __future__ import annotations

from pathlib import Path

import pytest

from editor.documents import Documents, NotEditableError, StaleError, digest

FILE = "hello.flow"
ADA, BEN = "ada@example.com", "ben@example.com"


def edit(documents: Documents, person: str, old: str, new: str):
    seen = documents.document(person, FILE)
    assert old in seen.text
    return documents.edit(person, FILE, seen.state, seen.text.replace(old, new))


def test_opening_changes_nothing(documents: Documents, folder: Path) -> None:
    """Whoever only looks changes no byte, and their document is the saved one."""
    before = (folder / FILE).read_bytes()
    seen = documents.document(ADA, FILE)
    assert (seen.text.encode(), seen.status, seen.read_only) == (before, "saved", "")
    assert seen.state == digest(before)
    assert (folder / FILE).read_bytes() == before


def test_drafts_are_apart(documents: Documents, folder: Path) -> None:
    """Two people do not see each other's drafts, and both see the file."""
    edited = edit(documents, ADA, "1 hour", "2 hours")
    assert edited.status == "unsaved"
    assert documents.document(BEN, FILE).status == "saved"
    assert "wait 2 hours" in documents.project(ADA).sources[edited.name]
    assert "wait 1 hour" in documents.project(BEN).sources[edited.name]
    assert "wait 1 hour" in documents.project().sources[edited.name]
    assert "1 hour" in (folder / FILE).read_text()


def test_a_stale_edit_is_told_the_draft(documents: Documents) -> None:
    """An edit that was made on another text than the draft changes nothing and gets the draft."""
    opened = documents.document(ADA, FILE)
    edited = edit(documents, ADA, "1 hour", "2 hours")
    with pytest.raises(StaleError) as stale:
        documents.edit(ADA, FILE, opened.state, "nothing")
    assert stale.value.document == edited == documents.document(ADA, FILE)


def test_saving_writes_the_draft(documents: Documents, folder: Path) -> None:
    """After saving the file holds what was typed, and everybody has it."""
    edited = edit(documents, ADA, "1 hour", "2 hours")
    saved = documents.save(ADA, FILE)
    assert (saved.outcome, saved.merged, saved.document.status) == ("saved", False, "saved")
    assert (folder / FILE).read_text() == edited.text
    assert documents.document(BEN, FILE).text == edited.text
    assert documents.unsaved(ADA) == []


@pytest.mark.parametrize("ends", ["\r\n", "\n", "mixed"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_undo_gives_the_bytes_back(
    documents: Documents, folder: Path, ends: str, mark: str
) -> None:
    """A text typed and taken back is the file again, with its line ends and byte order mark."""
    lines = (folder / FILE).read_text().split("\n")
    if ends == "mixed":
        text = "".join(line + ("\r\n" if number % 3 else "\n") for number, line in enumerate(lines))
    else:
        text = ends.join(lines)
    before = (mark + text).encode()
    (folder / FILE).write_bytes(before)
    plain = text.replace("\r\n", "\n")
    opened = documents.document(ADA, FILE)
    edited = documents.edit(ADA, FILE, opened.state, plain.replace("1 hour", "2 hours"))
    assert edited.text.encode() == before.replace(b"1 hour", b"2 hours")
    back = documents.edit(ADA, FILE, edited.state, plain)
    assert (back.text.encode(), back.status) == (before, "saved")
    assert documents.unsaved(ADA) == []


def test_a_new_flow_appears_when_it_is_saved(documents: Documents, folder: Path) -> None:
    """A flow made from its title alone is a draft that reads, and a file once it is saved."""
    made = documents.new(ADA, 'Späte "Grüße"')
    assert (made.file, made.status) == ("spaete_gruesse.flow", "unsaved")
    assert not (folder / made.file).exists()
    assert documents.project(ADA).flows["spaete_gruesse"].title == 'Späte "Grüße"'
    assert "spaete_gruesse" not in documents.project(BEN).flows
    assert documents.save(ADA, made.file).outcome == "saved"
    assert "spaete_gruesse" in documents.project(BEN).flows
    assert documents.new(ADA, 'Späte "Grüße"').file == "spaete_gruesse_2.flow"


def test_a_title_brings_no_forbidden_character(documents: Documents) -> None:
    """What a title was pasted with and no file may hold is left out: the new flow can be read."""
    made = documents.new(ADA, "Spring\0 \u202esale\n<2027>")
    assert made.text.startswith('flow spring_sale_2027 "Spring sale <2027>":')
    assert [one for one in documents.project(ADA).files if one.diagnostics] == []


@pytest.mark.parametrize(
    "name", ["../x.flow", "/etc/passwd", ".git/x.flow", "conftest.py", "", "a\0.flow"]
)
def test_only_content_of_the_project_is_edited(documents: Documents, name: str) -> None:
    """No name leads out of the project's folder, into what is hidden, or to what is run."""
    with pytest.raises(NotEditableError):
        documents.document(ADA, name)
