"""What if: invented people on the draft, as numbers on the drawing's steps and ways."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from editor.app import create_app
from editor.users import add_user
from engine.clock import SettableClock
from engine.service.service import Service
from engine.settings import Settings
from tests.editor.pages import NOW, PASSWORD, sign_in

FLOW = """
store "Pages":
  timezone "Europe/Berlin"
  currency EUR

flow carts "Carts":
  enter when add_to_cart
  exit when purchase
  wait 1 hour
  if customer.country is "AT":
    exit "too far"
  experiment words:
    50% as one:
      send email hello
    50% as two:
      send email hello
"""


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    flows = tmp_path / "flows"
    (flows / "messages").mkdir(parents=True)
    (flows / "carts.flow").write_text(FLOW, encoding="utf-8")
    (flows / "messages" / "hello.email.txt").write_text("Hello", encoding="utf-8")
    service = Service(tmp_path / "data", flows, Settings(), SettableClock(NOW))
    service.start(background=False)
    service.writer.run(lambda tx: add_user(tx, "ada@example.com", PASSWORD, "viewer", NOW))
    made = TestClient(
        create_app(service, flows), base_url="http://127.0.0.1:8400", follow_redirects=False
    )
    sign_in(made)
    yield made
    service.stop()


def asked(client: TestClient, flow: str = "carts", **what: int) -> dict[str, Any]:
    page = client.get(f"/flows/{flow}").text
    token = page.partition('name="csrf" content="')[2].partition('"')[0]
    answer = client.post(f"/api/flows/{flow}/what-if", json=what, headers={"x-csrf-token": token})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_the_drawing_gets_numbers_that_fit_each_other(client: TestClient) -> None:
    """Who entered waits; who is through the wait takes one way of each branch."""
    told = asked(client, customers=400, days=30, seed=2)
    steps, ways, season = told["steps"], told["ways"], told["season"]
    assert told["lived"] == 400
    assert steps["entry"] == steps["wait_1_hour"] == season["entered"] > 50
    arms = [count for key, count in ways.items() if key.startswith("words/")]
    assert len(arms) == 2
    sent = sum(season["messages"].values())
    assert sum(arms) == steps["words"] == sent + sum(season["skipped"].values()) > sent > 0
    assert sum(season["messages_per_day"]) == sum(season["messages"].values())
    again = asked(client, customers=400, days=30, seed=2)
    assert (again["steps"], again["ways"]) == (steps, ways)
    assert asked(client, customers=400, days=30, seed=3)["steps"] != steps


def test_strangers_and_nonsense_are_turned_away(client: TestClient) -> None:
    """Without the page's token nothing is done, nor for a number of people that is none."""
    assert client.post("/api/flows/carts/what-if", json={}).status_code == 403
    wrong = client.post("/api/flows/carts/what-if", json={"customers": 0})
    assert wrong.status_code == 422
    assert 'data-do="what-if"' in client.get("/flows/carts").text
