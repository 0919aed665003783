"""What is said of experiments: counted per person, with intervals, on both databases."""

from collections import Counter

import pytest

from engine.core import draws
from engine.reports import experiments
from engine.reports.experiments import report
from engine.reports.statistics import Amounts, mean_difference, rate, rate_difference, sample_ratio
from tests.harness.workshop import DAY, HOUR, Workshop

FLOW = """\
flow offers "Offers":
  enter when ordered
  goal purchase within 5 days
  {holdout}
  experiment words "Which words?":
    50% as short:
      send email one
    else:
      send email two
"""


def shop_after(tmp_path, database_url, *, people=40, holdout=""):
    shop = Workshop(tmp_path, FLOW.format(holdout=holdout), database_url=database_url)
    customers = [shop.customer(f"c{number}") for number in range(people)]
    for customer in customers:
        shop.happen(customer, "ordered", total=100)
    shop.forward(HOUR)
    for customer in customers:
        if draws.of_experiment("words", customer) < 0.5:
            shop.happen(customer, "purchase", order_id=f"o{customer}", value=2_000)
    shop.forward(DAY)
    for customer in customers[:10]:
        shop.happen(customer, "ordered", total=100)
    shop.forward()
    return shop, customers


def told(shop):
    with shop.service.database.reader() as reader:
        program = shop.service.deployment.programs["offers"]
        return report(reader, program, None, "EUR").as_json()


def test_each_person_counts_once_in_the_arm_they_stay_in(tmp_path, database_url):
    """Somebody who enters twice is one person of one arm, with all of their runs and money."""
    shop, customers = shop_after(tmp_path, database_url)
    try:
        arms = {arm["label"]: arm for arm in told(shop)["experiments"][0]["arms"]}
    finally:
        shop.service.stop()
    short = [one for one in customers if draws.of_experiment("words", one) < 0.5]
    assert arms["short"]["people"] == len(short)
    assert arms["else"]["people"] == len(customers) - len(short)
    assert arms["short"]["entered"] + arms["else"]["entered"] == len(customers) + 10
    assert arms["short"]["reached"] == len(short)
    assert arms["short"]["revenue"] == 2_000 * len(short)
    assert arms["else"]["reached"] == arms["else"]["revenue"] == 0
    assert arms["short"]["sent"] == arms["short"]["entered"]


def test_little_is_said_of_few_people(tmp_path, database_url):
    """However large a difference looks, nothing is told of it before enough people are in it."""
    shop, _ = shop_after(tmp_path, database_url)
    try:
        difference = told(shop)["experiments"][0]["differences"][0]
    finally:
        shop.service.stop()
    assert not difference["enough"]
    assert difference["says"].startswith("not enough yet")


def test_a_flow_is_compared_with_who_was_held_out(tmp_path, database_url, monkeypatch):
    """The holdout says what the flow earned because of it, once there are buyers enough, and both
    groups are everybody.
    """
    shop, customers = shop_after(tmp_path, database_url, holdout="holdout 50%")
    try:
        assert told(shop)["holdout"]["incremental_revenue"] is None
        monkeypatch.setattr(experiments, "ENOUGH_BUYERS", 3)
        holdout = told(shop)["holdout"]
    finally:
        shop.service.stop()
    people = {arm["label"]: arm["people"] for arm in holdout["arms"]}
    held = Counter(draws.of_holdout("offers", one) < 0.5 for one in customers)
    assert people == {"holdout": held[True], "flow": held[False]}
    assert next(arm for arm in holdout["arms"] if arm["label"] == "holdout")["sent"] == 0
    assert holdout["incremental_revenue"] is not None


@pytest.mark.parametrize(
    ("reached", "people", "low", "high"),
    # Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)],
)
def test_a_rate_has_the_interval_of_the_literature(reached, people, low, high):
    """Wilson's interval is that of published examples, to four digits."""
    found = rate(reached, people)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_a_difference_has_the_interval_of_the_literature():
    """Newcombe's hybrid interval for 56/70 against 48/80 is 0.0524 to 0.3339, as he gives it."""
    found = rate_difference(56, 70, 48, 80)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)


def test_equal_amounts_differ_by_nothing():
    """Two groups with the same amounts differ by 0, in the middle of the interval."""
    one = Amounts(10, 50.0, 300.0)
    found = mean_difference(one, one)
    assert found.value == 0
    assert found.low == pytest.approx(-found.high)
    assert found.high > 0


def test_groups_of_the_wrong_size_are_noticed():
    """5,000 against 5,500 is no half and half; 5,000 against 5,050 may well be."""
    assert sample_ratio([5_000, 5_500], [0.5, 0.5]) < 0.001
    assert sample_ratio([5_000, 5_050], [0.5, 0.5]) > 0.5
    assert sample_ratio([3, 4], [0.5, 0.5]) is None


@pytest.mark.parametrize("holdout", ["", "holdout 30%"])
def test_each_arm_leads_to_its_people(tmp_path, database_url, holdout: str) -> None:
    """Behind the size of an arm, and behind its goals, stand just those who were counted."""
    from engine.core.figures import Rule
    from engine.reports import behind
    from engine.reports.asked import Asked
    from engine.reports.period import period

    shop, _ = shop_after(tmp_path, database_url, people=20, holdout=holdout)
    deployment = shop.service.deployment
    program = deployment.programs["offers"]
    with shop.service.database.reader() as reader:
        when = period(shop.clock.now(), deployment.zone)
        asked = Asked(reader, Rule(), when, "EUR", deployment.programs)
        told = report(reader, program, None, "EUR")
        for one in [*told.experiments, *([told.holdout] if told.holdout else [])]:
            seen: set[int] = set()
            for group in one.groups:
                about = {"flow": "offers", "experiment": one.name, "arm": group.label}
                people = {who for who, _ in behind.people(asked, "arm", about)}
                assert len(people) == group.people
                assert not people & seen
                seen |= people
                reached = {who for who, _ in behind.people(asked, "arm reached", about)}
                assert len(reached) == group.reached
                assert reached <= people
            assert seen
    shop.service.stop()
