"""Whom a flow means, and what is offered to happen to them."""

from __future__ import annotations

import pytest

from dsl.project import project_of
from editor.trying.offers import offers, somebodies
from editor.trying.playing import tried
from editor.trying.words import words
from editor.trying.writing import Played, Tried
from engine.core.model import DAY
from engine.lab.suite import Suite

SHOP = """
store "Pages":
  timezone "Europe/Berlin"
  currency EUR

product:
  guide_url text

event shipped:
  order_id text

score keen:
  +5 on click_email

segment rich:
  all of:
    sum of purchase.value in last 365 days >= 1000
    any of:
      count of purchase in last 365 days >= 4
      customer has tag "friend"

segment gone:
  did purchase
  time since purchase > 90 days

flow f:
{flow}
"""


WHO = "for customers who did"


@pytest.mark.parametrize(
    ("name", "flow"),
    [
        ("views", "enter when view_item\nonly if did view_item at least 3 times in last 1 day"),
        ("score", "enter when click_email\nonly if score.keen >= 40"),
        ("count", "enter when purchase\nonly if count of purchase is 3"),
        ("joins", "enter when customer joins segment rich"),
        ("time", "enter when customer joins segment gone"),
        ("day", "enter every day at 08:00 for segment gone"),
        ("once", "enter once on 2026-11-27 07:00 for segment rich"),
        ("year", "enter every year on 03-15 at 10:00 for segment gone"),
        ("each", "enter when purchase for each item where item.guide_url is set"),
        ("falls", f"enter when product stock falls below 5 {WHO} add_to_cart of this product"),
        ("back", f"enter when product back in stock {WHO} notify_me of this product"),
        ("not", "enter when page_view\nonly if not customer can receive push"),
        ("cart", "enter when leave_site\nonly if cart is not empty"),
        ("property", 'enter when page_view\nonly if customer.country in ["RS", "DE"]'),
    ],
)
def test_somebody_comes_in(name: str, flow: str) -> None:
    """Whoever is invented is meant: what is offered, or time alone, brings them in."""
    lines = "".join(f"  {line}\n" for line in f'{flow}\n\nadd tag "in"'.split("\n") if line)
    text = SHOP.replace("{flow}\n", lines)
    suite = Suite.of(project_of(text, "f.flow"))
    assert not suite.has_errors, suite.diagnostics
    node = suite.project.flows["f"]
    person = somebodies(suite.project, node)[0]
    enters = [one.text for one in offers(suite.project, node) if one.group == "enters"]
    plays = [Played(at=0, text=enters[0])] if enters else []
    asked = Tried(start=person.start, given=list(person.given), plays=plays, now=0)
    for _ in range(4):
        said = tried(suite, "f.flow", text, "f", asked, lambda *_: None)
        assert said.outcome is not None, said.problems
        if said.outcome.chronicle.entered:
            return
        assert said.outcome.chronicle.next_at is not None, said.test
        assert said.outcome.chronicle.next_at - said.start < 3 * DAY, said.test
        asked.now = said.outcome.chronicle.next_at - said.start
    pytest.fail(f"nobody comes in ({name}):\n{said.test}")


def test_each_way_of_a_branch_is_offered() -> None:
    """Below, between and above what is asked; an awaited event has the order of the one before."""
    text = SHOP.replace(
        "{flow}\n",
        """\
  enter when purchase per order_id
  if entry.value >= 100:
    add tag "much"
  else if entry.value <= 20:
    add tag "little"
  else:
    wait up to 3 days for shipped with same order_id
""",
    )
    project = project_of(text, "f.flow")
    found = [one.text for one in offers(project, project.flows["f"])]
    values = [float(one.partition("value: ")[2].rstrip(")").split(",")[0])
              for one in found if one.startswith("purchase")]  # fmt: skip
    assert any(one >= 100 for one in values)
    assert any(one <= 20 for one in values)
    assert any(20 < one < 100 for one in values)
    assert 'shipped (order_id: "o-1")' in found


def test_whatever_can_happen_can_be_chosen() -> None:
    """Events with their own properties, a customer's and a product's."""
    project = project_of(SHOP.replace("{flow}\n", '  enter manually\n  add tag "in"\n'), "f.flow")
    found = {one["head"]: one for one in words(project)}
    assert ["order_id", "text"] in found["shipped"]["fields"]
    assert ["items", "list"] in found["purchase"]["fields"]
    assert ["country", "text"] in found["set customer"]["fields"]
    assert [one[0] for one in found["product"]["fields"]] == [
        "product", "price", "stock", "old_price", "category", "guide_url",
    ]  # fmt: skip
