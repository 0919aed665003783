"""Stopping marketing: all of it by one switch, or a message of which too much comes back."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
import typer
from typer.testing import CliRunner

from engine.cli import marketing
from engine.delivery.alarms import Alarms
from engine.intake import feedback
from engine.intake.feedback import Report
from engine.messages.links import MessageRef
from engine.service.operations import operation
from engine.store import feedback as stored
from tests.harness.workshop import DAY, HOUR, Workshop

FLOW = """
flow carts:
  enter when add_to_cart
  send email one

flow thanks:
  enter when purchase
  transactional
  send email two

flow others:
  enter when view_item
  send email three
"""


@pytest.fixture
def shop(workshop: Any) -> Workshop:
    made: Workshop = workshop(FLOW)
    return made


def act(shop: Workshop, **request: Any) -> dict[str, Any]:
    return operation("marketing").run(shop.service, request)


def test_one_switch_stops_all_marketing(shop: Workshop) -> None:
    """Stopped, nothing of marketing leaves and order confirmations do; then all goes on."""
    ada = shop.customer()
    done = act(shop, act="stop", reason="wrong prices", author="ada@shop.example")
    assert done["everything"]["reason"] == "wrong prices"
    shop.happen(ada, "add_to_cart")
    shop.happen(ada, "purchase")
    shop.forward(HOUR)
    assert shop.notebook.messages == ["two"]
    shop.reopen()
    shop.forward()
    assert shop.notebook.messages == ["two"], "it stands after a restart"
    assert act(shop, act="resume")["stopped"] is False
    shop.forward()
    assert shop.notebook.messages == ["two", "one"]
    acts = shop.rows("select who, act from audit where act like 'marketing%' order by id")
    assert acts == [("ada@shop.example", "marketing stop"), ("command line", "marketing resume")]


def test_what_is_too_late_is_skipped(shop: Workshop) -> None:
    """After two days nobody gets what was due on the first: no burst."""
    ada = shop.customer()
    act(shop, act="stop")
    shop.happen(ada, "add_to_cart")
    shop.forward(2 * DAY)
    act(shop, act="resume")
    shop.forward()
    assert shop.notebook.messages == []
    assert shop.rows("select state, reason from intent") == [("skipped", "too late")]


def test_nothing_is_claimed_after_the_switch(shop: Workshop) -> None:
    """What is decided and not taken over yet when the switch is thrown stays in the house."""
    ada = shop.customer()
    shop.happen(ada, "add_to_cart")
    while shop.service.rounds.work():
        pass
    assert shop.rows("select state from intent") == [("ready",)]
    act(shop, act="stop")
    shop.service.sender.drain()
    assert shop.notebook.messages == []


def test_the_verb(shop: Workshop) -> None:
    """The command line stops, tells and lets go on, and says no to what makes no sense."""
    shop.service.stop()
    app = typer.Typer()
    marketing.register(app)

    def run(*words: str) -> Any:
        data = ("--data", str(shop.folder / "data"))
        return CliRunner().invoke(app, ["marketing", *words, *data])

    assert run("status").output == "nothing is stopped\n"
    assert run("stop", "--reason", "a leak").exit_code == 0
    told = orjson.loads(run("status", "--format", "json").output)
    assert (told["stopped"], told["everything"]["reason"]) == (True, "a leak")
    assert "by command line: a leak" in run("status").output
    assert run("resume").exit_code == 0
    assert run("status").output == "nothing is stopped\n"
    assert run("lift", "carts", "one").exit_code != 0
    shop.service = shop.open()


def come(shop: Workshop, kind: Any, count: int, message: str = "one", start: int = 0) -> None:
    """So many reports of a message that has just been sent."""
    flow = {"one": "carts", "two": "thanks", "three": "others"}[message]
    ref = MessageRef(1, 1, flow, "s", 1, "email", message)
    reports = [
        Report(kind, "email", "test", f"{message} {one}", address=f"{one}@x.example", message=ref)
        for one in range(start, start + count)
    ]
    types, now = shop.service.deployment.types, shop.clock.now()
    shop.service.writer.run(lambda tx: feedback.apply(tx, types, now, reports))


def send(shop: Workshop, message: str, count: int, first: int = 1_000_000) -> None:
    """As if it had been sent so often."""
    flow = {"one": "carts", "two": "thanks", "three": "others"}[message]
    now = shop.clock.now()

    def work(tx: Any) -> None:
        number = shop.service.live.flows.number(tx, flow)
        tx.executemany(
            "insert into intent (run, step, visit, recipient, customer, flow, version, channel,"
            " message, made_at, due_at, priority, counts, state, attempts, done_at, reason,"
            " provider_id) values (?, 's', 1, 0, 99, ?, 1, 'email', ?, ?, ?, 10, ?, 'sent', 1, ?,"
            " '', '')",
            [(first + one, number, message, now, now, True, now) for one in range(count)],
        )

    shop.service.writer.run(work)


@pytest.mark.parametrize(
    ("kind", "too_many"), [("complained", 3), ("hard_bounce", 50), ("soft_bounce", 50)]
)
def test_a_message_of_which_too_much_comes_back(shop: Workshop, kind: Any, too_many: int) -> None:
    """At the limit it is stopped, and it alone; a person lets it go on, and it counts anew."""
    send(shop, "one", 1_000)
    alarms = shop.service.rounds.alarms
    come(shop, kind, too_many - 1)
    assert alarms.round() == 0
    come(shop, kind, 1, start=too_many)
    assert alarms.round() == 1
    assert alarms.round() == 0
    (told,) = act(shop, act="status")["messages"]
    assert (told["flow"], told["message"], told["who"]) == ("carts", "one", "alarm")
    shop.service.readiness.look()
    assert any("one of carts (email) is stopped" in one for one in shop.service.readiness.notes())
    ada = shop.customer()
    shop.happen(ada, "add_to_cart")
    shop.happen(ada, "view_item")
    shop.forward(HOUR)
    assert shop.notebook.messages == ["three"]
    shop.reopen()
    shop.forward(HOUR)
    assert shop.notebook.messages == ["three"]
    act(shop, act="lift", flow="carts", message="one", channel="email")
    shop.forward(HOUR)
    assert shop.notebook.messages == ["three", "one"]
    come(shop, kind, too_many, start=1_000)
    assert Alarms(shop.settings, shop.service.live, shop.service.database).round() == 0, (
        "too few were sent since"
    )


def test_what_was_sent_is_counted_from_few_rows(shop: Workshop) -> None:
    """Before, while and after hours are counted the count is the same; and what is read of them
    by an index is an hour or two, on either database.
    """
    start = shop.clock.now()
    for count in (7, 5, 3):
        send(shop, "one", count, first=shop.clock.now() // 1000)
        shop.forward(90 * 60 * 1000)
    everything = start - HOUR // 3

    def sent(since: int) -> int:
        with shop.service.database.reader() as reader:
            return stored.rates(reader, "carts", "one", "email", since).sent

    assert (sent(everything), sent(start + 1), sent(shop.clock.now())) == (15, 8, 0)
    shop.service.rounds.figures.round()
    assert shop.rows("select sum(count) from figure where kind = 'sent'") == [(15,)]
    assert (sent(everything), sent(start + 1), sent(shop.clock.now())) == (15, 8, 0)
    plan = explained(shop, everything)
    assert "intent_done" in plan
    assert "SCAN" not in plan


def explained(shop: Workshop, since: int) -> str:
    """How the database counts the messages of a span."""
    statement = (
        "select count(*) from intent where done_at is not null and done_at >= ? and done_at < ?"
        " and flow = 1 and message = 'one' and recipient = 0 and state in ('sent', 'failed')"
    )
    told = (since, since + HOUR)
    if shop.service.database.kind == "sqlite":
        return str(shop.rows(f"explain query plan {statement}", *told))

    def work(tx: Any) -> str:
        tx.execute("set local enable_seqscan = off")  # of so few rows none is better
        return str(tx.rows(f"explain {statement}", told))

    return shop.service.writer.run(work)


def test_what_does_not_count(shop: Workshop) -> None:
    """Blocks of our server, few sends, and a limit of 0 stop nothing; nor does it stop orders."""
    send(shop, "one", 499)
    come(shop, "complained", 100)
    send(shop, "two", 0)
    alarms = shop.service.rounds.alarms
    assert alarms.round() == 0
    shop.service.settings.alarm_sends = 1
    shop.service.settings.alarm_complaints = shop.service.settings.alarm_bounces = 0
    come(shop, "complained", 1, start=500)
    assert alarms.round() == 0
    shop.service.settings.alarm_complaints = 0.3
    come(shop, "blocked", 100, "three")
    assert alarms.round() == 0
    ada = shop.customer()
    shop.happen(ada, "purchase")
    shop.forward()
    come(shop, "complained", 1, "two")
    assert alarms.round() == 1
    shop.happen(ada, "purchase")
    shop.forward()
    assert shop.notebook.messages == ["two", "two"]
