"""What the story of a customer tells, and what it leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.clock import SettableClock
from engine.core.calendar import iso
from engine.core.model import MINUTE
from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from engine.reports.trace import Story, story_of
from engine.service.service import Service
from engine.settings import Settings

NOW = 1_767_600_000_000
FLOWS = """
store "Trace":
  timezone "Europe/Berlin"
  currency EUR

flow hello:
  enter when subscribe
  re-enter never
  goal add_to_cart within 5 days

  add tag "said hello"

flow club:
  enter when subscribe
  only if customer.country is "DE"

  wait 1 day
  add tag "in the club"
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "hello.flow").write_text(FLOWS, encoding="utf-8")
    made = Service(tmp_path / "data", flows, Settings(), SettableClock(NOW))
    made.start(background=False)
    yield made
    made.stop()


def told(service: Service, message_id: str, **consent: bool) -> Story:
    about = Incoming(
        "identify",
        message_id,
        user="ada",
        traits={"email": "ada@example.com", "phone": "+4915112345678"},
        consent=consent,
    )
    now = service.clock.now() + MINUTE
    service.run_until_idle(now)
    service.writer.run(lambda tx: take(tx, [about], service.deployment.types, now))
    service.run_until_idle()
    with service.database.reader() as reader:
        story = story_of(reader, service.data_dir / "published", "ada")
    assert story is not None
    return story


def test_one_telling_of_three_consents_enters_once_and_is_refused_once(service: Service) -> None:
    """Whoever agrees to three channels at once has one run, and one line where a flow refuses."""
    story = told(service, "m1", email=True, sms=True, whatsapp=True)
    assert [(run.flow, run.state) for run in story.runs] == [
        ("hello", "ended"),
        ("club", "skipped"),
    ]
    later = told(service, "m2", email=False, sms=False, whatsapp=False)
    again = told(service, "m3", email=True, sms=True, whatsapp=True)
    assert later == story
    assert [(run.flow, run.state) for run in again.runs].count(("hello", "skipped")) == 1


def test_a_story_tells_when_the_goal_was_reached_and_by_what(service: Service) -> None:
    """Also after the run has ended: the goal stands among its steps, once, at its moment."""
    told(service, "m1", email=True)
    at = service.clock.now() + MINUTE
    service.run_until_idle(at)
    carts = [
        Incoming("track", f"cart {number}", user="ada", event="add_to_cart") for number in (1, 2)
    ]
    service.writer.run(lambda tx: take(tx, carts, service.deployment.types, at))
    service.run_until_idle()
    story = told(service, "m2", email=True)
    (hello,) = [run for run in story.runs if run.flow == "hello"]
    goals = [(one.at, one.outcome, one.detail) for one in hello.steps if one.kind == "goal"]
    assert goals == [(iso(at), "reached", "add_to_cart")]
