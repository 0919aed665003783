"""A customer's way on the drawing of the version that they were in."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi.testclient import TestClient

from editor.app import create_app
from engine.clock import SettableClock
from engine.core.model import HOUR
from engine.intake.incoming import Incoming
from engine.service.service import Service
from tests.editor.pages import NOW, sign_in
from tests.editor.test_customers import told

FLOW = """
store "Pages":
  timezone "Europe/Berlin"
  currency EUR
  sender email "Shop <shop@example.com>"

flow hello "Hello":
  enter when purchase

  wait 1 hour
  if entry.value >= 50 and customer.orders >= 1:
    add tag "rich"
  send email hello_mail as greeting
  wait 2 days
"""


def test_a_way_is_lit_with_what_branches_saw_and_why_a_step_was_skipped(
    service: Service, tmp_path: Path
) -> None:
    """The version is the one they were in, though another is live; values are those of the entry,
    and others are said to be not kept; nobody else's run is shown.
    """
    flows = tmp_path / "flows"
    (flows / "hello.flow").write_text(FLOW, encoding="utf-8")
    service.publish(flows, author="ada@example.com")
    told(
        service,
        Incoming("track", "m1", user="u1", event="purchase", properties={"value": 60}),
        Incoming("identify", "m2", user="u2", traits={"first_name": "Eve"}),
    )
    service.tick()
    clock = service.clock
    assert isinstance(clock, SettableClock)
    clock.turn(NOW + 2 * HOUR)
    service.tick()
    client = TestClient(
        create_app(service, flows), base_url="http://127.0.0.1:8400", follow_redirects=False
    )
    sign_in(client)
    html = client.get("/customers/u1").text
    (link,) = set(re.findall(r'href="(/customers/u1/runs/\d+)"', html))
    shown = client.get(link).text
    marks = dict(re.findall(r'data-step="([^"]+)" data-kind="\w+" data-line="\d+" data-mark="(\w+)"', shown))  # fmt: skip  # noqa: E501
    assert marks == {
        "entry": "passed",
        "wait_1_hour": "passed",
        "if_entry_value_50_and_customer_orders_1": "passed",
        "add_tag_rich": "passed",
        "greeting": "skipped",
        "wait_2_days": "here",
    }
    assert "entry.value: 60" in shown
    assert " ".join(shown.split()).count("is not kept: <code>customer.orders</code>") == 1
    assert "no e-mail address" in shown
    assert shown.count('data-lit=""') == 5
    run = link.rpartition("/")[2]
    assert client.get(f"/customers/u2/runs/{run}").status_code == 404
    assert client.get("/customers/u1/runs/999").status_code == 404
