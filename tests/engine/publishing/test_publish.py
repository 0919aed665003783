"""Publishing: versions by content, runs that pin theirs, people who follow."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from engine.core.model import HOUR
from engine.errors import PlanChangedError, ProjectHasErrorsError
from engine.publishing.sources import Sources, unpack
from engine.publishing.wording import words_of
from tests.harness.workshop import HEAD

FLOW = """\
flow f:
  enter when ordered
  wait 1 hour
  send email one
"""


def test_the_same_text_is_the_same_version(workshop) -> None:
    """Publishing what is live already changes nothing."""
    shop = workshop(FLOW)
    assert shop.service.publish(shop.flows).versions == {}


def test_who_finishes_keeps_the_old_version(workshop) -> None:
    """With `finish` people inside get what the old version says, newcomers the new one."""
    shop = workshop(FLOW)
    shop.happen(shop.customer("old"), "ordered")
    shop.forward()
    shop.write(HEAD + FLOW.replace("email one", "email two"))
    assert shop.service.publish(shop.flows, in_flight="finish").versions == {"f": 2}
    shop.reopen()
    shop.happen(shop.customer("new"), "ordered")
    shop.forward(2 * HOUR)
    got = {envelope.to: envelope.message for _, envelope in shop.notebook.taken}
    assert got == {"old@shop.example": "one", "new@shop.example": "two"}


def test_who_follows_goes_on_in_the_new_version(workshop) -> None:
    """By default people inside stand at the same step of the new version."""
    shop = workshop(FLOW)
    shop.happen(shop.customer("old"), "ordered")
    shop.forward()
    shop.write(HEAD + FLOW.replace("email one", "email two"))
    (moved,) = shop.service.publish(shop.flows).moved
    assert (moved.step, moved.target, moved.people) == ("wait_1_hour", "wait_1_hour", 1)
    shop.forward(2 * HOUR)
    assert shop.notebook.messages == ["two"]


def test_errors_publish_nothing(workshop) -> None:
    """A project with errors is refused, and what was live stays live."""
    shop = workshop(FLOW)
    shop.write(HEAD + FLOW.replace("ordered", "no_such_event"))
    with pytest.raises(ProjectHasErrorsError, match="have 1 error"):
        shop.service.publish(shop.flows)
    assert shop.rows("select number, live from flow_version") == [(1, 1)]


def test_flows_on_disk_do_not_go_live_by_themselves(workshop) -> None:
    """A restart runs what was published, not what stands in the folder by now."""
    shop = workshop(FLOW)
    shop.write(HEAD + FLOW.replace("email one", "email two"))
    shop.reopen()
    shop.happen(shop.customer(), "ordered")
    shop.forward(2 * HOUR)
    assert shop.notebook.messages == ["one"]


def test_publishing_without_messages_is_refused(workshop) -> None:
    """Flows that send need their message files."""
    import shutil

    shop = workshop(FLOW)
    shutil.rmtree(shop.flows / "messages")
    with pytest.raises(ProjectHasErrorsError, match="there is no messages/ folder"):
        shop.service.publish(shop.flows)


def test_a_woken_service_goes_on_ticking(workshop) -> None:
    """Events that are announced in the background are applied at once, again and again."""
    shop = workshop(FLOW)
    shop.service.stop()
    shop.service = shop.open(background=True)
    for number in range(3):
        shop.happen(shop.customer(f"c{number}"), "ordered")
        shop.service.wake()
        for _ in range(200):
            if shop.rows("select count(*) from pending") == [(0,)]:
                break
            threading.Event().wait(0.02)
    assert shop.rows("select count(*) from run") == [(3,)]


def test_errors_name_the_authors_file(workshop) -> None:
    """What keeps a project from being published is told by the file that its author edits."""
    shop = workshop(FLOW)
    shop.write(HEAD + FLOW.replace("ordered", "no_such_event"))
    with pytest.raises(ProjectHasErrorsError) as refused:
        shop.service.publish(shop.flows)
    (finding,) = refused.value.findings
    assert finding.startswith(f"{shop.flows / 'shop.flow'}:{HEAD.count(chr(10)) + 2}:")


def test_published_files_are_whole_or_absent(tmp_path: Path, monkeypatch) -> None:
    """A publish killed between two files leaves no half project that would be taken for one."""
    sources = Sources({"a.flow": "a", "messages/b.email.txt": "b"})
    write = Path.write_bytes

    def killed(path: Path, content: bytes) -> int:
        if path.name.startswith("b."):
            raise KeyboardInterrupt
        return write(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", killed)
        with pytest.raises(KeyboardInterrupt):
            unpack(sources, tmp_path)
    folder = unpack(sources, tmp_path)
    assert (folder / "messages" / "b.email.txt").read_text() == "b"
    assert list(tmp_path.iterdir()) == [folder]


def test_the_plan_says_whom_a_line_of_the_store_touches(workshop) -> None:
    """A new limit and other quiet hours are changes, and hold for people inside at once."""
    shop = workshop(FLOW)
    shop.happen(shop.customer("ada"), "ordered")
    shop.happen(shop.customer("bo"), "ordered")
    shop.forward()
    head = HEAD.replace("currency EUR\n", "currency EUR\n  limit 1 message per day\n")
    head = head.replace("currency EUR\n", "currency EUR\n  quiet hours 21:00 to 08:00\n")
    shop.write(head + FLOW)
    plan = shop.service.plan(shop.flows)
    assert not plan.nothing
    lines = [text for _, text in words_of(plan)]
    assert lines[:4] == [
        "The store changes, for all flows at once",
        "  ~ limit 1 messages per day is new",
        "  ~ quiet hours 21:00 to 08:00 are new",
        "  This holds for 2 people inside.",
    ]
    assert plan.as_json()["store"]["people"] == 2
    shop.service.publish(shop.flows, expected=plan.hash)
    assert shop.service.plan(shop.flows).nothing
    with pytest.raises(PlanChangedError):
        shop.service.publish(shop.flows, expected=plan.hash)
