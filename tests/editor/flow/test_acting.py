"""What scripts and the page ask of a flow's draft: edits, acts, saving; the bytes are the proof."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from editor.users import add_user
from engine.service.service import Service
from tests.editor.flow.drafting import Draft
from tests.editor.pages import FLOWS, NOW, PASSWORD, csrf, sign_in


@pytest.fixture
def draft(client: TestClient, tmp_path: Path) -> Draft:
    return Draft(client, tmp_path / "flows" / "hello.flow")


def lines(text: bytes | str) -> list[str]:
    return (text.decode() if isinstance(text, bytes) else text).splitlines()


def test_opening_a_flow_changes_no_byte(draft: Draft) -> None:
    """The draft is the file until somebody edits."""
    assert draft.bytes == draft.file.read_bytes()


def test_an_inserted_step_is_one_line(draft: Draft) -> None:
    """An act changes its own lines; what changed, how it is drawn and what is wrong is told."""
    said = draft.do("insert", at="after:wait_1_hour", text='add tag "new"')
    assert (said["outcome"], said["document_state"]) == ("done", "unsaved")
    row = '  add tag "new"'
    assert said["changes"] == [{"change": "added", "line": 12, "text": row}]
    assert said["edits"] == [
        {"line": 12, "column": 1, "end_line": 12, "end_column": 1, "text": f"{row}\n"}
    ]
    assert said["select"] == "add_tag_new"
    assert set(said["drawing"]["html"]) == {"add_tag_new"}
    assert "add_tag_new" in said["drawing"]["places"]
    assert said["problems"] == []
    assert said["checked"] == said["state"]
    assert [one for one in lines(draft.bytes) if one not in lines(FLOWS)] == [row]
    assert draft.file.read_text() == FLOWS


def test_typing_and_an_act_go_in_one_request(draft: Draft) -> None:
    """Edits apply before the act, whose own edits count on the text with them."""
    typed = {"line": 11, "column": 8, "end_line": 11, "end_column": 9, "text": "3"}
    said = draft.post("edit", edits=[typed], do={"op": "flip", "step": "greeting"})
    assert said["outcome"] == "refused"
    assert said["edits"] == []
    assert "wait 3 hour " in draft.bytes.decode(), "what was typed is kept"
    typed |= {"column": 8, "text": "4"}
    said = draft.post("edit", edits=[typed], do={"op": "duplicate", "step": "wait_4_hours"})
    assert (said["outcome"], said["renamed"]) == ("done", {"wait_3_hours": "wait_4_hours"})
    assert draft.bytes.decode().count("  wait 4 hour") == 2


def test_undo_is_an_edit_and_the_file_comes_back(draft: Draft) -> None:
    """A text that says what the file says is saved again, byte for byte."""
    said = draft.type((11, 8, 11, 9, "2"))
    assert said["renamed"] == {"wait_1_hour": "wait_2_hours"}
    said = draft.type((11, 8, 11, 9, "1"))
    assert said["document_state"] == "saved"
    assert said["changes"] == []
    assert said["renamed"] == {"wait_2_hours": "wait_1_hour"}
    assert draft.bytes == draft.file.read_bytes()


def test_a_field_is_set_and_a_wrong_value_told_beside_it(draft: Draft) -> None:
    """What cannot be written changes nothing and names its field."""
    said = draft.do("set", step="wait_1_hour", fields={"amount": "5"})
    assert (said["outcome"], said["renamed"]) == ("done", {"wait_1_hour": "wait_5_hours"})
    assert said["select"] == "wait_5_hours"
    before = draft.bytes
    said = draft.do("set", step="wait_5_hours", fields={"amount": "-7"})
    assert (said["outcome"], said["field"]) == ("refused", "amount")
    assert said["reason"]
    assert draft.bytes == before


@pytest.mark.parametrize(
    "act",
    [
        {"op": "insert", "at": "first", "text": "nonsense of the day"},
        {"op": "insert", "at": "after:nothing", "text": "exit"},
        {"op": "insert", "text": "exit"},
        {"op": "delete"},
        {"op": "flip", "step": "wait_1_hour"},
        {"op": "move", "steps": ["if_customer_country_is_de"], "at": "after:greeting"},
    ],
)
def test_what_cannot_be_done_is_refused_with_a_reason(draft: Draft, act: dict[str, Any]) -> None:
    """A refusal is an answer with a sentence, and changes nothing."""
    said = draft.post("edit", do=act)
    assert said["outcome"] == "refused"
    assert said["reason"].endswith(".")
    assert draft.bytes == draft.file.read_bytes()


def test_a_stale_edit_gets_the_draft_as_it_is(draft: Draft) -> None:
    """Who is behind is told so, with the whole text and drawing, and changes nothing."""
    old = draft.state
    draft.do("duplicate", step="wait_1_hour")
    after, draft.state = draft.bytes, old
    said = draft.do("delete", steps=["wait_1_hour"])
    assert said["outcome"] == "stale"
    assert said["text"] == after.decode()
    assert set(said["drawing"]["html"]) == {step for step, *_ in said["drawing"]["steps"]}
    assert draft.bytes == after


def test_writes_need_the_token_and_a_role(client: TestClient, service: Service) -> None:
    """Without the session's token, or as a viewer, nothing is written."""
    service.writer.run(lambda tx: add_user(tx, "eva@example.com", PASSWORD, "viewer", NOW))
    body = {"state": "0", "do": {"op": "delete", "steps": ["wait_1_hour"]}}
    assert client.post("/api/flows/hello/edit", json=body).status_code == 403
    token = csrf(client.get("/sign-in").text)
    client.post("/sign-in", data={"csrf": token, "email": "eva@example.com", "password": PASSWORD})
    html = client.get("/flows/hello").text
    mine = html.partition('name="csrf" content="')[2].partition('"')[0]
    for path in ("edit", "save", "choose"):
        more = {**body, "side": "mine"}
        told = {"X-CSRF-Token": mine}
        answer = client.post(f"/api/flows/hello/{path}", json=more, headers=told)
        assert answer.status_code == 403
        assert "marketer" in answer.json()["detail"]
    assert client.get("/flows/new").status_code == 403


def test_the_processor_time_of_an_edit_is_told(draft: Draft) -> None:
    """`Server-Timing` says in milliseconds what the answer cost."""
    answer = draft.client.post(
        "/api/flows/hello/edit",
        json={"state": draft.state, "do": {"op": "up", "steps": ["greeting"]}},
        headers={"X-CSRF-Token": draft.token},
    )
    assert answer.headers["server-timing"].startswith("cpu;dur=")


def test_line_ends_and_byte_order_mark_stay(client: TestClient, tmp_path: Path) -> None:
    """The page counts in lines of its own; the file's bytes stay what they are."""
    file = tmp_path / "flows" / "hello.flow"
    told = b"\xef\xbb\xbf" + FLOWS.rstrip("\n").replace("\n", "\r\n").encode()
    file.write_bytes(told)
    draft = Draft(client, file)
    said = draft.do("duplicate", step="wait_1_hour")
    assert said["changes"][0]["text"].startswith("  wait 1 hour")
    assert "\r" not in said["edits"][0]["text"]
    draft.type((11, 8, 11, 9, "2"), (12, 1, 12, 1, "  # one\n  # two\n"))
    added = draft.bytes
    assert added.startswith(b"\xef\xbb\xbf")
    assert added.count(b"\r\n") == added.count(b"\n") == told.count(b"\r\n") + 3
    assert not added.endswith(b"\n")
    rows = [one for one in lines(added) if one not in lines(told)]
    assert [one.strip() for one in rows] == [
        "wait 2 hour    # patience",
        "# one",
        "# two",
        "wait 1 hour  # patience",
    ]


def test_saving_writes_the_draft(draft: Draft) -> None:
    """Saved bytes are the draft's, and nothing differs any more."""
    draft.do("duplicate", step="wait_1_hour")
    wanted = draft.bytes
    said = draft.post("save")
    assert (said["outcome"], said["document_state"], said["changes"]) == ("done", "saved", [])
    assert draft.file.read_bytes() == wanted


def test_two_versions_of_one_step_wait_for_a_choice(draft: Draft) -> None:
    """Saving waits until somebody says which of the two shall stand."""
    draft.type((11, 8, 11, 9, "2"))
    draft.file.write_text(FLOWS.replace("wait 1 hour", "wait 7 hour"))
    said = draft.client.get("/api/flows/hello/draft").json()
    assert said["document_state"] == "conflict"
    (conflict,) = said["conflicts"]
    assert "wait 2 hour" in conflict["mine"]
    assert "wait 7 hour" in conflict["theirs"]
    draft.state = said["state"]
    assert draft.post("save")["outcome"] == "refused"
    said = draft.post("choose", n=0, side="mine")
    assert said["document_state"] == "unsaved"
    draft.post("save")
    assert "wait 2 hour" in draft.file.read_text()


def test_a_broken_first_line_keeps_the_drawing(draft: Draft) -> None:
    """The flow's own line is typed: the page keeps its last drawing and says what is wrong."""
    said = draft.type((8, 1, 8, 5, "flwo"))
    assert said["outcome"] == "done"
    assert said["drawing"]["inserts"] == []
    assert said["broken"].startswith("Line 8: ")
    html = draft.client.get("/flows/hello").text
    assert 'data-step="greeting"' in html
    assert "data-broken=" in html
    assert "data-insert=" not in html.partition('id="flow-data"')[0]
    said = draft.type((8, 1, 8, 5, "flow"))
    assert said["broken"] == ""
    assert said["drawing"]["inserts"]
    assert said["document_state"] == "saved"


def test_a_flow_that_is_renamed_stays_open(draft: Draft) -> None:
    """The page follows the flow's name; the old address leads to it while nobody else has it."""
    said = draft.type((8, 6, 8, 11, "hallo"))
    assert said["flow"] == "hallo"
    assert said["drawing"]["html"] == {}
    again = draft.type((11, 8, 11, 9, "2"))
    assert again["renamed"] == {"wait_1_hour": "wait_2_hours"}
    assert draft.client.get("/flows/hallo").status_code == 200


def test_a_new_flow_is_a_draft_until_it_is_saved(client: TestClient, tmp_path: Path) -> None:
    """A title makes a flow; its file appears when it is saved."""
    sign_in(client)
    token = csrf(client.get("/flows/new").text)
    answer = client.post("/flows/new", data={"csrf": token, "title": "Bye & thanks"})
    assert answer.status_code == 303
    flow = answer.headers["location"].removeprefix("/flows/")
    before = set((tmp_path / "flows").glob("*.flow"))
    draft = Draft.__new__(Draft)
    html = client.get(f"/flows/{flow}").text
    assert "Bye &amp; thanks" in html
    draft.client, draft.flow = client, flow
    draft.token = html.partition('name="csrf" content="')[2].partition('"')[0]
    draft.state = html.partition('data-document="')[2].partition('"')[0]
    assert 'data-document-state="unsaved"' in html
    draft.do("insert", at="first", text="wait 2 days")
    draft.post("save")
    (file,) = set((tmp_path / "flows").glob("*.flow")) - before
    assert "  wait 2 days\n" in file.read_text()
    empty = client.post("/flows/new", data={"csrf": token, "title": " "})
    assert empty.status_code == 422
    assert "title" in empty.text


def test_a_message_that_goes_is_told_of_an_open_draft(draft: Draft, tmp_path: Path) -> None:
    """What the messages lack is looked at anew, also without an edit; a link to nothing is none."""

    def wrong() -> list[str]:
        told = draft.client.get("/api/flows/hello/problems").json()["problems"]
        return [one["code"] for one in told if one["severity"] == "error"]

    message = tmp_path / "flows" / "messages" / "hello_mail.email.mjml"
    assert wrong() == []
    message.rename(tmp_path / "away")
    assert wrong() == ["missing-message"]
    message.symlink_to("nowhere")
    assert draft.do("duplicate", step="wait_1_hour")["outcome"] == "done"
    assert wrong() == ["missing-message"]
    message.unlink()
    (tmp_path / "away").rename(message)
    assert wrong() == []


def test_problems_come_by_themselves(draft: Draft) -> None:
    """A page asks for the checks when it has drawn; they name line and step."""
    said = draft.post("edit", check="later", do={
        "op": "insert", "at": "first", "text": "send email missing_one",
    })  # fmt: skip
    assert (said["problems"], said["checked"]) == (None, None)
    told = draft.client.get(f"/api/flows/hello/problems?state={draft.state}").json()
    assert told["checked"] == draft.state
    typed = draft.type((12, 1, 12, 1, "  wobble\n"))
    (wrong,) = [one for one in typed["problems"] if one["line"] == 12]
    assert wrong["step"] in {step for step, *_ in typed["drawing"]["steps"]}
    assert wrong["severity"] == "error"


def test_a_message_that_nobody_wrote_is_a_problem_of_its_step(draft: Draft, tmp_path: Path) -> None:
    """The step says so until the file is there."""
    draft.do("insert", at="first", text="send email nobody_wrote")
    told = draft.client.get("/api/flows/hello/problems").json()
    wrong = [(one["code"], one["step"]) for one in told["problems"] if one["severity"] == "error"]
    assert wrong == [("missing-message", "send_nobody_wrote")]
    mail = (tmp_path / "flows" / "messages" / "hello_mail.email.mjml").read_text()
    (tmp_path / "flows" / "messages" / "nobody_wrote.email.mjml").write_text(mail)
    draft.do("insert", at="first", text="wait 1 day")
    told = draft.client.get("/api/flows/hello/problems").json()
    assert [one for one in told["problems"] if one["severity"] == "error"] == []


def test_a_number_that_is_none_is_refused(draft: Draft) -> None:
    """A call that no JSON can repeat is told what is wrong with it, as any other."""
    edit = '{"line":NaN,"column":1,"end_line":1,"end_column":1,"text":""}'
    answer = draft.client.post(
        "/api/flows/hello/edit",
        content=f'{{"state":"{draft.state}","edits":[{edit}]}}',
        headers={"X-CSRF-Token": draft.token, "content-type": "application/json"},
    )
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][-1] == "line"
    assert draft.bytes == draft.file.read_bytes()
