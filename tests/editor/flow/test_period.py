"""The figures at a flow's steps are of the days that somebody chose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from editor.users import add_user
from engine.channels.transport import Envelope, Outcome, delivered
from engine.clock import SettableClock
from engine.core.model import DAY, HOUR
from engine.intake.incoming import Incoming
from engine.service.service import Service
from engine.settings import Settings
from tests.editor.pages import FLOWS, MAIL, NOW, PASSWORD, sign_in
from tests.editor.test_customers import told


class Box:
    """A mail server that takes everything."""

    async def deliver(self, _key: str, _envelope: Envelope) -> Outcome:
        return delivered()

    async def close(self) -> None:
        """Nothing to let go of."""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    flows = tmp_path / "flows"
    (flows / "messages").mkdir(parents=True)
    (flows / "hello.flow").write_text(FLOWS, encoding="utf-8")
    (flows / "messages" / "hello_mail.email.mjml").write_text(MAIL, encoding="utf-8")
    box = {"email": Box()}
    made = Service(tmp_path / "data", flows, Settings(), SettableClock(NOW), transports=box)
    made.start(background=False)
    made.writer.run(lambda tx: add_user(tx, "ada@example.com", PASSWORD, "marketer", NOW))
    yield made
    made.stop()


@pytest.mark.parametrize(
    ("days", "sent", "says"),
    [
        ("", 1, "Since it began: 1 sent"),
        ("90", 1, "In the last 90 days: 1 sent"),
        ("30", 0, ""),
        ("31", 1, "Since it began: 1 sent"),
        ("x; y", 1, "Since it began: 1 sent"),
    ],
)
def test_of_the_last_days(
    client: TestClient, service: Service, days: str, sent: int, says: str
) -> None:
    """A mail of forty days ago is one of the last ninety; what is no choice chooses all."""
    traits = {"email": "a@b.example", "country": "DE"}
    told(service, Incoming("identify", "m0", user="u", traits=traits, consent={"email": True}))
    told(service, Incoming("track", "m1", user="u", event="purchase", properties={"value": 1}))
    service.run_until_idle(service.clock.now() + 2 * HOUR)
    assert isinstance(service.clock, SettableClock)
    service.clock.turn(service.clock.now() + 40 * DAY)
    sign_in(client)
    client.cookies.set("headrace_days", days)
    html = client.get("/flows/hello").text
    assert re.findall(r'class="badge sent" title="([^,"]*)', html) == ([says] if says else [])
    facts = client.get("/flows/hello/inspector?step=greeting").text
    assert f"<dt>Sent</dt><dd>{sent}</dd>" in facts
    chosen = days if days in ("30", "90") else ""
    assert re.findall(r'<option value="(\d*)" selected>in the', facts) == (
        [chosen] if chosen else []
    )
