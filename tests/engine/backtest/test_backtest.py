"""A small shop's past, played again: equal where nothing was edited, told apart where it was."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import orjson
import pytest
import typer
from hypothesis import example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from engine.backtest import backtest as playing
from engine.backtest.backtest import UnfitPeriodError, backtest
from engine.backtest.result import BacktestResult
from engine.cli import register
from engine.core.calendar import iso
from engine.core.model import DAY, HOUR, MINUTE, Instant
from engine.errors import ProjectHasErrorsError
from engine.imports import running
from engine.store import past_properties, settings_rows
from tests.harness.past import FLOWS, HEAD, NUMBERS, act, edited, join, play, stock

TRIED = int(os.environ.get("HEADRACE_TRIED", "3"))
"""How many random shops are lived and played."""


LAPSED = """
segment lapsed:
  time since purchase > 20 days

flow lapse:
  enter when customer joins segment lapsed
  send email two
"""
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["ada", "eva"]),
        st.sampled_from(
            [
                *("view", "cart", "cart", "buy", "gold", "silver", "click", "leave", "stock"),
                *("pause", "resume", "stop", "brake", "go on", "alarm", "lift", "start", "nothing"),
            ]
        ),
        st.sampled_from([MINUTE, HOUR, 5 * HOUR, 11 * HOUR, DAY, 3 * DAY]),
    ),
    min_size=3,
    max_size=12,
)


@pytest.mark.timeout(max(120, 20 * TRIED))
def test_whatever_happened_is_played_as_it_went(workshop) -> None:
    """Small random shops, from their beginning and from a moment on the way: what is live sends
    what was sent, to the minute.
    """
    shop = workshop(FLOWS, head=HEAD)
    shop.service.learning.stop()
    stock(shop, "p1", 3)

    # Somebody leaves by a mail in the moment in which it went.
    @example([("eva", "cart", 2 * HOUR), ("eva", "leave", DAY), ("ada", "nothing", DAY)], 1)
    # A flow is paused over a message and over an answer that it waits for, and goes on.
    @example(
        [
            *(("ada", "cart", HOUR), ("ada", "pause", 5 * HOUR), ("ada", "resume", HOUR)),
            *(("ada", "pause", HOUR), ("ada", "click", 3 * DAY), ("ada", "resume", HOUR)),
        ],
        2,
    )
    @settings(max_examples=TRIED, deadline=None)
    @given(ACTS, st.integers(0, 11))
    def live(acts: list[tuple[str, str, Instant]], place: int) -> None:
        began = shop.clock.now()
        number = next(NUMBERS)
        names = {name: f"{name}{number}" for name in ("ada", "eva")}
        for name in names.values():
            join(shop, name)
        middle = began
        for at, (who, what, pause) in enumerate(acts):
            act(shop, names[who], what)
            shop.forward(pause)
            if at == place:
                middle = shop.clock.now() + 1
        shop.forward(2 * DAY)
        for again in ("go on", "lift", "resume"):
            act(shop, names["ada"], again)
        for since in (began, middle):
            found = play(shop, since)
            assert found.same, (since - began, found.differences())

    live()


def test_an_edit_is_told_apart(workshop, tmp_path: Path) -> None:
    """A wait that is longer makes its messages later, a send that is gone makes them missing, a new
    one adds them; what other flows send stays; a goal that was reached is reached anyway.
    """
    shop = workshop(FLOWS, head=HEAD)
    began = shop.clock.now()
    for user in ("ada", "eva"):
        join(shop, user)
        act(shop, user, "cart")
    shop.forward(3 * HOUR)
    act(shop, "ada", "buy")
    shop.forward(2 * DAY)
    later = play(
        shop, began, flows=edited(shop, tmp_path / "a", "wait 2 hours", "wait 150 minutes")
    )
    assert later.edited == ("carts",)
    assert [later.total(one) for one in ("same", "later", "added", "missing")] == [0, 3, 0, 0]
    assert {one["because"] for one in later.differences()} == {"edited"}
    flows = edited(
        shop,
        tmp_path / "b",
        "    send email two\n\nflow thanks",
        '    add tag "kept"\n\nflow thanks',
    )
    gone = play(shop, began, flows=flows)
    assert [gone.total(one) for one in ("same", "later", "added", "missing")] == [2, 0, 0, 1]
    (carts,) = [one for one in gone.flows() if one["flow"] == "carts"]
    assert (carts["goals"], carts["goal_people"], carts["goal_value"]) == (1, 1, 2000)


def test_answers_to_what_was_not_sent_cannot_be_known(workshop, tmp_path: Path) -> None:
    """A click in a message that the edited flow does not send is dropped and counted; the same
    click is played where the message goes.
    """
    shop = workshop(FLOWS, head=HEAD)
    began = shop.clock.now()
    join(shop, "ada")
    act(shop, "ada", "cart")
    shop.forward(3 * HOUR)
    act(shop, "ada", "click")
    shop.forward(2 * DAY)
    assert shop.notebook.messages == ["one"]
    assert play(shop, began).same
    flows = edited(shop, tmp_path / "a", "  send email one\n  wait up to", "  wait up to")
    told = play(shop, began, flows=flows).as_json()
    assert {one["event"] for one in told["cannot_be_known"]} == {"click_email"}
    assert [(one["kind"], one["message"]) for one in told["differences"]] == [
        ("missing", "one"),
        ("added", "two"),
    ]


def test_what_nobody_kept_is_told(workshop) -> None:
    """Somebody was golden when a branch asked and is not any more: with their past kept the same
    mail goes; without it another, and the result says why, and how many people it may have moved.
    """
    shop = workshop(FLOWS, head=HEAD)
    began = shop.clock.now()
    join(shop, "ada", tier="gold")
    act(shop, "ada", "view")
    act(shop, "ada", "view")
    shop.forward(2 * HOUR)
    act(shop, "ada", "silver")
    shop.forward(HOUR)
    middle = began + MINUTE
    assert shop.notebook.messages == ["two", "one"]
    assert play(shop, middle).same
    writer, now = shop.service.writer, str(shop.clock.now())
    writer.run(lambda tx: tx.execute("delete from property_change"))
    writer.run(lambda tx: settings_rows.keep(tx, past_properties.SINCE, now))
    told = play(shop, middle).as_json()
    assert {(one["kind"], one["message"]) for one in told["differences"]} == {
        ("missing", "one"),
        ("added", "three"),
    }
    assert [one["reason"] for one in told["because"]] == ["no past of properties"]
    assert [(one["what"], one["people"]) for one in told["assumed"]] == [("properties", 1)]


def test_what_was_imported_later_is_played_as_if_known(workshop, tmp_path: Path) -> None:
    """A new shop that brings years of orders is told what would have gone last month: asked for
    or by itself, of orders and segments of then, with totals of then, to who agreed; and the result
    says so. As it came, nothing is played.
    """
    shop = workshop(FLOWS + LAPSED, head=HEAD)
    now = shop.clock.now()
    days = {"a": (40, 12), "b": (300, 12, 11), "c": (90, 13), "d": (9,)}
    bought = [(who, back) for who, many in days.items() for back in many]
    people = [f"{who},{who}@x.example,{'no' if who == 'c' else 'yes'}" for who in "abcd"]
    orders = [f"{n},{who},20.00,{iso(now - back * DAY)}" for n, (who, back) in enumerate(bought)]
    for kind, first, rows in (
        ("customers", "id,email,email_consent", people),
        ("orders", "order_id,customer_id,total,created_at", orders),
    ):
        file = tmp_path / f"{kind}.csv"
        file.write_text("\n".join([first, *rows]) + "\n")
        running.run(running.Plan(kind, file), shop.service.import_target())  # type: ignore[arg-type]
    shop.forward(HOUR)
    found = play(shop, now - 30 * DAY, now - 1)
    told = found.as_json()
    assert told["as_if_known"]
    assert told["told_later"] == {"events": 5, "people": 4}
    assert [(one["message"], one["customer"], one["at"]) for one in told["differences"]] == [
        ("two", 1, iso(now - 20 * DAY + 1)),
        *(("three", number, iso(now - 12 * DAY + 10 * MINUTE)) for number in (1, 2)),
    ]
    assert {one["because"] for one in told["differences"]} == {"imported"}
    assert ("imported", 2) in [(one["what"], one["people"]) for one in told["assumed"]]
    assert "no consent for email" in {one["reason"] for one in told["not_sent"]}
    assert not play(shop, now - 30 * DAY, now - 1, as_if_known=False).messages()
    assert not play(shop, now).as_json()["as_if_known"]


def test_who_shares_an_address_is_played_side_by_side(workshop) -> None:
    """Limits and "has it already" hold for the address, whoever has it, here as they did."""
    shop = workshop(FLOWS, head=HEAD)
    began = shop.clock.now()
    for user in ("ada", "eva", "kim"):
        join(shop, user, email="family@shop.example" if user != "kim" else "kim@shop.example")
    for user in ("eva", "ada", "kim"):
        act(shop, user, "cart")
        shop.forward(MINUTE)
    shop.forward(2 * DAY)
    act(shop, "eva", "gold")
    shop.forward(2 * DAY)
    assert sorted(shop.notebook.messages) == ["one", "one", "two", "two"]
    found = play(shop, began)
    assert found.same, found.differences()
    told = {one["reason"] for one in found.as_json()["not_sent"]}
    assert "this address has it already" in told


def test_nothing_of_the_shop_is_written(workshop) -> None:
    """All tables hold after a backtest, and after a refused one, what they held before."""
    shop = workshop(FLOWS, head=HEAD)
    began = shop.clock.now()
    join(shop, "ada")
    act(shop, "ada", "cart")
    shop.forward(DAY)

    def everything() -> dict[str, list[Any]]:
        from sqlmodel import SQLModel

        return {
            name: sorted(map(repr, shop.rows(f"select * from {name}")))
            for name in SQLModel.metadata.tables
        }

    before = everything()
    assert play(shop, began).total("same") == 1
    with pytest.raises(UnfitPeriodError):
        play(shop, began, began)
    with pytest.raises(UnfitPeriodError, match="there is no flow 'none'"):
        play(shop, began, flow="none")
    assert everything() == before


def test_a_backtest_that_was_killed_goes_on(workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted after any page and started again, the result is the same to the byte, and the
    people that were done are not played again.
    """
    shop = workshop(FLOWS, head=HEAD)
    began = shop.clock.now()
    for number in range(6):
        join(shop, f"u{number}")
        act(shop, f"u{number}", "cart")
    shop.forward(DAY)
    monkeypatch.setattr(playing, "PAGE", 2)

    def told(result: BacktestResult) -> bytes:
        timing = ("seconds", "steps_per_second")
        return orjson.dumps({k: v for k, v in result.as_json().items() if k not in timing})

    whole = told(play(shop, began))

    class Killed(BaseException):
        """As by a signal."""

    def kill(_done: int, _of: int) -> None:
        raise Killed

    with shop.service.database.reader() as rows:
        for _ in range(2):
            with pytest.raises(Killed):
                backtest(rows, shop.flows, shop.folder / "work", began, shop.clock.now(), told=kill)
        seen: list[int] = []
        again = backtest(
            rows, shop.flows, shop.folder / "work", began, shop.clock.now(),
            told=lambda done, _of: seen.append(done),
        )  # fmt: skip
    assert told(again) == whole
    assert min(seen) > 4, "what was done was done again"


def test_a_project_with_errors_is_not_played(workshop, tmp_path: Path) -> None:
    """The files must be such as could be published."""
    shop = workshop(FLOWS, head=HEAD)
    with pytest.raises(ProjectHasErrorsError):
        play(shop, 0, flows=edited(shop, tmp_path / "a", "send email one", "send email none"))


def test_the_verb_tells_it_in_three_ways(workshop) -> None:
    """Text for people, one JSON document for scripts, CSV for spreadsheets; wrong days are a
    sentence and exit code 2.
    """
    app = typer.Typer()
    register(app)
    shop = workshop(FLOWS, head=HEAD)
    join(shop, "ada")
    act(shop, "ada", "cart")
    shop.forward(DAY)

    def run(*more: str) -> Any:
        asked = ["backtest", "--path", str(shop.flows), "--data", str(shop.folder / "data")]
        return CliRunner().invoke(app, [*asked, *more])

    done = run("--from", "2026-01-05", "--to", "2026-01-05", "--format", "json")
    assert done.exit_code == 0, done.output
    found = orjson.loads(done.stdout)
    assert [(one["flow"], one["same"]) for one in found["messages"]] == [("carts", 1)]
    text = run("carts", "--from", "2026-01-05", "--to", "2026-01-05").stdout
    assert "followed anyway" in text
    assert "nothing differs from what went" in text
    table = run("--from", "2026-01-05", "--to", "2026-01-05", "--format", "csv").stdout
    assert table.splitlines()[1] == "carts,one,email,1,1,1,1,0,0,0,0"
    for wrong in (("--from", "yesterday"), ("--from", "2026-01-06", "--to", "2026-01-05")):
        assert run(*wrong).exit_code == 2
