"""Stopping marketing in the browser, and why a customer cannot be written to."""

from __future__ import annotations

import orjson
from fastapi.testclient import TestClient

from editor.users import add_user
from engine.publishing.brakes import Key, hold
from engine.service.service import Service
from tests.editor.pages import NOW, PASSWORD, csrf, sign_in


def test_a_marketer_stops_all_marketing(client: TestClient, service: Service) -> None:
    """One button stops it, every page says so, and the same page lets it go on."""
    sign_in(client)
    page = client.get("/marketing").text
    told = {"csrf": csrf(page), "act": "stop", "reason": "<b>wrong prices"}
    assert client.post("/marketing", data=told).status_code == 303
    assert service.live.brakes.everything is not None
    assert service.live.brakes.everything.who == "ada@example.com"
    assert "&lt;b&gt;wrong prices" in client.get("/marketing").text
    assert "All marketing is stopped." in client.get("/flows").text
    client.post("/marketing", data={**told, "act": "resume"})
    assert service.live.brakes.everything is None
    assert "All marketing is stopped." not in client.get("/flows").text


def test_an_alarm_is_seen_and_lifted(client: TestClient, service: Service) -> None:
    """What an alarm stopped is on every page until a person lets it go on."""
    sign_in(client)
    key = Key("hello", "hi", "email")
    service.writer.run(lambda tx: hold(tx, service.live, key, "alarm", "9 complaints"))
    assert "An alarm has stopped a message." in client.get("/flows").text
    page = client.get("/marketing").text
    assert "9 complaints" in page
    told = {"csrf": csrf(page), "act": "lift", **key._asdict()}
    assert client.post("/marketing", data=told).status_code == 303
    assert not service.live.brakes.messages
    assert client.post("/marketing", data=told).status_code == 409


def test_scripts_stop_it_too(client: TestClient, service: Service) -> None:
    """The API tells and does the same, with the token alone."""
    sign_in(client)
    seen = client.get("/api/marketing").json()
    assert (seen["stopped"], seen["messages"]) == (False, [])
    assert client.post("/api/marketing/stop").status_code == 403
    headers = {"x-csrf-token": seen["csrf"]}
    done = client.post("/api/marketing/stop?reason=a+leak", headers=headers).json()
    assert (done["stopped"], done["everything"]["reason"]) == (True, "a leak")
    assert client.post("/api/marketing/resume", headers=headers).json()["stopped"] is False
    assert client.post("/api/marketing/lift?flow=a&message=b", headers=headers).status_code == 409


def test_who_may_only_look(client: TestClient, service: Service) -> None:
    """A viewer sees what is stopped and changes nothing; so does a form without its token."""
    service.writer.run(lambda tx: add_user(tx, "vera@example.com", PASSWORD, "viewer", NOW))
    token = csrf(client.get("/sign-in").text)
    client.post("/sign-in", data={"csrf": token, "email": "vera@example.com", "password": PASSWORD})
    seen = client.get("/api/marketing").json()
    headers = {"x-csrf-token": seen["csrf"]}
    assert client.post("/api/marketing/stop", headers=headers).status_code == 403
    assert client.post("/marketing", data={"act": "stop"}).status_code == 403
    assert "<button" not in client.get("/marketing").text.partition('<main id="content">')[2]
    assert service.live.brakes.everything is None


def test_why_one_cannot_be_written_to(client: TestClient, service: Service) -> None:
    """A customer's page says why she gets nothing; who may, lets it be used again with a reason."""
    sign_in(client)

    def work(tx: object) -> int:
        number = service.writer and tx.number("customer")  # type: ignore[attr-defined]
        about = orjson.dumps({"email": "ada@shop.example"})
        tx.execute(  # type: ignore[attr-defined]
            "insert into customer (id, created_at, properties) values (?, ?, ?)",
            (number, NOW, about),
        )
        service.suppressions.add(tx, "email", "ada@shop.example", "bounced", NOW)  # type: ignore[arg-type]
        return int(number)

    number = service.writer.run(work)
    page = client.get(f"/customers/{number}").text
    assert "bounced: there is no such mailbox" in page
    path = f"/customers/{number}/suppression"
    told = {"csrf": csrf(page), "channel": "email", "reason": " "}
    assert client.post(path, data=told).status_code == 422
    assert client.post(path, data={**told, "reason": "she called us"}).status_code == 303
    assert "bounced: there" not in client.get(f"/customers/{number}").text
    acts = service.writer.run(
        lambda tx: tx.rows("select who, act from audit where act like 'sup%'")
    )
    assert acts == [("ada@example.com", "suppress lift")]
