"""Who is where: the numbers at the steps are those that the history adds up to."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient

from editor.app import create_app
from engine.clock import SettableClock
from engine.core.model import HOUR
from engine.intake.incoming import Incoming
from engine.reports import crowds
from engine.reports.trace import story_of
from engine.service.service import Service
from tests.editor.pages import NOW, sign_in
from tests.editor.test_customers import told

FLOW = """
store "Pages":
  timezone "Europe/Berlin"
  currency EUR

flow hello "Hello":
  enter when purchase

  wait 1 hour as pause
  if entry.value >= 50:
    wait 2 days as rich
  else:
    wait 1 day as poor
"""


def _served(service: Service, flows: Path) -> TestClient:
    front = create_app(service, flows)
    client = TestClient(front, base_url="http://127.0.0.1:8400", follow_redirects=False)
    sign_in(client)
    return client


def _numbers(client: TestClient) -> dict[str, Any]:
    html = client.get("/flows/hello").text
    data = html.partition('id="flow-data"')[2].partition(">")[2].partition("</script>")[0]
    found: dict[str, Any] = orjson.loads(data)["numbers"]
    return found


def _by_history(service: Service) -> tuple[Counter[str], Counter[str]]:
    """Who waits where and who took which way, by each customer's own trace."""
    waiting: Counter[str] = Counter()
    ways: Counter[str] = Counter()
    with service.database.reader() as reader:
        for number in range(1, 7):
            story = story_of(reader, service.data_dir / "published", f"u{number}")
            assert story is not None
            for run in story.runs:
                if run.state == "waiting":
                    waiting[run.steps[-1].step] += 1
                arms = {"yes": "0", "no": "else"}
                ways.update(f"{one.step}/{arms[one.detail]}" for one in run.steps
                            if one.detail in arms)  # fmt: skip
    return waiting, ways


def _shop(tmp_path: Path, service: Service) -> Path:
    flows = tmp_path / "flows"
    (flows / "hello.flow").write_text(FLOW, encoding="utf-8")
    service.publish(flows, author="ada@example.com")
    for number, value in enumerate((10, 20, 60, 70, 80, 90), 1):
        at = {"user": f"u{number}"}
        told(service, Incoming("track", f"m{number}", event="purchase",
                               properties={"value": value}, **at))  # fmt: skip
    service.tick()
    return flows


def test_numbers_are_what_the_history_adds_up_to(service: Service, tmp_path: Path) -> None:
    """At each step, on each way, and right after a publish that moved people, on the draft, too."""
    flows = _shop(tmp_path, service)
    client = _served(service, flows)
    clock = service.clock
    assert isinstance(clock, SettableClock)
    found = _numbers(client)
    assert found["waiting"] == {"pause": 6}
    clock.turn(NOW + 2 * HOUR)
    service.tick()
    found = _numbers(client)
    waiting, ways = _by_history(service)
    assert found["waiting"] == dict(waiting) == {"rich": 4, "poor": 2}
    assert {key: found["ways"][key] for key in ways} == dict(ways)
    # The draft says otherwise already: the numbers stand where a publish would bring people.
    changed = FLOW.replace("    wait 1 day as poor\n", "    wait 4 days as poorer\n")
    (flows / "hello.flow").write_text(
        changed.replace("wait 2 days as rich", "wait 3 days as rich"), encoding="utf-8"
    )
    client = _served(service, flows)
    on_draft = _numbers(client)
    assert on_draft["waiting"]["rich"] == 4
    service.publish(flows, author="ada@example.com")
    service.tick()
    found = _numbers(client)
    assert found["version"] == 3
    assert found["gone"] == found["elsewhere"] == 0
    # Who stood at the step that is gone went on, and out.
    assert found["waiting"] == dict(_by_history(service)[0]) == {"rich": 4}


def test_a_publish_is_counted_though_counting_is_dear(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where one counts rarely, a page that is opened right after a publish has its numbers."""
    flows = _shop(tmp_path, service)
    monkeypatch.setattr(crowds, "CHEAP_S", 0.0)
    monkeypatch.setattr(crowds, "AT_MOST", 1e-9)
    client = _served(service, flows)
    assert _numbers(client)["waiting"] == {"pause": 6}
    changed = FLOW.replace("wait 1 hour as pause", "wait 3 hours as pause")
    (flows / "hello.flow").write_text(changed, encoding="utf-8")
    service.publish(flows, author="ada@example.com")
    service.tick()
    found = _numbers(client)
    assert (found["version"], found["waiting"]) == (3, {"pause": 6})


def test_a_number_lists_its_people(service: Service, tmp_path: Path) -> None:
    """Behind the number stand the customers, the first who came first; no such step is told."""
    flows = _shop(tmp_path, service)
    client = _served(service, flows)
    listed = client.get("/flows/hello/people?step=pause").text
    assert listed.count("<tr data-customer=") == 6
    assert client.get("/flows/hello/people?step=nowhere").status_code == 404
