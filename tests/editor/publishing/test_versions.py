"""The versions of a flow: compared with each other and with what is there, and taken back."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from fastapi.testclient import TestClient

from editor.app import Front
from editor.documents import Documents
from editor.publishing.comparing import compared
from engine.service.service import Service
from tests.editor.pages import csrf
from tests.editor.publishing.shop import ADA, BEN, VERA, edit, publish, signed_in, words

LATER = ("wait 1 hour", "wait 2 hours")


def _second(client: TestClient, files: Documents) -> None:
    edit(files, *LATER)
    files.save(ADA, "hello.flow")
    publish(client)


def _state(html: str) -> dict[str, str]:
    return {"csrf": csrf(html), "state": html.partition('name="state" value="')[2].split('"')[0]}


def test_versions_tell_who_and_when_and_how_they_differ(
    client: TestClient, files: Documents
) -> None:
    """Each with its author, moment and people; two of them line by line."""
    _second(client, files)
    shown = client.get("/flows/hello/versions?old=1&new=2").text
    said = words(shown)
    assert "2 live 05 Jan 2026, 09:00 ada@example.com – 0 0" in said
    assert "1 05 Jan 2026, 09:00 first start – 0 0" in said
    assert 'data-change="removed"' in shown
    removed = shown.partition('data-change="removed"')[2]
    assert "wait 1 hour" in removed.partition("</li>")[0]
    added = shown.partition('data-change="added"')[2]
    assert "wait 2 hours" in added.partition("</li>")[0]
    assert shown.count('data-change="removed"') == shown.count('data-change="added"') == 1


def test_a_version_is_restored_as_a_draft_and_published_as_a_new_one(
    client: TestClient, files: Documents, folder: Path, service: Service, front: Front
) -> None:
    """The file stays as it is until it is saved; who publishes is the author, however old the
    text is; no version is lost.
    """
    first = (folder / "hello.flow").read_bytes()
    _second(client, files)
    looked = client.get("/flows/hello/versions").text
    answer = client.post("/flows/hello/versions/1/restore", data=_state(looked))
    assert answer.headers["location"] == "/flows/hello"
    assert files.document(ADA, "hello.flow").text.encode() == first
    assert "wait 2 hours" in (folder / "hello.flow").read_text()
    assert "wait 2 hours" in files.document(BEN, "hello.flow").text
    files.save(ADA, "hello.flow")
    publish(signed_in(front, BEN))
    versions = client.get("/api/flows/hello").json()["versions"]
    assert [(one["version"], one["author"], one["live"]) for one in versions] == [
        (3, BEN, True),
        (2, ADA, False),
        (1, "first start", False),
    ]
    assert service.deployment.programs["hello"].version == 3
    said = words(client.get("/flows/hello/versions?old=1&new=3").text)
    assert "Both say the same." in said


EDITS = (
    (ADA, "wait 1 hour", "wait 2 hours"),
    (BEN, "  send email hello_mail as greeting\n",
     '  send email hello_mail as greeting\n  add tag "greeted"\n'),
    (ADA, "  wait 2 hours\n", ""),
    (BEN, "enter when purchase\n", "enter when purchase where value >= 10\n"),
    (ADA, 'add tag "greeted"', 'add tag "met"'),
)  # fmt: skip


def test_five_edits_by_two_people_are_told_and_taken_back(
    front: Front, files: Documents, folder: Path, enter: Callable[[int], None]
) -> None:
    """Each version says who made it, what for and how many people it moved; the drawing names every
    change and nothing else; restoring the first gives its bytes.
    """
    first = (folder / "hello.flow").read_bytes()
    clients = {who: signed_in(front, who) for who in (ADA, BEN)}
    enter(2)
    for number, (who, old, new) in enumerate(EDITS, 1):
        edit(files, old, new, who=who)
        files.save(who, "hello.flow")
        publish(clients[who], message=f"edit {number}")
    shown = clients[ADA].get("/flows/hello/versions?old=1&new=6").text
    said = words(shown)
    for number, (who, _old, _new) in enumerate(EDITS, 1):
        people = 2  # who never went on
        assert f"{who} edit {number} {people} " in said
    marks = re.findall(r'<li data-mark="(\w+)" data-step="([^"]+)"', shown)
    assert marks == [("changed", "entry"), ("removed", "wait_1_hour"), ("added", "add_tag_met")]
    assert shown.count('data-mark="removed"><title>') == 1
    answer = clients[BEN].post("/flows/hello/versions/1/restore", data=_state(
        clients[BEN].get("/flows/hello/versions").text
    ))  # fmt: skip
    assert answer.status_code == 303
    files.save(BEN, "hello.flow")
    assert (folder / "hello.flow").read_bytes() == first
    publish(clients[BEN], message="back")
    assert "Both say the same." in words(clients[ADA].get("/flows/hello/versions?old=1&new=7").text)


def test_line_ends_are_the_files_own(client: TestClient, files: Documents, folder: Path) -> None:
    """A file with CR LF that gets an old text keeps CR LF."""
    path = folder / "hello.flow"
    path.write_bytes(path.read_bytes().replace(b"wait 1 h", b"wait 3 h").replace(b"\n", b"\r\n"))
    looked = client.get("/flows/hello/versions").text
    assert client.post("/flows/hello/versions/1/restore", data=_state(looked)).status_code == 303
    files.save(ADA, "hello.flow")
    assert b"\r\n  wait 1 hour\r\n" in path.read_bytes()


def test_what_was_typed_meanwhile_is_not_lost(client: TestClient, files: Documents) -> None:
    """A draft that has changed since the page was opened stays, and the page says so."""
    _second(client, files)
    told = _state(client.get("/flows/hello/versions").text)
    edit(files, "wait 2 hours", "wait 9 hours")
    answer = client.post("/flows/hello/versions/1/restore", data=told)
    assert answer.status_code == 409
    said = words(answer.text)
    assert "The draft has changed meanwhile." in said
    assert "You have changes that are not saved; restoring replaces them." in said
    assert "wait 9 hours" in files.document(ADA, "hello.flow").text


def test_a_flow_that_is_gone_comes_back(client: TestClient, files: Documents, folder: Path) -> None:
    """Restoring a version of a deleted flow makes its file anew, once that is saved."""
    (folder / "bye.flow").unlink()
    looked = client.get("/flows/bye/versions").text
    assert client.post("/flows/bye/versions/1/restore", data=_state(looked)).status_code == 303
    assert not (folder / "bye.flow").exists()
    assert files.save(ADA, "bye.flow").outcome == "saved"
    assert "wait 2 hours" in (folder / "bye.flow").read_text()


def test_a_viewer_compares_and_restores_nothing(
    front: Front, client: TestClient, files: Documents
) -> None:
    """Reading is everybody's; the call of a viewer, or one without the token, changes no draft."""
    _second(client, files)
    viewer = signed_in(front, VERA)
    looked = viewer.get("/flows/hello/versions?old=1&new=2").text
    assert "wait 2 hours" in words(looked)
    assert "/restore" not in looked
    told = {"csrf": csrf(looked), "state": files.document(VERA, "hello.flow").state}
    assert viewer.post("/flows/hello/versions/1/restore", data=told).status_code == 403
    assert client.post("/flows/hello/versions/1/restore", data={"csrf": ""}).status_code == 403
    assert files.unsaved(ADA) == files.unsaved(VERA) == []


def test_what_never_was_is_told(client: TestClient) -> None:
    """No such flow, and no such version."""
    assert client.get("/flows/nobody/versions").status_code == 404
    token = {"csrf": csrf(client.get("/flows").text)}
    assert client.post("/flows/hello/versions/7/restore", data=token).status_code == 404


def test_long_texts_are_shown_where_they_differ() -> None:
    """Three lines around each difference; what is left out is counted."""
    old = [f"line {n}" for n in range(1, 101)]
    new = [*old[:49], "other", *old[50:]]
    lines = compared("\n".join(old), "\r\n".join(new))
    assert [(one.kind, one.old, one.new) for one in lines] == [
        ("skipped", 0, 46),
        *(("same", n, n) for n in (47, 48, 49)),
        ("removed", 50, 0),
        ("added", 0, 50),
        *(("same", n, n) for n in (51, 52, 53)),
        ("skipped", 0, 47),
    ]
    assert compared("a\nb", "a\r\nb\r\n") == []
