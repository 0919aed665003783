"""The past of a flow, played from its page: asked for, followed, told."""

from __future__ import annotations

from pathlib import Path

import orjson
from fastapi.testclient import TestClient

from editor.views.backtest_words import ACTS, SAID
from editor.views.backtests import Backtests, Played
from engine.backtest import holding
from engine.backtest.result import ASSUMED, REASONS, BacktestResult, Tally
from engine.clock import SettableClock
from engine.core.calendar import iso
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


def test_all_that_a_backtest_says_is_known_to_the_pages() -> None:
    """Every reason and every assumption can be said in German, and every act by its name."""
    assert {*REASONS.values(), *ASSUMED.values()} <= set(SAID)
    assert set(ACTS) == set(holding.ACTS)


def test_many_people_to_look_at_stand_on_pages(service: Service, client: TestClient) -> None:
    """Fifty at a time, all of them or of one kind; the page says what was imported, and when a flow
    was paused, in German too.
    """
    _live(service)
    sign_in(client)
    address = "/flows/hello/backtest"
    client.get(address)
    empty = BacktestResult("hello", NOW, NOW + DAY, Tally(), (), 0, 1.0, as_if_known=True)
    result = empty.as_json()
    about = {"flow": "hello", "message": "hello_mail", "channel": "email", "customer": 7}
    result["differences"] = [
        {**about, "kind": kind, "at": iso(NOW), "live_at": None, "says": REASONS["imported"]}
        for kind, count in (("added", 60), ("later", 3))
        for _ in range(count)
    ]
    result["held_back"] = [{"at": iso(NOW), "act": "flow pause", "flow": "hello"}]
    state: Backtests = client.app.pages.app.state.backtests  # type: ignore[attr-defined]
    state.found["hello"] = Played("hello", "2026-01-05", "2026-01-06", "then", result=result)
    rows = [
        client.get(f"{address}?{asked}").text.count("<tr data-kind=")
        for asked in ("", "after=50", "kind=added&after=50", "kind=later")
    ]
    assert rows == [50, 13, 10, 3]
    assert client.get(f"{address}?kind=nothing").status_code == 422
    german = client.get(address, headers={"Accept-Language": "de"}).text
    assert "hello wurde pausiert" in german
    assert "der Shop wusste es damals nicht" in german
    assert "Als wäre es damals bekannt gewesen" in german
