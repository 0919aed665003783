"""Pausing a flow from its page and by script."""

from __future__ import annotations

from fastapi.testclient import TestClient

from editor.users import add_user
from engine.service.service import Service
from tests.editor.pages import NOW, PASSWORD, csrf, sign_in


def test_a_marketer_pauses_and_resumes_a_flow(client: TestClient, service: Service) -> None:
    """The page asks first, shows the state afterwards, and the audit says who it was."""
    sign_in(client)
    asked = client.get("/flows/hello/hold?act=pause")
    assert "0 people are inside" in asked.text
    assert dict(service.holds) == {}
    told = {"csrf": csrf(asked.text), "act": "pause"}
    assert client.post("/flows/hello/hold", data=told).status_code == 303
    assert "This flow is paused" in client.get("/flows/hello").text
    assert "<strong>paused</strong>" in client.get("/flows").text
    client.post("/flows/hello/hold", data={**told, "act": "resume"})
    assert "This flow is paused" not in client.get("/flows/hello").text
    with service.database.reader() as reader:
        rows = reader.rows("select who, act from audit where act like 'flow %' order by id")
    assert rows == [("ada@example.com", "flow pause"), ("ada@example.com", "flow resume")]


def test_nobody_holds_a_flow_without_the_forms_token(
    client: TestClient,
    service: Service,
) -> None:
    """A form of somebody else's making, and a script without the token, change nothing."""
    sign_in(client)
    assert client.post("/flows/hello/hold", data={"act": "stop"}).status_code == 403
    assert client.post("/api/flows/hello/stop").status_code == 403
    assert dict(service.holds) == {}


def test_a_viewer_only_looks(client: TestClient, service: Service) -> None:
    """The role viewer may read a flow's state and not change it."""
    service.writer.run(lambda tx: add_user(tx, "vera@example.com", PASSWORD, "viewer", NOW))
    token = csrf(client.get("/sign-in").text)
    client.post("/sign-in", data={"csrf": token, "email": "vera@example.com", "password": PASSWORD})
    seen = client.get("/api/flows/hello").json()
    assert seen["state"] == "running"
    answer = client.post("/api/flows/hello/pause", headers={"x-csrf-token": seen["csrf"]})
    assert answer.status_code == 403
    assert dict(service.holds) == {}


def test_scripts_hold_flows_too(client: TestClient) -> None:
    """The API says what became of the flow, and which flows it does not know."""
    sign_in(client)
    seen = client.get("/api/flows/hello").json()
    assert [one["version"] for one in seen["versions"]] == [1]
    headers = {"x-csrf-token": seen["csrf"]}
    stopped = client.post("/api/flows/hello/stop", headers=headers)
    assert stopped.json() == {"flow": "hello", "state": "stopped", "people": 0}
    refused = client.post("/api/flows/hello/pause", headers=headers)
    assert (refused.status_code, "is stopped" in refused.json()["error"]) == (409, True)
    assert client.post("/api/flows/nope/pause", headers=headers).status_code == 404
    assert client.get("/api/flows/nope").status_code == 404
