"""Whatever stands where a flow's file stood: its page opens and says why, and keeps its bytes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.editor.pages import FLOWS, sign_in

WAYS = ("", "/text", "/drawing.svg", "/inspector?step=entry")
CALLS = ("/draft", "/problems", "/tests")


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def marked(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf")


def foreign(file: Path) -> None:
    file.write_bytes(FLOWS.encode("utf-16"))


def too_long(file: Path) -> None:
    file.write_bytes(FLOWS.encode() + b"# a long one\n" * 25_000)


def returning(file: Path) -> None:
    file.write_bytes(FLOWS.replace("\n", "\r").encode())


def folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def loop(file: Path) -> None:
    file.unlink()
    file.symlink_to(file.name)


def nowhere(file: Path) -> None:
    file.unlink()
    file.symlink_to("nothing.flow")


def held(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


READ = [emptied, marked, foreign, too_long, returning]


@pytest.mark.parametrize("make", [*READ, folder, pipe, loop, nowhere])
def test_an_open_flow_outlives_its_file(
    client: TestClient, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    """Whoever has a flow open can go on looking at it, whatever becomes of the file meanwhile."""
    sign_in(client)
    assert client.get("/flows/hello").status_code == 200
    file = tmp_path / "flows" / "hello.flow"
    make(file)
    before = held(file)
    assert client.get("/flows").status_code == 200
    for way in WAYS:
        assert client.get(f"/flows/hello{way}").status_code == 200, way
    for call in CALLS:
        assert client.get(f"/api/flows/hello{call}").status_code == 200, call
    said = client.get("/api/flows/hello/draft").json()
    assert said["read_only"] or said["broken"]
    assert held(file) == before


@pytest.mark.parametrize("make", READ)
def test_a_file_of_which_nothing_can_be_read_is_told(
    client: TestClient, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    """The list names such a file with the reason, and its page shows what stands in it."""
    sign_in(client)
    file = tmp_path / "flows" / "spring_sale.flow"
    file.touch()
    make(file)
    before = file.read_bytes()
    assert 'href="/flows/spring_sale"' in client.get("/flows").text
    for way in WAYS:
        assert client.get(f"/flows/spring_sale{way}").status_code == 200, way
    for call in CALLS:
        assert client.get(f"/api/flows/spring_sale{call}").status_code == 200, call
    assert file.read_bytes() == before
    assert client.get("/flows/hello").status_code == 200


def test_the_text_of_a_long_file_is_all_of_it(client: TestClient, tmp_path: Path) -> None:
    """A script gets every byte of a file that is too long to be edited; the page says that it
    shows the beginning.
    """
    sign_in(client)
    file = tmp_path / "flows" / "hello.flow"
    too_long(file)
    file.write_bytes(file.read_bytes() + b"# \xff the end")
    assert client.get("/flows/hello/text").content == file.read_bytes()
    assert "only its beginning is shown" in client.get("/flows/hello").text
    assert len(client.get("/flows/hello/text").content) > 300_000


def test_a_flow_is_written_into_an_empty_file(client: TestClient, tmp_path: Path) -> None:
    """The page of an empty file takes text; once a flow stands there it is that flow's page."""
    sign_in(client)
    (tmp_path / "flows" / "spring_sale.flow").touch()
    html = client.get("/flows/spring_sale").text
    token = html.partition('name="csrf" content="')[2].partition('"')[0]
    state = html.partition('data-document="')[2].partition('"')[0]
    flow = 'flow may_sale "May":\n  enter manually\n\n  wait 1 day\n'
    typed = {"line": 1, "column": 1, "end_line": 1, "end_column": 1, "text": flow}
    said = client.post(
        "/api/flows/spring_sale/edit",
        json={"state": state, "edits": [typed]},
        headers={"X-CSRF-Token": token},
    ).json()
    assert (said["outcome"], said["flow"], said["broken"]) == ("done", "may_sale", "")
    assert "wait_1_day" in said["drawing"]["html"]
    assert client.get("/flows/may_sale").status_code == 200


def test_a_second_flow_of_a_name_does_not_take_the_page(client: TestClient, tmp_path: Path) -> None:
    """Who has a flow open keeps its file, also where another one declares the same name before."""
    sign_in(client)
    client.get("/flows/hello")
    (tmp_path / "flows" / "a.flow").write_text("flow hello:\n  enter manually\n\n  exit\n")
    assert client.get("/flows/hello/text").text == FLOWS
    assert client.get("/flows").status_code == 200


def test_a_new_flow_is_found_again_before_it_is_saved(client: TestClient) -> None:
    """The list shows a person the flows that only they have, and says that they are not saved."""
    sign_in(client)
    page = client.get("/flows/new").text
    token = page.partition('name="csrf" value="')[2].partition('"')[0]
    client.post("/flows/new", data={"csrf": token, "title": "Spring sale"})
    listed = client.get("/flows").text
    assert 'href="/flows/spring_sale"' in listed
    assert "not saved" in listed
