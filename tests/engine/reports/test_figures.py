"""The table of figures says at every moment what the rows say, on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.core.figures import Rule
from engine.customers.erasure import erase
from engine.customers.merging import merge
from engine.reports.counting import count
from engine.reports.figures import LATER, Book
from engine.store import counted, dialects, intents, run_figures
from tests.harness.workshop import DAY, HOUR, START, Workshop

FLOW = """\
flow offers "Offers":
  enter when ordered
  goal purchase within 5 days
  exit when purchase
  send email one as first
  wait 1 day
  send email two as second

flow other "Other":
  enter when ordered
  send email three as third
"""
RULE = Rule()
BY = ("kind", "flow", "step", "way", "message", "channel")


class Shop(Workshop):
    """Orders are told with a value, clicks with the message that they are of."""

    def click(self, customer: int, flow: str, step: str, act: str = "click_email") -> None:
        message = {"first": "one", "second": "two", "third": "three"}[step]
        ((run,),) = self.rows(
            "select r.id from run r join flow f on f.id = r.flow where customer = ? and f.name = ?",
            customer,
            flow,
        )
        self.happen(customer, act, flow=flow, run=run, step=step, message=message)

    def buy(self, customer: int, order: str, value: int, **more: Any) -> None:
        self.happen(customer, "purchase", order_id=order, value=value, **more)

    def told(self, *kinds: str, by: tuple[str, ...] = ("kind",)) -> dict[Any, tuple[int, int]]:
        with self.service.database.reader() as reader:
            return Book(reader, RULE).sums(by, kinds=kinds)

    def roll(self) -> None:
        self.service.rounds.figures.round()

    def exact(self) -> dict[Any, tuple[int, int]]:
        """What the rows say, without the table."""
        with self.service.database.reader() as reader:
            found = counted.of_history(reader, 0, 1 << 50) | count(reader, (0, LATER), RULE)
        result: dict[Any, tuple[int, int]] = {}
        for key, (number, amount) in found.items():
            group = tuple(getattr(key, name) for name in (*BY, "hour", "version"))
            before = result.get(group, (0, 0))
            result[group] = (before[0] + number, before[1] + amount)
        return {group: told for group, told in result.items() if told != (0, 0)}

    def agree(self) -> dict[Any, tuple[int, int]]:
        """The figures, which are the same from the table, its tail and the rows."""
        exact = self.exact()
        whole: dict[Any, tuple[int, int]] = {}
        for (*group, _hour, _version), (number, amount) in exact.items():
            before = whole.get(tuple(group), (0, 0))
            whole[tuple(group)] = (before[0] + number, before[1] + amount)
        whole = {group: told for group, told in whole.items() if told != (0, 0)}
        for rolled in (False, True):
            if rolled:
                self.roll()
            assert self.told(by=(*BY, "hour", "version")) == exact
            assert self.told(by=BY) == whole
        return exact


@pytest.fixture
def shop(tmp_path: Path, database_url: str | None) -> Any:
    made = Shop(tmp_path, FLOW, database_url=database_url)
    yield made
    made.service.stop()


def season(shop: Shop) -> list[int]:
    """Four people: one buys after two clicks, one after an opening, one sends half back."""
    people = [shop.customer(f"c{number}") for number in range(4)]
    for one in people:
        shop.happen(one, "ordered", total=1)
    shop.forward(HOUR)
    shop.click(people[0], "offers", "first")
    shop.click(people[0], "offers", "first", "open_email")
    shop.click(people[1], "offers", "first", "open_email")
    shop.click(people[2], "other", "third")
    shop.forward(HOUR)
    shop.click(people[0], "other", "third")
    shop.forward(HOUR)
    items = [{"id": "kettle", "quantity": 2, "price": 1_000}]
    shop.buy(people[0], "o1", 2_000, items=items)
    shop.buy(people[1], "o2", 3_000)
    shop.buy(people[2], "o3", 4_000)
    shop.forward(2 * DAY)
    shop.happen(people[2], "refund", order_id="o3", value=1_500)
    shop.forward(HOUR)
    return people


def test_the_counts_of_a_season_are_those_that_were_planted(shop: Shop) -> None:
    """Entries, messages, openings, clicks, orders and what was earned are exactly what happened."""
    season(shop)
    assert shop.told("entered", by=("flow",)) == {(1,): (4, 0), (2,): (4, 0)}
    assert shop.told("sent", by=("message",)) == {
        ("one",): (4, 0), ("two",): (1, 0), ("three",): (4, 0),
    }  # fmt: skip
    assert shop.told("opened", "clicked", by=("kind", "message")) == {
        ("opened", "one"): (2, 0), ("clicked", "one"): (1, 0), ("clicked", "three"): (2, 0),
    }  # fmt: skip
    assert shop.told("order", "refund", by=("kind", "flow")) == {
        ("order", 0): (3, 9_000), ("refund", 0): (1, -1_500),
        ("order", 1): (1, 2_000), ("order", 2): (2, 6_000), ("refund", 2): (1, -1_500),
    }  # fmt: skip
    assert shop.told("earned", "earned back", by=("kind", "message")) == {
        ("earned", "three"): (2, 6_000), ("earned back", "three"): (1, -1_500),
    }  # fmt: skip
    assert shop.told("earned item", by=("way",)) == {("kettle",): (2, 2_000)}
    assert shop.told("goal", by=("flow",)) == {(1,): (3, 7_500)}
    assert shop.told("ended", by=("flow", "way")) == {
        (1, "exit when: purchase"): (3, 0), (1, "finished"): (1, 0), (2, "finished"): (4, 0),
    }  # fmt: skip
    shop.agree()


def test_figures_are_exact_whenever_they_are_rolled_up(shop: Shop) -> None:
    """Rolled up at any moment or never, once or twice, the figures are the same."""
    people = season(shop)
    shop.agree()
    shop.buy(people[3], "o4", 500)
    shop.forward()
    before = shop.agree()
    shop.forward(DAY)
    assert shop.agree() == before
    ((rows,),) = shop.rows("select count(*) from figure where kind = 'order' and flow = 0")
    assert rows


def test_what_comes_late_changes_the_hours_that_it_is_about(shop: Shop) -> None:
    """A click that is told after its order credits that order; an order of last week falls into
    last week.
    """
    people = season(shop)
    shop.agree()
    assert not [key for key in shop.told("order", by=("flow", "message")) if "two" in key]
    at = START + 30 * HOUR
    ((run,),) = shop.rows("select min(run) from intent where step = 'second'")
    about = {"flow": "offers", "run": run, "step": "second", "message": "two"}
    late(shop, people[3], "click_email", at, about)
    late(shop, people[3], "purchase", at + HOUR, {"order_id": "o9", "value": 700})
    shop.forward(HOUR)
    found = shop.agree()
    earned = {key[-2]: told for key, told in found.items() if key[0] == "earned" and "two" in key}
    assert earned == {at + HOUR - (at + HOUR) % HOUR: (1, 700)}
    late(shop, people[1], "click_email", START + HOUR, {**about, "step": "first", "message": "one"})
    shop.forward(0)
    assert shop.told("earned", by=("message",))[("one",)] == (1, 3_000)
    shop.agree()


def late(shop: Shop, customer: int, name: str, at: int, told: dict[str, Any]) -> None:
    from engine.store import events

    new = events.NewEvent(f"late {name} {customer} {at}", customer, name, at, told)
    now = shop.clock.now()
    shop.service.writer.run(lambda tx: events.append(tx, [new], now))


def test_a_merge_credits_what_the_visitor_clicked(shop: Shop) -> None:
    """Clicks of a visitor count for orders of whom the visitor turned out to be."""
    season(shop)
    visitor, known = shop.customer("v"), shop.customer("k")
    shop.happen(visitor, "ordered", total=1)
    shop.forward(HOUR)
    shop.click(visitor, "other", "third")
    shop.buy(known, "m1", 900)
    shop.forward(DAY)
    shop.agree()
    before = shop.told("earned")[("earned",)]
    now = shop.clock.now()
    shop.service.writer.run(lambda tx: merge(tx, known, visitor, now))
    assert shop.told("earned")[("earned",)] == (before[0] + 1, before[1] + 900)
    shop.forward()
    shop.agree()


def test_an_erasure_takes_out_what_the_person_did(shop: Shop) -> None:
    """Messages stay counted; openings, clicks and orders of the person are gone."""
    people = season(shop)
    shop.agree()
    suppressions, now = shop.service.suppressions, shop.clock.now()
    shop.service.writer.run(lambda tx: erase(tx, people[0], suppressions, now, "test"))
    assert shop.told("order", by=("flow",))[(0,)] == (2, 7_000)
    assert shop.told("sent")[("sent",)] == (9, 0)
    shop.agree()


def test_a_failure_that_is_tried_again_is_none(shop: Shop) -> None:
    """What failed yesterday and went out today counts today alone."""
    from engine.channels.transport import Outcome

    shop.notebook.answers = [Outcome("refused", "no such mailbox")]
    one = shop.customer()
    shop.happen(one, "ordered", total=1)
    shop.forward(HOUR)
    assert shop.told("undelivered")[("undelivered",)] == (1, 0)
    shop.forward(3 * HOUR)
    shop.agree()
    now = shop.clock.now()
    shop.service.writer.run(lambda tx: intents.retry(tx, now))
    shop.forward()
    assert shop.told("undelivered") == {}
    shop.agree()


def test_another_rule_counts_anew(shop: Shop) -> None:
    """With openings counted, the order after an opening is credited as well."""
    from engine.reports.rolling import Rolling

    season(shop)
    shop.agree()
    rule = Rule(opens=True)
    Rolling(shop.service.database, shop.clock, rule).round()
    with shop.service.database.reader() as reader:
        found = Book(reader, rule).sums(("kind",), kinds=("earned",))
    assert found == {("earned",): (3, 9_000)}


class Spy:
    """Remembers what is asked."""

    def __init__(self, rows: Any) -> None:
        self.inner = rows
        self.seen: list[tuple[str, tuple[Any, ...]]] = []

    def rows(self, sql: str, values: tuple[Any, ...] = ()) -> Any:
        self.seen.append((sql, values))
        return self.inner.rows(sql, values)

    def row(self, sql: str, values: tuple[Any, ...] = ()) -> Any:
        return next(iter(self.rows(sql, values)), None)


def test_no_count_and_no_report_reads_all_events(shop: Shop) -> None:
    """Every statement finds its rows of events, messages and what came back by an index."""
    from engine.reports import behind, numbers
    from engine.reports.asked import Asked
    from engine.reports.catalogue import REPORTS, make
    from engine.reports.period import period

    season(shop)
    deployment = shop.service.deployment
    with shop.service.database.reader() as reader:
        spy = Spy(reader)
        when = period(shop.clock.now(), deployment.zone)
        for rolled in (False, True):
            if rolled:
                shop.roll()
                spy.inner = shop.service.database.reader()
            asked = Asked(spy, RULE, when, "EUR", deployment.programs, "offers")
            for name in REPORTS:
                make(name, asked)
            for kind in behind.KINDS:
                about = {"flow": "offers", "message": "one", "step": "first", "channel": "email"}
                behind.people(asked, kind, about)
        numbers.flow_numbers(spy)
        numbers.step_numbers(spy, "offers")
        run_figures.group_of_arm(spy, 1, ("{}",))
        run_figures.group_of_holdout(spy, 1, held=False)
        counted.of_people(spy, [1], ("purchase",), LATER)
        counted.first_touches(spy, [1])
        counted.first_moment(spy, 1)
        assert_indexed(spy.inner, shop.service.database.dialect, spy.seen)
        spy.inner.close()


def assert_indexed(
    reader: Any, dialect: dialects.Dialect, statements: list[tuple[str, tuple[Any, ...]]]
) -> None:
    """No statement walks through a table of what happened."""
    assert len(statements) > 50
    big = {"event", "intent", "feedback", "goal", "touch", "step_history", "on_site"}
    big |= {"figure", "run", "skipped_entry", "e", "i", "b", "g", "h", "m", "r", "s", "x"}
    if dialect == "postgresql":
        reader.rows("select set_config('enable_seqscan', 'off', false)")
    scanned = "SCAN " if dialect == "sqlite" else "Seq Scan on "
    wrong = []
    for sql, values in dict(statements).items():
        plan = "explain query plan " if dialect == "sqlite" else "explain "
        for *_, line in reader.rows(plan + sql, values):
            if scanned in line and "INDEX" not in line:
                name = line.partition(scanned)[2].split()[0]
                if name in big:
                    wrong.append(f"{sql}\n{line}")
    assert not wrong, "\n\n".join(wrong)
