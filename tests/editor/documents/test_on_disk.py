"""Whatever happens to an open file on the disk, nothing typed is lost and the reason is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from editor.documents import Documents, FileChange, NotEditableError, StaleError
from engine.service.service import Service

FILE = "hello.flow"
ADA, BEN = "ada@example.com", "ben@example.com"


def typed(documents: Documents, person: str = ADA, new: str = "2 hours"):
    seen = documents.document(person, FILE)
    return documents.edit(person, FILE, seen.state, seen.text.replace("1 hour", new))


def test_drafts_survive_a_restart(documents: Documents, service: Service, folder: Path) -> None:
    """Who types, and then the server is restarted, finds what was typed."""
    draft = typed(documents)
    again = Documents(folder, service)
    assert again.document(ADA, FILE) == draft
    assert again.unsaved(ADA) == [FILE]


def test_an_untouched_document_follows(documents: Documents, folder: Path) -> None:
    """Who has changed nothing sees what others wrote."""
    documents.document(ADA, FILE)
    (folder / FILE).write_text("# new\n" + (folder / FILE).read_text())
    seen = documents.document(ADA, FILE)
    assert (seen.text[:6], seen.status) == ("# new\n", "saved")


def test_a_deleted_file_stays_as_a_draft(documents: Documents, folder: Path) -> None:
    """A file that is deleted below somebody's hands is still theirs, and saving makes it anew."""
    draft = typed(documents)
    opened = documents.document(BEN, FILE).text
    (folder / FILE).unlink()
    for person, text in ((ADA, draft.text), (BEN, opened)):
        seen = documents.document(person, FILE)
        assert (seen.text, seen.status, seen.read_only) == (text, "unsaved", "")
        assert "gone" in seen.notice
        assert "hello" in documents.project(person).flows
    assert "hello" not in documents.project().flows
    assert (documents.unsaved(ADA), documents.unsaved(BEN)) == ([FILE], [])
    assert documents.save(ADA, FILE).outcome == "saved"
    assert (folder / FILE).read_text() == draft.text


def test_a_draft_follows_a_renamed_file(documents: Documents, folder: Path) -> None:
    """A file that is renamed takes the draft of it along."""
    draft = typed(documents)
    (folder / "sub").mkdir()
    (folder / FILE).rename(folder / "sub" / "moved.flow")
    project = documents.project(ADA)
    assert documents.file_of(project.file_of(project.flows["hello"])) == "sub/moved.flow"
    moved = documents.document(ADA, "sub/moved.flow")
    assert (moved.text, moved.status) == (draft.text, "unsaved")
    assert documents.unsaved(ADA) == ["sub/moved.flow"]
    assert documents.save(ADA, "sub/moved.flow").outcome == "saved"
    assert not (folder / FILE).exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"# \xff\xfe is no UTF-8\n", "UTF-8 (line 1)"), (b"# long\n" * 50_000, "256 KB")],
)
@pytest.mark.parametrize("touched", [True, False])
def test_what_cannot_be_written_back_is_read_only(
    documents: Documents, folder: Path, content: bytes, reason: str, touched: bool
) -> None:
    """A file that would lose bytes is looked at and never written, and a draft of it stays."""
    draft = typed(documents) if touched else documents.document(ADA, FILE)
    (folder / FILE).write_bytes(content)
    seen = documents.document(ADA, FILE)
    assert reason in seen.read_only
    assert (seen.text == draft.text) == touched
    with pytest.raises(NotEditableError):
        documents.edit(ADA, FILE, seen.state, "other")
    assert documents.save(ADA, FILE).outcome == "refused"
    assert documents.project(ADA).files
    assert (folder / FILE).read_bytes() == content


def test_a_link_out_of_the_project_is_never_written(
    documents: Documents, folder: Path, tmp_path: Path
) -> None:
    """A file replaced by a link to elsewhere is read-only; where it leads nothing changes."""
    draft = typed(documents)
    outside = tmp_path / "outside.flow"
    outside.write_text("# mine alone\n")
    (folder / FILE).unlink()
    (folder / FILE).symlink_to(outside)
    seen = documents.document(ADA, FILE)
    assert "link" in seen.read_only
    assert seen.text == draft.text
    assert documents.save(ADA, FILE).outcome == "refused"
    assert outside.read_text() == "# mine alone\n"
    assert (folder / FILE).is_symlink()


@pytest.mark.parametrize("what", ["loop", "nowhere", "folder", "pipe", "unreadable"])
def test_what_cannot_be_read_is_told(
    documents: Documents, folder: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever stands in the file's place, pages go on and the draft is there with the reason."""
    draft = typed(documents)
    opened = documents.document(BEN, FILE)
    path = folder / FILE
    if what == "unreadable":
        real = os.open

        def refuse(name, *rest, **more):
            if str(name).endswith(FILE):
                raise PermissionError(13, "Permission denied")
            return real(name, *rest, **more)

        monkeypatch.setattr(os, "open", refuse)
    else:
        path.unlink()
        if what == "folder":
            path.mkdir()
        elif what == "pipe":
            os.mkfifo(path)
        else:
            path.symlink_to(path if what == "loop" else folder / "nothing.flow")
    seen = documents.document(ADA, FILE)
    assert seen.read_only
    assert seen.text == draft.text
    assert documents.document(BEN, FILE).text == opened.text
    assert "hello" in documents.project(ADA).flows
    documents.project()
    assert documents.save(ADA, FILE).outcome == "refused"


def test_what_others_saved_is_not_overwritten(documents: Documents, folder: Path) -> None:
    """Two people who change the same line see both versions, and saving waits for a choice."""
    typed(documents, ADA, "2 hours")
    typed(documents, BEN, "3 hours")
    assert documents.save(BEN, FILE).outcome == "saved"
    saved = documents.save(ADA, FILE)
    assert (saved.outcome, saved.document.status) == ("conflict", "conflict")
    assert "3 hours" in (folder / FILE).read_text()
    [conflict] = saved.document.conflicts
    assert "2 hours" in conflict.mine
    assert "3 hours" in conflict.theirs
    chosen = documents.choose(ADA, FILE, 0, "mine")
    assert chosen.status == "unsaved"
    assert documents.save(ADA, FILE).outcome == "saved"
    text = (folder / FILE).read_text()
    assert "2 hours" in text
    assert "3 hours" not in text
    with pytest.raises(NotEditableError):
        documents.choose(ADA, FILE, 0, "mine")


@pytest.mark.parametrize(("side", "has"), [("theirs", (False, True)), ("both", (True, True))])
def test_a_choice_takes_what_it_says(
    documents: Documents, folder: Path, side, has: tuple[bool, bool]
) -> None:
    """Choosing theirs gives up one's own lines; choosing both keeps all of them."""
    typed(documents, ADA, "2 hours")
    (folder / FILE).write_text((folder / FILE).read_text().replace("1 hour", "3 hours"))
    chosen = documents.choose(ADA, FILE, 0, side)
    assert ("2 hours" in chosen.text, "3 hours" in chosen.text) == has


def test_who_saved_what_is_remembered(documents: Documents, folder: Path) -> None:
    """Each save is told with its author and the hash of what the file then held."""
    for person, new in ((ADA, "2 hours"), (BEN, "3 hours")):
        seen = documents.document(person, FILE)
        old = "1 hour" if person == ADA else "2 hours"
        documents.edit(person, FILE, seen.state, seen.text.replace(old, new))
        documents.save(person, FILE)
    first, second = documents.saves()
    assert (first.file, first.person, second.person) == (FILE, ADA, BEN)
    assert second.hash == documents.document(ADA, FILE).state


def test_a_change_of_several_files_is_made_as_a_whole(documents: Documents, folder: Path) -> None:
    """One stale part keeps all of a change away; else all files are drafts, and saved together."""
    mail = "messages/hello_mail.email.mjml"
    flow, letter = documents.document(ADA, FILE), documents.document(ADA, mail)
    changes = [
        FileChange(FILE, flow.state, flow.text.replace("hello_mail", "hi_mail")),
        FileChange(mail, letter.state, renamed="messages/hi_mail.email.mjml"),
        FileChange("messages/_part.mjml", "", "<mj-text>x</mj-text>\n"),
    ]
    with pytest.raises(StaleError):
        documents.change(ADA, [*changes[:2], FileChange("messages/_part.mjml", "0" * 64, "x")])
    assert documents.unsaved(ADA) == []
    documents.change(ADA, changes)
    assert (folder / mail).exists()
    done = documents.save_together(ADA, documents.unsaved(ADA))
    assert {one.outcome for one in done.values()} == {"saved"}
    assert not (folder / mail).exists()
    assert (folder / "messages" / "hi_mail.email.mjml").read_text() == letter.text
    assert "hi_mail" in (folder / FILE).read_text()
    assert documents.unsaved(ADA) == []


def test_a_deletion_waits_for_saving(documents: Documents, folder: Path) -> None:
    """A deleted file is gone for whoever deleted it, and from the disk when that is saved."""
    seen = documents.document(ADA, FILE)
    [gone] = documents.change(ADA, [FileChange(FILE, seen.state, deleted=True)])
    assert gone.deleted
    assert "hello" not in documents.project(ADA).flows
    assert "hello" in documents.project(BEN).flows
    assert documents.save(ADA, FILE).outcome == "saved"
    assert not (folder / FILE).exists()
    assert documents.unsaved(ADA) == []


def test_one_text_is_parsed_once(documents: Documents) -> None:
    """Going back to a text that was there before costs no reading of it again."""
    before = documents.project(ADA)
    draft = typed(documents)
    other = documents.project(ADA)
    assert other is documents.project(ADA)
    saved = documents.project().sources[draft.name]
    documents.edit(ADA, FILE, draft.state, saved)
    after = documents.project(ADA)
    assert after.graphs["hello"] is before.graphs["hello"]
    assert after.graphs["hello"] is not other.graphs["hello"]


def test_changes_of_other_lines_are_merged(documents: Documents, folder: Path) -> None:
    """What others change elsewhere in the file is in the draft, and saving keeps both."""
    typed(documents)
    (folder / FILE).write_text((folder / FILE).read_text().replace("elsewhere", "abroad"))
    seen = documents.document(ADA, FILE)
    assert seen.status == "unsaved"
    assert ("2 hours" in seen.text, "abroad" in seen.text) == (True, True)
    assert "abroad" in seen.base
    (folder / FILE).write_text((folder / FILE).read_text() + "\n# at the end\n")
    saved = documents.save(ADA, FILE)
    assert (saved.outcome, saved.merged) == ("saved", True)
    text = (folder / FILE).read_text()
    assert all(one in text for one in ("2 hours", "abroad", "# at the end"))


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_each_conflict_is_chosen_by_itself(documents: Documents, folder: Path, ends: str) -> None:
    """Of several conflicts one is settled after the other, and what was merged stays merged."""
    old = (folder / FILE).read_text().replace("# It waits.", "# It waits, for one.")
    (folder / FILE).write_bytes(old.replace("\n", ends).encode())
    seen = documents.document(ADA, FILE)
    mine = old.replace("1 hour", "2 hours").replace('"elsewhere"', '"mine"')
    documents.edit(ADA, FILE, seen.state, mine.replace("EUR", "CHF"))
    theirs = old.replace("1 hour", "3 hours").replace('"elsewhere"', '"theirs"')
    (folder / FILE).write_bytes(("# first\n" + theirs).replace("\n", ends).encode())
    assert len(documents.document(ADA, FILE).conflicts) == 2
    left = documents.choose(ADA, FILE, 0, "theirs")
    assert left.status == "conflict"
    [conflict] = left.conflicts
    assert ('"mine"' in conflict.mine, '"theirs"' in conflict.theirs) == (True, True)
    done = documents.choose(ADA, FILE, 0, "mine")
    assert (done.status, done.conflicts) == ("unsaved", ())
    wanted = "# first\n" + theirs.replace('"theirs"', '"mine"').replace("EUR", "CHF")
    assert done.text == wanted.replace("\n", ends)
    assert documents.save(ADA, FILE).outcome == "saved"
