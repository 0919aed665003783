"""Whatever ends a line or seems to: page, drawing and problems count the same, no byte is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from editor.documents import plain
from editor.flow.asked import TextEdit, applied, in_page
from tests.editor.flow.drafting import Draft
from tests.editor.pages import FLOWS


@pytest.mark.parametrize("end", ["\r", "\r\r\n", "\r\r\r"])
def test_a_cr_alone_is_a_character_and_undo_puts_it_back(
    client: TestClient, tmp_path: Path, end: str
) -> None:
    """An act is told in the lines of the page, where a CR alone ends none, and undone; a line with
    one is taken out and comes back with it.
    """
    file = tmp_path / "flows" / "hello.flow"
    text = FLOWS + f'  add tag "a"{end}  exit\n  # end\n'
    file.write_bytes(text.encode())
    draft = Draft(client, file)
    said = draft.do("insert", at="first", text="wait 9 days")
    typed = [TextEdit(**one) for one in said["edits"]]
    assert said["outcome"] == "done"
    assert applied(plain(text), typed) == plain(draft.bytes.decode()) != plain(text)
    (row,) = (n for n, one in enumerate(plain(draft.bytes.decode()).split("\n")) if "wait 9" in one)
    draft.type((row + 1, 1, row + 2, 1, ""))
    assert draft.bytes == file.read_bytes() == text.encode()
    rows = plain(text).split("\n")
    (row,) = (n for n, one in enumerate(rows) if "add tag" in one)
    draft.type((row + 1, 1, row + 2, 1, ""))
    assert b"\r" not in draft.bytes
    draft.type((row + 1, 1, row + 1, 1, f"{rows[row]}\n"))
    assert draft.bytes == file.read_bytes()


def test_a_cr_that_comes_to_stand_at_an_end_is_told(client: TestClient, tmp_path: Path) -> None:
    """A line broken behind a CR has an end of the other kind: the page hears what became of it."""
    file = tmp_path / "flows" / "hello.flow"
    text = FLOWS + "  # one\rtwo\n"
    file.write_bytes(text.encode())
    draft = Draft(client, file)
    row = text.count("\n")
    before = [TextEdit(line=row, column=9, end_line=row, end_column=9, text="\n  # ")]
    said = draft.type((row, 9, row, 9, "\n  # "))
    there = in_page(plain(text), before)
    assert there.endswith("  # one\r\n  # two\n")
    now = in_page(there, [TextEdit(**one) for one in said["edits"]])
    assert now == plain(draft.bytes.decode())


@pytest.mark.parametrize("odd", ["\r", "\r\r\n", "\x0c", "\x85", "\u2028"])
def test_what_is_wrong_stands_in_the_line_that_the_page_shows(
    client: TestClient, tmp_path: Path, odd: str
) -> None:
    """Below whatever else might end a line, problems, steps and rows count the same lines."""
    file = tmp_path / "flows" / "hello.flow"
    file.write_bytes((FLOWS + f"  # one{odd}  # two\n  wobble\n  wait 9 days\n").encode())
    draft = Draft(client, file)
    rows = plain(draft.bytes.decode()).split("\n")
    found = client.get("/api/flows/hello/problems").json()["problems"]
    assert rows[[one["line"] for one in found][-1] - 1] == "  wobble"
    said = draft.do("duplicate", step="wait_9_days")
    lines = {step: line for step, _, _, line in said["drawing"]["steps"]}
    assert rows[lines["wait_9_days"] - 1] == "  wait 9 days"
    assert said["edits"][0]["line"] in {lines["wait_9_days"], lines["wait_9_days"] + 1}
    html = client.get("/flows/hello").text
    shown = html.partition(f'data-number="{lines["wait_9_days"]}"')[2].partition("\n</span>")[0]
    assert "days" in shown


def test_a_mark_in_the_text_can_be_typed_again(client: TestClient, tmp_path: Path) -> None:
    """A byte order mark that is none is a character like others: taken out, undo puts it back."""
    file = tmp_path / "flows" / "hello.flow"
    file.write_bytes((FLOWS + "  \ufeffexit\n").encode())
    draft = Draft(client, file)
    row = FLOWS.count("\n") + 1
    draft.type((row, 3, row, 4, ""))
    assert "\ufeff" not in draft.bytes.decode()
    draft.type((row, 3, row, 3, "\ufeff"))
    assert draft.bytes == file.read_bytes()
