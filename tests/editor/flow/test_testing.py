"""The tests of a flow, played on the draft that is open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from editor.app import Front, create_app
from editor.documents import Documents
from editor.users import add_user
from engine.clock import SettableClock
from engine.service.service import Service
from engine.settings import Settings
from tests.editor.pages import NOW, PASSWORD, sign_in

FLOW = """
store "Pages":
  timezone "Europe/Berlin"
  currency EUR

flow hello "Hello":
  enter when purchase

  wait 1 hour
  send email hello_mail as greeting

test "an hour later" for hello:
  given customer (email: "ada@example.com")
  after 0 minutes purchase (value: 20)
  expect email hello_mail after 1 hour

test "not at once" for hello:
  given customer (email: "ada@example.com")
  after 0 minutes purchase (value: 20)
  run for 30 minutes
  expect no message
"""
ADA = "ada@example.com"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    flows = tmp_path / "flows"
    (flows / "messages").mkdir(parents=True)
    (flows / "hello.flow").write_text(FLOW, encoding="utf-8")
    mail = "---\nsubject: Hello\n---\n<mjml><mj-body></mj-body></mjml>\n"
    (flows / "messages" / "hello_mail.email.mjml").write_text(mail, encoding="utf-8")
    made = Service(tmp_path / "data", flows, Settings(), SettableClock(NOW))
    made.start(background=False)
    made.writer.run(lambda tx: add_user(tx, ADA, PASSWORD, "marketer", NOW))
    yield made
    made.stop()


@pytest.fixture
def front(service: Service, tmp_path: Path) -> Front:
    return create_app(service, tmp_path / "flows")


@pytest.fixture
def files(front: Front) -> Documents:
    pages: Any = front.pages
    found: Documents = pages.app.state.documents
    return found


@pytest.fixture
def client(front: Front) -> TestClient:
    client = TestClient(front, base_url="http://127.0.0.1:8400", follow_redirects=False)
    sign_in(client)
    return client


def _edit(files: Documents, old: str, new: str) -> None:
    document = files.document(ADA, "hello.flow")
    files.edit(ADA, "hello.flow", document.state, document.text.replace(old, new))


def test_all_tests_of_a_flow_are_played_on_the_draft(client: TestClient, files: Documents) -> None:
    """Each says passed or failed, why, and which step it is about; the file stays as it is."""
    told = client.get("/api/flows/hello/tests").json()
    assert told["reason"] == ""
    assert [(one["title"], one["outcome"], one["steps"]) for one in told["tests"]] == [
        ("an hour later", "passed", []),
        ("not at once", "passed", []),
    ]
    _edit(files, "wait 1 hour", "wait 2 hours")
    told = client.get("/api/flows/hello/tests").json()
    assert told["state"] == files.document(ADA, "hello.flow").state
    late, quiet = told["tests"]
    assert (late["outcome"], late["steps"]) == ("failed", ["greeting"])
    assert "12:00" in late["says"][0]
    assert late["says"][0].startswith("Line 15, expect email hello_mail after 1 hour: ")
    assert quiet["outcome"] == "passed"


def test_tests_wait_for_a_readable_draft(client: TestClient, files: Documents) -> None:
    """While something is wrong none is played, and the page says where."""
    _edit(files, "wait 1 hour", "wobble")
    told = client.get("/api/flows/hello/tests").json()
    assert told["reason"] == "The tests wait until nothing is wrong in flows/hello.flow."
    assert {one["outcome"] for one in told["tests"]} == {"waiting"}


def test_no_such_flow(client: TestClient) -> None:
    """A flow that is not there is told by its name."""
    assert client.get("/api/flows/nobody/tests").status_code == 404
