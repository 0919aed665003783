"""Segments in the editor: how many, who, and who came and went."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from fastapi.testclient import TestClient

from editor.app import create_app
from editor.users import add_user
from engine.clock import SettableClock
from engine.core.model import DAY, HOUR
from engine.service.service import Service
from engine.settings import Settings
from engine.store import events

NOW = 1_767_600_000_000
PASSWORD = "a long enough one"
FLOWS = """
store "Pages":
  timezone "Europe/Berlin"
  currency EUR

segment buyers "Bought <lately>":
  did purchase in last 5 days
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "shop.flow").write_text(FLOWS, encoding="utf-8")
    made = Service(tmp_path / "data", tmp_path / "flows", Settings(), SettableClock(NOW))
    made.start(background=False)
    made.writer.run(lambda tx: add_user(tx, "ada@example.com", PASSWORD, "marketer", NOW))

    def work(transaction) -> None:
        for number in range(60):
            told = {"first_name": f"<b>{number}</b>", "email": f"c{number}@shop.example"}
            transaction.execute(
                "insert into customer (id, created_at, properties) values (?, ?, ?)",
                (number + 1, NOW, orjson.dumps(told)),
            )
            new = events.NewEvent(f"m{number}", number + 1, "purchase", NOW, {})
            events.append(transaction, [new], NOW)

    made.writer.run(work)
    made.run_until_idle(NOW + HOUR)
    yield made
    made.stop()


@pytest.fixture
def client(service: Service, tmp_path: Path) -> TestClient:
    made = TestClient(create_app(service, tmp_path / "flows"), base_url="http://127.0.0.1")
    page = made.get("/sign-in").text
    csrf = page.split('name="csrf" value="')[1].split('"')[0]
    made.post(
        "/sign-in",
        data={"email": "ada@example.com", "password": PASSWORD, "csrf": csrf},
        headers={"origin": "http://127.0.0.1"},
    )
    return made


def test_the_overview_tells_sizes_and_movement(client: TestClient) -> None:
    """Every published segment stands there with its members and who came lately."""
    page = client.get("/segments").text
    assert 'href="/segments/buyers"' in page
    assert "Bought &lt;lately&gt;" in page
    (told,) = client.get("/api/segments").json()["segments"]
    assert told["members"] == told["joined_7_days"] == 60
    assert (told["name"], told["title"], told["left_7_days"]) == ("buyers", "Bought <lately>", 0)


def test_members_come_page_by_page(client: TestClient) -> None:
    """All members are reached, each once, whatever the size of the page."""
    seen, after = [], 0
    while after is not None:
        told = client.get(f"/api/segments/buyers?after={after}&limit=25").json()
        seen += [one["customer"] for one in told["page"]]
        after = told["next"]
    assert seen == list(range(1, 61))
    assert "did purchase in last 5 days" in told["conditions"]
    first = client.get("/segments/buyers").text
    assert 'href="/segments/buyers?after=50"' in first
    assert "<b>0</b>" not in first
    assert "c59@shop.example" in client.get("/segments/buyers?after=50").text


def test_who_left_is_told(client: TestClient, service: Service) -> None:
    """A leave stands on top of the history, with its time."""
    service.run_until_idle(NOW + 7 * DAY)
    told = client.get("/api/segments/buyers").json()
    assert told["members"] == 0
    assert told["page"] == []
    assert told["changes"][0]["joined"] is False
    assert "left</strong>" in client.get("/segments/buyers").text


def test_an_unknown_segment_is_no_crash(client: TestClient) -> None:
    """A wrong name is told as such, to people and to scripts."""
    assert client.get("/segments/nobody").status_code == 404
    answer = client.get("/api/segments/nobody")
    assert (answer.status_code, answer.json()) == (404, {"error": "There is no segment nobody."})
    assert client.get("/api/segments/buyers?after=x").status_code == 422


def test_only_who_is_signed_in_sees_them(service: Service, tmp_path: Path) -> None:
    """Without a session there is only the sign-in page."""
    stranger = TestClient(
        create_app(service, tmp_path / "flows"),
        base_url="http://127.0.0.1",
        follow_redirects=False,
    )
    for path in ("/segments", "/segments/buyers", "/api/segments", "/api/segments/buyers"):
        assert stranger.get(path).status_code == 303
