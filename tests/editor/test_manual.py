"""Starting and stopping a flow from a customer's page."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from editor.users import add_user
from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from engine.service.service import Service
from tests.editor.pages import NOW, PASSWORD, csrf, sign_in

FLOW = """
flow call "A call":
  enter manually

  wait 1 day
  add tag "called"
"""


@pytest.fixture
def calling(service: Service, tmp_path: Path) -> Service:
    """A service with a flow that is entered by hand, and with Ada."""
    assert service.flows_dir is not None
    (service.flows_dir / "call.flow").write_text(FLOW, encoding="utf-8")
    service.publish(service.flows_dir)
    ada = Incoming("identify", "m1", user="ada", traits={"first_name": "Ada"})
    service.writer.run(lambda tx: take(tx, [ada], service.deployment.types, NOW))
    return service


def test_a_customer_is_let_in_and_out_by_hand(client: TestClient, calling: Service) -> None:
    """The page offers the flows that allow it, says what happened, and offers the way out."""
    sign_in(client)
    page = client.get("/customers/ada").text
    assert "A call" in page
    assert "End the run in" not in page
    told = {"csrf": csrf(page), "flow": "call", "act": "start"}
    answer = client.post("/customers/ada/flows", data=told)
    assert answer.status_code == 303
    page = client.get(answer.headers["location"]).text
    assert "Entered call." in page
    assert "End the run in" in page
    again = client.post("/customers/ada/flows", data=told)
    assert "is in this flow already" in client.get(again.headers["location"]).text
    gone = client.post("/customers/ada/flows", data={**told, "act": "stop"})
    assert "1 run of call ended" in client.get(gone.headers["location"]).text


def test_it_takes_the_forms_token_and_a_marketer(client: TestClient, calling: Service) -> None:
    """A form of somebody else's making starts nothing, and neither does a viewer."""
    calling.writer.run(lambda tx: add_user(tx, "vera@example.com", PASSWORD, "viewer", NOW))
    token = csrf(client.get("/sign-in").text)
    client.post("/sign-in", data={"csrf": token, "email": "vera@example.com", "password": PASSWORD})
    page = client.get("/customers/ada").text
    told = {"flow": "call", "act": "start"}
    assert client.post("/customers/ada/flows", data=told).status_code == 403
    told["csrf"] = csrf(page)
    assert client.post("/customers/ada/flows", data=told).status_code == 403
    with calling.database.reader() as reader:
        assert reader.rows("select count(*) from run") == [(0,)]


def test_a_flow_that_nobody_starts_by_hand_is_refused(
    client: TestClient,
    calling: Service,
) -> None:
    """A request past the page is told why, in a sentence."""
    sign_in(client)
    token = csrf(client.get("/customers/ada").text)
    told = {"csrf": token, "flow": "hello", "act": "start"}
    answer = client.post("/customers/ada/flows", data=told)
    assert answer.status_code == 409
    assert "by hand" in answer.text
    assert client.post("/customers/nobody/flows", data={**told, "flow": "call"}).status_code == 404
