"""Trying a flow: what is clicked is a test, played on the draft, and it says what came."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from editor.app import Front, create_app
from editor.documents import Documents
from editor.users import add_user
from engine.channels.transport import Envelope, Outcome, delivered
from engine.clock import SettableClock
from engine.intake.incoming import Incoming
from engine.lab.suite import Suite
from engine.service.service import Service
from engine.settings import Settings
from engine.store.products import put
from tests.editor.pages import NOW, PASSWORD, sign_in
from tests.editor.test_customers import told

FLOW = """
store "Pages":
  timezone "Europe/Berlin"
  currency EUR
  language "de"

flow hello "Hello":
  enter when purchase where value >= 20
  exit when refund

  wait 1 hour
  if customer.country is "AT":
    exit "too far"
  send email hello_mail as greeting
  wait 2 days
  send sms hello_text
"""
MAIL = "---\nsubject: Hello {{ customer.first_name }}\n---\n<mjml><mj-body></mj-body></mjml>\n"
ADA = "ada@example.com"


class _Taken:
    """A provider that takes everything."""

    async def deliver(self, key: str, envelope: Envelope) -> Outcome:
        del key, envelope
        return delivered("taken")

    async def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    flows = tmp_path / "flows"
    (flows / "messages").mkdir(parents=True)
    (flows / "hello.flow").write_text(FLOW, encoding="utf-8")
    (flows / "messages" / "hello_mail.email.mjml").write_text(MAIL, encoding="utf-8")
    (flows / "messages" / "hello_mail.en.email.mjml").write_text(
        MAIL.replace("Hello", "Good day"), encoding="utf-8"
    )
    (flows / "messages" / "hello_text.sms.liquid").write_text("Hi", encoding="utf-8")
    clock = SettableClock(NOW)
    made = Service(tmp_path / "data", flows, Settings(), clock, transports={"email": _Taken()})
    made.start(background=False)
    made.writer.run(lambda tx: add_user(tx, ADA, PASSWORD, "viewer", NOW))
    yield made
    made.stop()


@pytest.fixture
def front(service: Service, tmp_path: Path) -> Front:
    return create_app(service, tmp_path / "flows")


class Trying:
    """One trial of the flow `hello`, clicked as the page does it."""

    def __init__(self, front: Front) -> None:
        self.client = TestClient(front, base_url="http://127.0.0.1:8400", follow_redirects=False)
        sign_in(self.client)
        html = self.client.get("/flows/hello").text
        self.token = html.partition('name="csrf" content="')[2].partition('"')[0]
        self.ready = self.client.get("/api/flows/hello/try").json()
        self.asked: dict[str, Any] = {
            "title": "tried",
            "given": self.ready["people"][0]["given"],
            "plays": [],
            "now": 0,
        }
        self.said: dict[str, Any] = {}

    def turn(self) -> dict[str, Any]:
        answer = self.client.post(
            "/api/flows/hello/try", json=self.asked, headers={"X-CSRF-Token": self.token}
        )
        assert answer.status_code == 200, answer.text
        self.said = answer.json()
        self.asked["now"] = self.said["now"]
        return self.said

    def play(self, text: str) -> dict[str, Any]:
        self.asked["plays"].append({"at": self.asked["now"], "text": text})
        return self.turn()

    def next(self) -> dict[str, Any]:
        self.asked["now"] = self.said["next"]
        return self.turn()


def test_clicks_alone_lead_from_the_start_to_the_last_message(front: Front, tmp_path: Path) -> None:
    """What enters the flow is offered, each moment is one click, and the test that is written
    passes for `headrace test`, too.
    """
    trying = Trying(front)
    enters = [one["text"] for one in trying.ready["offers"] if one["group"] == "enters"]
    assert enters == ["purchase (value: 20)"]
    said = trying.play(enters[0])
    while said["next"] is not None:
        said = trying.next()
    scenes = said["play"]["scenes"]
    assert [one["step"] for one in scenes if one["step"]] == [
        "entry", "wait_1_hour", "if_customer_country_is_at", "greeting", "wait_2_days",
        "send_hello_text", "end",
    ]  # fmt: skip
    assert "if_customer_country_is_at/else" in said["play"]["edges"]
    branch = next(one for one in scenes if one["step"] == "if_customer_country_is_at")
    assert branch["seen"] == [["customer.country", "empty"]]
    assert said["holds"]
    assert said["test"].splitlines()[-2:] == [
        "  expect email hello_mail after 1 hour",
        "  expect sms hello_text at 2026-01-07 11:00",
    ]
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "hello.flow").write_text(f"{FLOW}\n{said['test']}", encoding="utf-8")
    suite = Suite.read(kept)
    assert [suite.run(one).failures for one in suite.cases] == [()]


def test_a_message_is_made_by_the_sender_in_the_customers_language(front: Front) -> None:
    """The subject is that of the language's file, and the mail can be looked at."""
    trying = Trying(front)
    trying.asked["given"] = [
        'given customer (email: "ada@example.com", first_name: "Ada", language: "en")'
    ]
    trying.play("purchase (value: 20)")
    said = trying.next()
    (message,) = [one["message"] for one in said["play"]["scenes"] if "message" in one]
    assert (message["subject"], message["language"]) == ("Good day Ada", "en")
    mail = trying.client.get(f"/flows/hello/try/mail/{message['html']}")
    assert mail.status_code == 200
    assert "sandbox" in mail.headers["content-security-policy"]


def test_the_language_is_chosen_and_products_come_from_the_shop(
    front: Front, service: Service
) -> None:
    """Another language is another message; a product that is clicked is as the shop has it."""
    trying = Trying(front)
    assert trying.ready["languages"] == ["en"]
    service.writer.run(lambda tx: put(tx, "tent", {"name": "Tent", "price": 24900}, NOW))
    trying.asked |= {"language": "en", "stocked": True}
    trying.play('purchase (value: 20, items: ["tent"])')
    said = trying.next()
    (message,) = [one["message"] for one in said["play"]["scenes"] if "message" in one]
    assert message["subject"] == "Good day Ada"
    lines = said["test"].splitlines()
    assert lines[1].endswith(', language: "en")')
    assert lines[2] == '  given product "tent" (name: "Tent", price: 249)'
    assert said["holds"]


def test_why_a_step_was_skipped_stands_beside_it(front: Front) -> None:
    """Without an address the mail is skipped, and the scene of its step says why."""
    trying = Trying(front)
    trying.asked["given"] = ['given customer (phone: "+4915112345678")']
    trying.play("purchase (value: 20)")
    said = trying.next()
    (scene,) = [one for one in said["play"]["scenes"] if one["step"] == "greeting"]
    assert scene["outcome"] == "skipped"
    assert scene["says"] == "skipped: no e-mail address"


def test_what_cannot_be_played_is_told_and_an_exit_is_expected(front: Front) -> None:
    """A word that means nothing is refused with the checker's sentence; an exit becomes a line."""
    trying = Trying(front)
    said = trying.play("wobble (value: 20)")
    assert said["problems"] == ['There is no event `wobble`. Declare it with `event wobble "..":`.']
    trying.asked["plays"] = []
    trying.play("purchase (value: 20)")
    trying.asked["now"] = 30 * 60_000
    said = trying.play("refund (value: 20)")
    assert "  expect exit by refund after 30 minutes" in said["test"].splitlines()
    assert "  expect no message" in said["test"].splitlines()
    assert said["holds"]


def test_a_draft_that_was_never_saved_can_be_tried(front: Front) -> None:
    """The trial plays the draft, not the file, and leaves both as they are."""
    pages: Any = front.pages
    files: Documents = pages.app.state.documents
    document = files.document(ADA, "hello.flow")
    changed = document.text.replace("wait 1 hour", "wait 4 hours")
    files.edit(ADA, "hello.flow", document.state, changed)
    trying = Trying(front)
    said = trying.play("purchase (value: 20)")
    assert said["next"] == 4 * 3_600_000
    assert files.document(ADA, "hello.flow").text == changed


def test_a_real_customer_is_tried_without_a_name_in_the_text(
    front: Front, service: Service
) -> None:
    """Messages show who it is; the test, which may be kept for all to read, does not."""
    traits = {
        "email": "grace@example.org",
        "first_name": "Grace",
        "last_name": "Hopper",
        "country": "AT",
        "consent": {"email": True},
    }
    told(service, Incoming("identify", "m1", user="grace", traits=traits))
    trying = Trying(front)
    (person,) = trying.client.get("/api/flows/hello/try/people?q=grace").json()["people"]
    assert person["name"] == "Grace Hopper"
    given = trying.client.get(f"/api/flows/hello/try/people/{person['id']}").json()
    trying.asked |= {
        "given": given["given"], "start": given["start"], "customer": person["id"],
    }  # fmt: skip
    trying.play("purchase (value: 20)")
    said = trying.next()
    assert "grace" not in said["test"].casefold()
    assert "hopper" not in said["test"].casefold()
    assert "  expect exit after 1 hour" in said["test"].splitlines()


def test_what_a_real_customer_was_sent_counts_for_limits(
    front: Front, service: Service, tmp_path: Path
) -> None:
    """A message of the hour before takes the day's place here as there; the page says that it
    counts, and the test, which does not have it, cannot be kept.
    """
    text = FLOW.replace('  language "de"\n', '  language "de"\n  limit 1 message per day\n')
    flow = tmp_path / "flows" / "hello.flow"
    flow.write_text(
        f"{text}\nflow before:\n  enter when sign_up\n  send email hello_mail\n", "utf-8"
    )
    service.publish(tmp_path / "flows", author=ADA)
    agreed = {"email": True}
    traits = {"email": "grace@example.org"}
    told(service, Incoming("identify", "m1", user="grace", traits=traits, consent=agreed))
    told(service, Incoming("track", "m2", user="grace", event="sign_up"))
    service.run_until_idle()
    trying = Trying(front)
    (person,) = trying.client.get("/api/flows/hello/try/people?q=grace").json()["people"]
    given = trying.client.get(f"/api/flows/hello/try/people/{person['id']}").json()
    assert given["notes"] == ["1 message of the last days counts for the limits here."]
    trying.asked |= {
        "given": given["given"], "start": given["start"], "customer": person["id"],
    }  # fmt: skip
    trying.play("purchase (value: 20)")
    said = trying.next()
    (greeting,) = [one for one in said["play"]["scenes"] if one["step"] == "greeting"]
    assert greeting["outcome"] == "skipped"
    assert "limit" in greeting["says"]
    assert not said["holds"]


def test_a_test_of_the_flow_is_played_step_by_step(front: Front) -> None:
    """Each scene names its step and its line; a number that no test has is told."""
    pages: Any = front.pages
    files: Documents = pages.app.state.documents
    document = files.document(ADA, "hello.flow")
    text = f"""{document.text}
test "an hour later" for hello:
  given customer (email: "ada@example.com")
  after 0 minutes purchase (value: 20)
  expect email hello_mail after 1 hour
"""
    files.edit(ADA, "hello.flow", document.state, text)
    trying = Trying(front)
    said = trying.client.get("/api/flows/hello/tests/0").json()
    assert (said["title"], said["outcome"]) == ("an hour later", "passed")
    greeting = next(one for one in said["play"]["scenes"] if one["step"] == "greeting")
    assert greeting["line"] == 14
    assert trying.client.get("/api/flows/hello/tests/7").status_code == 404
