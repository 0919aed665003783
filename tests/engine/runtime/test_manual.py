"""Flows that somebody starts or stops by hand, in the running service on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from engine.core.model import DAY, HOUR
from engine.errors import RefusedError
from engine.intake import keys
from engine.public.app import create_public_app
from engine.runtime.manual import Byhand, Request, UnknownError
from tests.harness.workshop import Workshop

FLOWS = """
flow care "A call from us":
  enter manually
  enter when ordered
  only if not customer has tag "left alone"
  re-enter after 7 days

  if entry.total >= 40:
    send email one
  wait 2 days
  send email two

flow usual "Not by hand":
  enter when ordered

  wait 1 day
  send email three
"""


def do(shop: Workshop, act: Any, flow: str = "care", who: str = "ada", name: str = "m1",
       **properties: Any) -> Byhand:  # fmt: skip
    return shop.service.by_hand(Request(act, flow, who, name, "test", properties))


def test_somebody_enters_with_what_was_told(workshop: Any) -> None:
    """The entry's properties are read by their types: money in minor units."""
    shop = workshop(FLOWS)
    ada = shop.customer("ada")
    done = do(shop, "start", total=40, note="on the phone")
    assert (done.outcome, done.customer, len(done.runs)) == ("entered", ada, 1)
    shop.forward(2 * DAY)
    assert shop.notebook.messages == ["one", "two"]


def test_asking_again_starts_nothing_again(workshop: Any) -> None:
    """The same message id is the same request, also after the run has ended."""
    shop = workshop(FLOWS)
    shop.customer("ada")
    assert do(shop, "start").outcome == "entered"
    shop.forward(3 * DAY)
    assert do(shop, "start").outcome == "repeated"
    shop.forward(3 * DAY)
    assert shop.notebook.messages == ["two"]


def test_who_is_inside_or_too_early_is_told_so(workshop: Any) -> None:
    """The flow's own rules hold, and whoever asked learns why nobody entered."""
    shop = workshop(FLOWS)
    shop.customer("ada")
    do(shop, "start")
    assert do(shop, "start", name="m2") == Byhand("skipped", 1, [], "is in this flow already")
    shop.forward(3 * DAY)
    assert "less than 7 days ago" in do(shop, "start", name="m3").reason
    shop.forward(7 * DAY)
    assert do(shop, "start", name="m4").outcome == "entered"


def test_stopping_ends_the_run_and_its_messages(workshop: Any) -> None:
    """A stopped run sends nothing more; stopping twice is harmless."""
    shop = workshop(FLOWS)
    shop.customer("ada")
    done = do(shop, "start")
    shop.forward(HOUR)
    assert do(shop, "stop", name="s1").runs == done.runs
    assert do(shop, "stop", name="s2").runs == []
    shop.forward(5 * DAY)
    assert shop.notebook.messages == []
    assert shop.rows("select end_kind from run") == [("stopped",)]


@pytest.mark.parametrize(
    ("flow", "who", "kind", "words"),
    [
        ("nothing", "ada", UnknownError, "no flow called nothing"),
        ("care", "nobody@shop.example", UnknownError, "no customer 'nobody@shop.example'"),
        ("usual", "ada", RefusedError, "nobody enters usual by hand"),
    ],
)
def test_what_cannot_be_started_is_refused(
    workshop: Any, flow: str, who: str, kind: type[Exception], words: str
) -> None:
    """A sentence says what is wrong, and nothing is stored."""
    shop = workshop(FLOWS)
    shop.customer("ada")
    with pytest.raises(kind, match=words):
        do(shop, "start", flow, who)
    assert shop.rows("select count(*) from event") == [(0,)]


def test_a_message_id_belongs_to_one_request(workshop: Any) -> None:
    """Another customer under a known message id is refused."""
    shop = workshop(FLOWS)
    shop.customer("ada")
    shop.customer("ben")
    do(shop, "start")
    with pytest.raises(RefusedError, match="used for something else"):
        do(shop, "start", who="ben")


def test_a_shop_s_server_does_it_over_http(workshop: Any) -> None:
    """With a server key only; errors say what is wrong; a retry is harmless."""
    shop = workshop(FLOWS)
    ada, now = shop.customer("ada"), shop.clock.now()
    server = shop.service.writer.run(lambda tx: keys.create(tx, "shop", "server", now))
    browser = shop.service.writer.run(lambda tx: keys.create(tx, "page", "browser", now))
    client = TestClient(create_public_app(shop.service))

    def post(path: str, body: Any, key: str = server) -> tuple[int, dict[str, Any]]:
        answer = client.post(path, json=body, auth=(key, ""))
        return answer.status_code, answer.json()

    start = "/v1/flows/care/start"
    told = {"userId": "ada", "messageId": "m1", "properties": {"total": 50}}
    status, said = post(start, told)
    assert (status, said["outcome"], said["customer"]) == (200, "entered", ada)
    assert post(start, told)[1]["outcome"] == "repeated"
    assert post(start, told, "wrong")[0] == 401
    assert post(start, told, browser)[0] == 403
    assert post(start, {"userId": ""})[0] == 400
    assert post(start, {"userId": "ben"}) == (
        404,
        {"code": "not_found", "message": "There is no customer 'ben'."},
    )
    assert post("/v1/flows/usual/start", {"userId": "ada"})[0] == 409
    assert post("/v1/flows/care/stop", {"email": "ada@shop.example"})[1]["runs"] == said["runs"]
