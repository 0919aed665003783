"""What makes a version, what is published together, and what a plan promises."""

from __future__ import annotations

import threading
from typing import Any

import orjson
import pytest
import typer
from typer.testing import CliRunner

from engine.cli import plan as cli_plan
from engine.cli import publish as cli_publish
from engine.core.model import DAY, HOUR
from engine.errors import PlanChangedError, ProjectHasErrorsError
from engine.publishing import migration as moving
from engine.reports.trace import story_of
from tests.harness.workshop import HEAD, Workshop

SHARED = (
    HEAD
    + """\
segment rich:
  customer.total_spent > 100

coupon thanks:
  10% off

score heat:
  +1 on ordered

"""
)
TWO = """\
flow first:
  enter when ordered
  only if customer in segment rich
  give coupon thanks
  wait 1 hour
  send email one

flow second:
  enter when ordered
  wait 1 day
  send email two
"""


def _versions(shop: Workshop, text: str) -> dict[str, int]:
    shop.write(text)
    return shop.service.publish(shop.flows).versions


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("total_spent > 100", "total_spent > 200", {"first": 2}),
        ("10% off", "20% off", {"first": 2}),
        ("  note text", "  note number", {"first": 2, "second": 2}),
        ("+1 on ordered", "+2 on ordered", {}),
        ("wait 1 day", "wait 2 days", {"second": 2}),
        ("flow second:", "# why\nflow second:", {}),
        ("store ", "\n\nstore ", {}),
        ("Europe/Berlin", "Europe/Vienna", {"first": 2, "second": 2}),
        ("SHOP", "STORE", {}),
    ],
)
def test_a_flow_gets_a_version_when_something_it_speaks_of_changes(
    workshop, old: str, new: str, changed: dict[str, int]
) -> None:
    """Its own words and the declarations it uses; comments, layout and strangers do not count."""
    shop = workshop(TWO, head=SHARED)
    assert _versions(shop, (SHARED + TWO).replace(old, new)) == changed


def test_a_changed_message_is_a_new_version_of_the_flows_that_send_it(workshop) -> None:
    """What a flow says is part of it."""
    shop = workshop(TWO, head=SHARED)
    path = shop.flows / "messages" / "two.email.txt"
    path.write_text(path.read_text().replace("Hello", "Good day"))
    assert shop.service.publish(shop.flows).versions == {"second": 2}


def test_who_finishes_gets_the_old_message_and_the_old_coupon(workshop) -> None:
    """An old version goes on with all it speaks of, also what is declared and written no more."""
    shop = workshop(
        "flow f:\n  enter when ordered\n  wait 1 hour\n  give coupon thanks\n  send email one\n",
        head=SHARED,
    )
    message = shop.flows / "messages" / "one.email.txt"
    message.write_text("---\nsubject: one\n---\n{{ coupon.code }}\n")
    shop.service.publish(shop.flows)
    shop.happen(shop.customer(), "ordered")
    shop.forward()
    shop.write(HEAD + "flow f:\n  enter when ordered\n  wait 1 hour\n  send email two\n")
    message.unlink()
    shop.service.publish(shop.flows, in_flight="finish")
    shop.reopen()
    shop.forward(2 * HOUR)
    assert shop.rows("select reason from failure") == []
    assert shop.notebook.messages == ["one"]
    assert shop.rows("select count(*) from coupon_code") == [(1,)]


def test_people_in_a_removed_flow_finish_it(workshop) -> None:
    """A deleted flow takes nobody in any more; the plan says who finishes it, and they do."""
    shop = workshop(TWO, head=SHARED)
    shop.happen(shop.customer(), "ordered")
    shop.forward()
    shop.write((SHARED + TWO).partition("flow second:")[0])
    gone = shop.service.plan(shop.flows).of("second")
    assert (gone.state, gone.inside) == ("removed", 1)
    assert [one.how for one in gone.people] == ["finish"]
    assert shop.service.publish(shop.flows).removed == ["second"]
    shop.happen(shop.customer("late"), "ordered")
    shop.reopen()
    shop.forward(2 * DAY)
    assert shop.notebook.messages == ["two"]


def test_a_renamed_flow_is_another_flow(workshop) -> None:
    """The plan warns that its people finish under the old name and may enter the new one."""
    shop = workshop(TWO, head=SHARED)
    shop.write((SHARED + TWO).replace("flow second", "flow third"))
    (warning,) = shop.service.plan(shop.flows).of("second").warnings
    assert warning.startswith("third has the same steps")


def test_a_plan_that_is_no_longer_true_is_not_published(workshop) -> None:
    """`--plan` refuses when the flows or what is live have changed, not when people moved."""
    shop = workshop(TWO, head=SHARED)
    shop.write((SHARED + TWO).replace("1 day", "2 days"))
    planned = shop.service.plan(shop.flows)
    shop.happen(shop.customer(), "ordered")
    shop.forward()
    assert shop.service.plan(shop.flows).hash == planned.hash
    shop.write((SHARED + TWO).replace("1 day", "3 days"))
    with pytest.raises(PlanChangedError, match="plan again"):
        shop.service.publish(shop.flows, expected=planned.hash)
    assert shop.rows("select max(number) from flow_version") == [(1,)]


def test_two_publishes_at_once_come_one_after_the_other(workshop) -> None:
    """Of two who publish what they planned on the same ground only one gets it."""
    shop = workshop(TWO, head=SHARED)
    shop.write((SHARED + TWO).replace("1 day", "2 days"))
    planned = shop.service.plan(shop.flows).hash
    said: list[Any] = []

    def publish() -> None:
        try:
            said.append(shop.service.publish(shop.flows, expected=planned).versions)
        except PlanChangedError:
            said.append("refused")

    threads = [threading.Thread(target=publish) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, said)) == ["refused", "{'second': 2}"]


def test_a_broken_message_publishes_nothing(workshop) -> None:
    """A project whose messages have errors is refused like one whose flows have."""
    shop = workshop(TWO, head=SHARED)
    path = shop.flows / "messages" / "two.email.txt"
    path.write_text("---\nsubject: {% if %}\n---\nHello {{ customer.first_name\n")
    with pytest.raises(ProjectHasErrorsError) as refused:
        shop.service.publish(shop.flows)
    assert any("two.email.txt" in finding for finding in refused.value.findings)
    assert shop.rows("select max(number) from flow_version") == [(1,)]


def test_many_people_are_moved_in_pieces(workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is not moved yet runs the old version; a server that was killed moves on when it
    starts, and everybody gets each message once.
    """
    monkeypatch.setattr(moving, "AT_ONCE", 3)
    monkeypatch.setattr(moving, "PIECE", 4)
    shop = workshop(TWO, head=SHARED)
    for number in range(10):
        shop.happen(shop.customer(f"c{number}"), "ordered")
    shop.forward()
    with monkeypatch.context() as killed:
        killed.setattr("engine.service.service.move_on", lambda _writer, _live: [])
        _versions(shop, (SHARED + TWO).replace("1 day", "3 days"))
    live = shop.service.live
    moved = shop.service.writer.run(
        lambda tx: moving.move_piece(tx, live.versions, "Europe/Berlin", frozenset())
    )
    assert [one.people for one in moved or []] == [4]
    count = "select version, count(*) from run where ended_at is null group by version order by 1"
    assert shop.rows(count) == [(1, 6), (2, 4)]
    shop.forward(25 * HOUR)
    assert len(shop.notebook.messages) == 6
    shop.reopen()
    assert shop.rows("select count(*) from version_move") == [(0,)]
    shop.forward(3 * DAY)
    assert shop.notebook.messages == ["two"] * 10


def test_the_verbs_say_what_the_service_says(workshop) -> None:
    """`plan` changes nothing and prints one JSON document; `publish --plan` does what it said."""
    app = typer.Typer()
    cli_plan.register(app)
    cli_publish.register(app)
    shop = workshop(TWO, head=SHARED)
    shop.happen(shop.customer(), "ordered")
    shop.forward()
    shop.service.stop()
    shop.write((SHARED + TWO).replace("1 day", "2 days"))
    folder = [str(shop.flows), "--data", str(shop.folder / "data"), "--format", "json"]
    planned = orjson.loads(CliRunner().invoke(app, ["plan", *folder]).stdout)
    (second,) = [one for one in planned["flows"] if one["flow"] == "second"]
    assert (second["state"], second["version"], second["next_version"]) == ("changed", 1, 2)
    (stand,) = second["people"]
    assert (stand["step"], stand["target"], stand["people"]) == ("wait_1_day", "wait_2_days", 1)
    wrong = CliRunner().invoke(app, ["publish", *folder, "--plan", "0" * 16])
    assert (wrong.exit_code, wrong.stdout) == (1, "")
    done = CliRunner().invoke(app, ["publish", *folder, "--plan", planned["hash"]])
    assert orjson.loads(done.stdout)["versions"] == {"second": 2}
    again = CliRunner().invoke(app, ["plan", *folder[:3]])
    assert "Nothing changes." in again.stdout
    shop.service = shop.open()


def test_a_moved_persons_story_has_the_lines_of_both_versions(workshop) -> None:
    """A step that is gone by now is told by its line in the version that it was taken in."""
    shop = workshop(TWO, head=SHARED)
    shop.happen(shop.customer(), "ordered")
    shop.forward()
    shop.write((SHARED + TWO).replace("1 day", "2 days"))
    shop.service.publish(shop.flows)
    with shop.service.database.reader() as reader:
        story = story_of(reader, shop.service.data_dir / "published", "ada", "second")
    assert story is not None
    line = (SHARED + TWO).partition("  wait 1 day")[0].count("\n") + 1
    told = [(one.step, one.line) for one in story.runs[0].steps[1:]]
    assert told == [("wait_1_day", line), ("wait_2_days", line)]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("moved nowhere to exit", "names a step that this flow never had"),
        ("moved rest to exit", "does nothing: there still is a step called rest"),
    ],
)
def test_a_moved_line_without_effect_is_told(workshop, line: str, says: str) -> None:
    """The plan warns of `moved` for a step that is still there, or never was."""
    flow = "flow f:\n  enter when ordered\n{}  wait 1 day as rest\n  send email one\n"
    shop = workshop(flow.format(""))
    shop.write(HEAD + flow.format(f"  {line}\n"))
    (warning,) = shop.service.plan(shop.flows).of("f").warnings
    assert says in warning
