"""An experiment that chooses: a share gets the arms, the rest waits and gets the best."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from engine.core import draws
from engine.core.choices import Chosen, Seen, choose
from engine.core.model import DAY, HOUR, MINUTE
from engine.reports.experiments import report
from engine.store import choices
from tests.harness.past import play
from tests.harness.workshop import START, Workshop

FLOW = """\
flow news "News":
  enter when ordered
  exit when refund
  experiment words winner by click_email after 4 hours:
    30% as short:
      send email one
    30% as long:
      send email two
  send email three
"""
PEOPLE = 40


def arm_of(customer: int) -> str:
    drawn = draws.of_experiment("words", customer)
    return "short" if drawn < 0.3 else "long" if drawn < 0.6 else "rest"


def begun(shop: Workshop) -> dict[str, list[int]]:
    """Everybody has come; who drew what."""
    found: dict[str, list[int]] = {"short": [], "long": [], "rest": []}
    for number in range(PEOPLE):
        customer = shop.customer(f"c{number}")
        found[arm_of(customer)].append(customer)
        shop.happen(customer, "ordered")
    shop.forward()
    return found


def click(shop: Workshop, customer: int, times: int = 1) -> None:
    """As a person's click on the message of the arm becomes an event."""
    run, step, message = shop.rows(
        "select run, step, message from intent where customer = ? and message <> 'three'", customer
    )[0]
    for _ in range(times):
        shop.happen(customer, "click_email", run=run, step=step, message=message, flow="news")


def standing(shop: Workshop) -> choices.Standing:
    with shop.service.database.reader() as reader:
        (one,) = choices.all_of(reader)
    return one


def shop_report(shop: Workshop) -> dict[str, Any]:
    """What the report says of the experiment, which nobody has won."""
    with shop.service.database.reader() as reader:
        program = shop.service.deployment.programs["news"]
        (told,) = report(reader, program, None, "EUR").as_json()["experiments"]
    assert told["winner"] is None
    found: dict[str, Any] = told
    return found


def got(shop: Workshop, customer: int) -> list[str]:
    rows = shop.rows(
        "select message from intent where customer = ? order by made_at, message", customer
    )
    return [message for (message,) in rows]


def test_the_rest_waits_and_gets_the_best(workshop) -> None:
    """At the clock of the first person the arm with most people who clicked is chosen, once; who
    waits gets it, across a restart, and so does everybody who comes later.
    """
    shop = workshop(FLOW)
    people = begun(shop)
    assert all(len(some) > 4 for some in people.values())
    click(shop, people["short"][0], times=9)  # one person
    for customer in people["long"][:3]:
        click(shop, customer)
    shop.happen(people["rest"][0], "refund")
    shop.forward(4 * HOUR - MINUTE)
    assert all(got(shop, one) == [] for one in people["rest"])
    assert standing(shop).arm is None
    shop.reopen()
    shop.forward(MINUTE)
    one = standing(shop)
    assert (one.began_at, one.chosen_at, one.arm, one.why) == (
        START,
        START + 4 * HOUR,
        "long",
        "best",
    )
    assert one.seen == (("short", len(people["short"]), 1), ("long", len(people["long"]), 3))
    left, *waited = people["rest"]
    assert got(shop, left) == []
    assert {tuple(got(shop, each)) for each in waited} == {("three", "two")}
    for customer in people["short"]:
        click(shop, customer)
    told = shop_report(shop)["chosen"]
    assert (told["arm"], told["waiting"], told["seen"][1]["did"]) == ("long", 0, 3)
    share = 100 * 3 / len(people["long"])
    assert told["says"].startswith(f"long was chosen on 2026-01-05 14:00 with {share:.1f} % of ")
    assert told["says"].endswith(". Chosen, not proven.")
    played = play(shop, START)
    assert played.same, played.differences()
    late = next(
        each for each in (shop.customer(f"late{n}") for n in range(50)) if arm_of(each) == "rest"
    )
    shop.happen(late, "ordered")
    shop.forward(DAY)
    assert got(shop, late) == ["three", "two"]
    assert standing(shop).arm == "long"
    assert shop.rows("select count(*) from run where ended_at is null") == [(0,)]
    assert shop.rows("select count(*) from intent group by run, step having count(*) > 1") == []
    ((memory,),) = shop.rows("select memory from run where customer = ?", late)
    known = orjson.loads(memory)
    assert known["chosen"] == {"words": "long"}
    assert "arms" not in known


def test_a_paused_flow_chooses_when_it_goes_on(workshop) -> None:
    """While nothing moves nothing is seen either, so nothing is chosen by it."""
    shop = workshop(FLOW)
    people = begun(shop)
    shop.service.hold("news", "pause", "test")
    shop.forward(5 * HOUR)
    assert standing(shop).arm is None
    click(shop, people["long"][0])
    shop.service.hold("news", "resume", "test")
    shop.forward(MINUTE)
    assert standing(shop).arm == "long"


@pytest.mark.parametrize("ends", [False, True])
def test_an_edit_takes_who_waits_along(workshop, ends) -> None:
    """Another time is another time for who waits already; where an arm took the place of the
    experiment, who waited gets its steps.
    """
    shop = workshop(FLOW)
    people = begun(shop)
    shop.forward(HOUR)
    text = (shop.flows / "shop.flow").read_text()
    if ends:
        body = text[text.index("  experiment") : text.index("  send email three")]
        text = text.replace(body, "  send email two\n")
    else:
        text = text.replace("after 4 hours", "after 2 hours")
    shop.write(text)
    shop.service.publish(shop.flows, author="test")
    shop.forward(0 if ends else HOUR)
    first = "two" if ends else "one"
    assert {tuple(sorted(got(shop, one))) for one in people["rest"]} == {
        tuple(sorted((first, "three")))
    }


def test_a_choice_is_a_rate_of_people() -> None:
    """The best rate, not the most people; of equal ones the first, and that is said."""
    assert choose([Seen("a", 100, 6), Seen("b", 10, 1)]) == Chosen("b", "best")
    assert choose([Seen("a", 0, 0), Seen("b", 10, 1), Seen("c", 20, 2)]) == Chosen("b", "tie")
    assert choose([Seen("a", 50, 0), Seen("b", 0, 0)]) == Chosen("a", "nothing")
