"""The past of a flow, played from its page: asked for, followed, told."""

from __future__ import annotations

from pathlib import Path

import orjson
from fastapi.testclient import TestClient

from editor.views.backtests import Backtests, Played
from engine.clock import SettableClock
from engine.core.model import DAY, HOUR
from engine.service.service import Service
from engine.store import events
from engine.store.writer import Transaction
from tests.editor.pages import FLOWS, NOW, csrf, sign_in


def _live(service: Service) -> None:
    """Somebody from Germany buys; an hour later no mail server takes the mail."""

    def buy(tx: Transaction) -> None:
        about = orjson.dumps({"email": "eva@people.example", "country": "DE", "first_name": "Eva"})
        tx.execute(
            "insert into customer (id, created_at, properties) values (7, ?, ?)", (NOW, about)
        )
        tx.execute("insert into consent (customer, what, allowed, at) values (7, 'email', 1, 0)")
        events.append(tx, [events.NewEvent("m1", 7, "purchase", NOW, {"value": 5})], NOW)

    service.writer.run(buy)
    assert isinstance(service.clock, SettableClock)
    service.run_until_idle(NOW + 2 * HOUR)
    service.clock.turn(NOW + DAY)


def _played(client: TestClient, name: str = "hello") -> Played:
    found: Backtests = client.app.pages.app.state.backtests  # type: ignore[attr-defined]
    played = found.found[name]
    assert played.following is not None
    played.following.join()
    return played


def test_an_edit_is_played_from_the_page(
    service: Service, client: TestClient, tmp_path: Path
) -> None:
    """The page has a form and then the result: which mail would have gone, who it is about and
    why; the publish page says it in a line.
    """
    _live(service)
    file = tmp_path / "flows" / "hello.flow"
    file.write_text(FLOWS.replace("wait 1 hour ", "wait 4 hours"), encoding="utf-8")
    sign_in(client)
    address = "/flows/hello/backtest"
    assert address in client.get("/flows/hello").text
    page = client.get(address).text
    assert "Not played" in page
    assert client.get(f"/api{address}").status_code == 404
    days = {"from": "2026-01-05", "to": "2026-01-06", "csrf": csrf(page)}
    assert client.post(address, data={**days, "from": "when"}).status_code == 409
    assert client.post(address, data=days).status_code == 303
    assert not _played(client).problem
    page = client.get(address).text
    assert 'data-kind="added"' in page
    assert "Eva" in page
    assert "the flow was edited: another version of it sent" in page
    told = client.get(f"/api{address}").json()
    assert told["result"]["messages"][0]["added"] == 1
    line = client.get("/flows/hello/publish").text
    assert "messages: 1 more, 0 fewer, 0 at another time" in line


def test_what_cannot_be_played_is_a_sentence(
    service: Service, client: TestClient, tmp_path: Path
) -> None:
    """A project with errors, and a second backtest beside another, are told as such."""
    _live(service)
    (tmp_path / "flows" / "hello.flow").write_text(FLOWS + "\nflow two:\n", encoding="utf-8")
    sign_in(client)
    address = "/flows/hello/backtest"
    token = csrf(client.get(address).text)
    assert client.post(address, data={"csrf": token}).status_code == 303
    assert "hello.flow" in _played(client).problem
    state: Backtests = client.app.pages.app.state.backtests  # type: ignore[attr-defined]
    state.found["other"] = Played("other", "2026-01-05", "2026-01-06")
    answer = client.post(address, data={"csrf": token})
    assert answer.status_code == 409
    assert "one is played at a time" in answer.text
    assert client.post(address, data={}).status_code == 403
