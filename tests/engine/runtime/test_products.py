"""What a product's change does to customers, in the running service on both databases."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsl import tree
from dsl.parsing.parser import parse
from engine.core.interest import interest_of
from engine.core.model import DAY, HOUR, MINUTE
from engine.customers import merging
from engine.runtime import product_changes as spreading
from engine.runtime.manual import Request
from engine.store import products
from engine.store.writer import Transaction
from tests.harness.workshop import HEAD, Workshop

FLOWS = """
flow back "Back in stock":
  enter when product back in stock for customers who did notify_me of this product
  exit if product.stock is 0
  send email one

flow cheaper "Price drop":
  enter when product price drops by 10% for customers who did view_item of this product
  exit if product.price > entry.price
  wait 1 hour
  send email two

flow few "Only a few left":
  enter when product stock falls below 5 for customers who did add_to_cart of this product
  send email three
"""


def put(shop: Workshop, product: str = "tent", **changes: Any) -> None:
    now = shop.clock.now()
    shop.service.writer.run(lambda tx: products.put(tx, product, changes, now))


def messages(shop: Workshop) -> list[tuple[str, str]]:
    return sorted((one.to.split("@")[0], one.message) for _, one in shop.notebook.taken)


def test_those_who_asked_are_told_that_it_is_back(workshop: Any) -> None:
    """A product that returns tells everybody who asked about it, and nobody else, once."""
    shop = workshop(FLOWS)
    ada, ben = shop.customer("ada"), shop.customer("ben")
    shop.customer("cleo")
    put(shop, stock=0, price=10000)
    put(shop, "mug", stock=0)
    shop.happen(ada, "notify_me", item="tent")
    shop.happen(ben, "notify_me", item="mug")
    shop.forward(HOUR)
    put(shop, stock=7)
    shop.forward(HOUR)
    assert messages(shop) == [("ada", "one")]
    put(shop, stock=6)
    shop.forward(DAY)
    assert messages(shop) == [("ada", "one")]


def test_a_discount_that_is_gone_is_not_told(workshop: Any) -> None:
    """The price is looked at again before the message: back up means silence."""
    shop = workshop(FLOWS)
    ada, ben = shop.customer("ada"), shop.customer("ben")
    put(shop, price=10000)
    put(shop, "mug", price=1000)
    shop.happen(ada, "view_item", item="tent")
    shop.happen(ben, "view_item", item="mug")
    shop.forward(HOUR)
    put(shop, price=8000)
    put(shop, "mug", price=899)
    shop.forward(30 * MINUTE)
    put(shop, price=10000)
    shop.forward(DAY)
    assert messages(shop) == [("ben", "two")]
    ((end,),) = shop.rows("select end_kind from run where customer = ?", ada)
    assert end == "condition"


def prices(shop: Workshop, *steps: tuple[int, int | None]) -> None:
    for wait, price in steps:
        shop.forward(wait)
        put(shop, price=price)
    shop.forward(2 * DAY)


@pytest.mark.parametrize(
    ("steps", "entered"),
    [
        ([(DAY, 25000), (MINUTE, 20000)], []),
        ([(DAY, 0), (HOUR, 20000)], []),
        ([(DAY, None), (HOUR, 20000)], []),
        ([(DAY, 17000), (DAY, 20000), (DAY, 17000), (DAY, 20000), (DAY, 17000)], [17000]),
        ([(DAY, 17000), (9 * MINUTE, 20000)], []),
        ([(DAY, 17000), (10 * MINUTE, 20000)], [17000]),
        ([(DAY, 17000), (DAY, 16000), (DAY, 15000)], [17000, 15000]),
    ],
)
def test_a_price_drop_is_told_once_and_only_if_it_is_one(
    workshop: Any, steps: list[tuple[int, int | None]], entered: list[int]
) -> None:
    """A feed's slip, a price that comes back and the same reduction again tell nobody anything."""
    shop = workshop(FLOWS)
    ada = shop.customer("ada")
    put(shop, price=20000)
    shop.happen(ada, "view_item", item="tent")
    prices(shop, *steps)
    runs = [orjson.loads(memory) for (memory,) in shop.rows("select memory from run order by id")]
    assert [run["entry"]["price"] for run in runs] == entered
    assert all(run["entry"]["old_price"] == 20000 for run in runs)


def test_a_price_drop_enters_when_it_has_stood_and_shows_what_it_was(workshop: Any) -> None:
    """Ten minutes after the drop the message shows the lowest price before, not the shop's own."""
    shop = workshop(FLOWS.replace("  wait 1 hour\n", ""))
    path = shop.flows / "messages" / "two.email.txt"
    path.write_text("---\nsubject: two\n---\nwas {{ product.old_price | money }}\n", "utf-8")
    shop.service.publish(shop.flows, author="test")
    ada = shop.customer("ada")
    put(shop, price=10000, old_price=29900)
    shop.happen(ada, "view_item", item="tent")
    shop.forward(DAY)
    put(shop, price=8000)
    at = shop.clock.now()
    shop.forward(10 * MINUTE - 1)
    assert messages(shop) == []
    shop.forward(1)
    assert messages(shop) == [("ada", "two")]
    assert "100.00" in (shop.notebook.taken[0][1].text or "").replace(",", ".")
    assert shop.rows("select entered_at from run") == [(at + 10 * MINUTE,)]


def test_sold_out_again_before_the_sender_came(workshop: Any) -> None:
    """A product that is back for a moment only sends nothing, and enters once."""
    shop = workshop(FLOWS)
    ada = shop.customer("ada")
    put(shop, stock=0)
    shop.happen(ada, "notify_me", item="tent")
    shop.forward(MINUTE)
    put(shop, stock=3)
    put(shop, stock=0)
    shop.forward(MINUTE)
    assert messages(shop) == []
    assert shop.rows("select count(*) from run") == [(1,)]


def test_low_stock_needs_a_crossing(workshop: Any) -> None:
    """From six to four is news, from four to three is none."""
    shop = workshop(FLOWS)
    ada = shop.customer("ada")
    put(shop, stock=6)
    shop.happen(ada, "add_to_cart", item="tent")
    shop.forward(MINUTE)
    for stock in (4, 3, 2):
        put(shop, stock=stock)
        shop.forward(HOUR)
    assert messages(shop) == [("ada", "three")]


def test_a_visitor_who_became_known_is_told_once(workshop: Any) -> None:
    """Interest follows the person: what the anonymous visitor asked for reaches the known one."""
    shop = workshop(FLOWS)
    ada, visitor = shop.customer("ada"), shop.customer("visitor")
    put(shop, stock=0)
    for one in (ada, visitor):
        shop.happen(one, "notify_me", item="tent")
    shop.forward(MINUTE)

    def merge(transaction: Transaction) -> None:

        merging.merge(transaction, ada, visitor, shop.clock.now())

    shop.service.writer.run(merge)
    put(shop, stock=2)
    shop.forward(HOUR)
    assert [message for _, message in messages(shop)] == ["one"]


def test_a_restart_in_the_middle_loses_nobody_and_tells_nobody_twice(
    workshop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spreading notes how far it came with what it did, so it goes on there."""
    monkeypatch.setattr(spreading, "CHUNK", 3)
    monkeypatch.setattr(spreading, "LOCK_SECONDS", 0)
    shop = workshop(FLOWS)
    people = [shop.customer(f"c{number}") for number in range(10)]
    put(shop, stock=0)
    for one in people:
        shop.happen(one, "notify_me", item="tent")
    shop.forward(MINUTE)
    put(shop, stock=50)
    shop.service.writer.run(shop.service.spreading._piece)
    shop.reopen()
    shop.forward(HOUR)
    assert messages(shop) == sorted((f"c{number}", "one") for number in range(10))


def test_what_a_shop_brings_along_is_no_news(workshop: Any) -> None:
    """The first import of a catalogue starts nothing, and old changes are not told to new flows."""
    shop = workshop(FLOWS)
    ada = shop.customer("ada")
    shop.happen(ada, "notify_me", item="tent")
    shop.forward(MINUTE)
    put(shop, stock=9, price=100)
    shop.forward(HOUR)
    assert messages(shop) == []


def _audience(text: str) -> tree.Condition:
    flow = f'flow f "F":\n  enter when product back in stock for customers who {text}\n  exit\n'
    parsed = parse(flow)
    assert not parsed.diagnostics
    (declared,) = parsed.tree.declarations
    assert isinstance(declared, tree.Flow)
    for line in declared.headers:
        if isinstance(line, tree.Enter) and isinstance(line.trigger, tree.OnHappening):
            assert line.trigger.audience is not None
            return line.trigger.audience
    raise AssertionError(text)


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("did view_item of this product", {"view_item"}),
        ("did view_item of this product at least 2 times", {"view_item"}),
        ("did view_item of this product at most 2 times", None),
        ("did view_item", None),
        ("did not view_item of this product", None),
        ("did search of this product or did view_item of this product", {"search", "view_item"}),
        ('did view_item of this product and customer has tag "x"', {"view_item"}),
        ('did view_item of this product or customer has tag "x"', None),
    ],
)
def test_whom_a_condition_can_mean(text: str, events: set[str] | None) -> None:
    """Candidates are narrowed only where nobody else can be meant."""
    found = interest_of(_audience(text))
    assert found == (None if events is None else frozenset(events))


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from(["tent", "mug"]), st.integers(0, 7)),
        st.tuples(
            st.sampled_from(["notify_me", "add_to_cart"]),
            st.sampled_from(["tent", "mug"]),
            st.integers(0, 2),
        ),
        st.tuples(st.just("tick"), st.just(""), st.integers(1, 300)),
    ),
    max_size=10,
)


@pytest.mark.timeout(400)
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=ACTS)
def test_everybody_meant_enters_and_nobody_else(workshop: Any, acts: list[Any]) -> None:
    """For any order of stock changes and wishes, exactly those who had asked by then enter."""
    shop = workshop(FLOWS)
    people = [shop.customer(f"c{number}") for number in range(3)]
    stock: dict[str, int] = {}
    wished: set[tuple[str, str, int]] = set()
    expected: list[tuple[int, str]] = []
    for act, product, number in acts:
        if act == "tick":
            shop.forward(number * MINUTE)
        elif act == "put":
            before = stock.get(product)
            stock[product] = number
            put(shop, product, stock=number)
            back = before == 0 and number > 0
            few = before is not None and number < 5 <= before
            for event, happened in (("notify_me", back), ("add_to_cart", few)):
                if happened:
                    expected += [
                        (who, product) for e, p, who in wished if (e, p) == (event, product)
                    ]
            shop.forward(MINUTE)
        else:
            shop.happen(people[number], act, item=product)
            wished.add((act, product, people[number]))
            shop.forward(1)
    shop.forward(MINUTE)
    entered = shop.rows("select customer, key from run order by id")
    assert sorted(entered) == sorted(expected)


STANDING = """
flow wish "A wish":
  enter when add_to_wishlist
  exit when product stock falls below 3
  wait up to 20 days for product price drops by 10%:
    send email one
  else:
    exit
"""


def inside(shop: Workshop) -> list[tuple[int, str]]:
    found = shop.rows("select customer, key from run where ended_at is null")
    return sorted((customer, key) for customer, key in found)


def test_a_change_moves_whoever_stands_in_a_flow_because_of_the_product(workshop: Any) -> None:
    """It ends their run or their wait, also after a merge and a restart, and nobody else's."""
    shop = workshop(STANDING)
    put(shop, stock=9, price=10000)
    put(shop, "mug", stock=9, price=1000)
    shop.forward(MINUTE)
    ada, ben, cleo, dora = (shop.customer(name) for name in ("ada", "ben", "cleo", "dora"))
    for who, item in ((ada, "tent"), (ben, "mug"), (cleo, "tent"), (dora, "mug")):
        shop.happen(who, "add_to_wishlist", item=item)
    shop.forward(HOUR)
    put(shop, price=8000)
    shop.forward(HOUR)
    assert messages(shop) == [("ada", "one"), ("cleo", "one")]
    fay = shop.customer("fay")
    now = shop.clock.now()
    shop.service.writer.run(lambda tx: merging.merge(tx, fay, ben, now))
    shop.reopen()
    put(shop, "mug", stock=2)
    shop.forward(HOUR)
    assert inside(shop) == []
    ends = shop.rows("select customer, end_kind from run order by id")
    assert ends == [(ada, "finished"), (fay, "event"), (cleo, "finished"), (dora, "event")]


def test_only_who_still_stands_is_asked(workshop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that have ended are passed over, in pieces, without reading anybody's story."""
    monkeypatch.setattr(spreading, "CHUNK", 3)
    shop = workshop(STANDING)
    put(shop, stock=9, price=10000)
    shop.forward(MINUTE)
    everybody = [shop.customer(f"c{number}") for number in range(10)]
    for who in everybody:
        shop.happen(who, "add_to_wishlist", item="tent")
    shop.forward(HOUR)
    for who in everybody[:7]:
        shop.service.by_hand(Request("stop", "wish", str(who), f"stop {who}", "test"))
    asked: list[int] = []
    touch = shop.service.spreading._worker.touch

    def noting(transaction: Transaction, occurrences: Any, now: int) -> Any:
        asked.extend(occurrences)
        return touch(transaction, occurrences, now)

    monkeypatch.setattr(shop.service.spreading._worker, "touch", noting)
    put(shop, stock=1)
    shop.forward(HOUR)
    assert asked == everybody[7:]
    assert inside(shop) == []


def test_a_flow_that_learns_to_listen_finds_who_is_in_it(workshop: Any) -> None:
    """A publish that adds an exit about products moves those who entered before it."""
    deaf = STANDING.replace("  exit when product stock falls below 3\n", "").replace(
        "product price drops by 10%", "purchase"
    )
    shop = workshop(deaf)
    put(shop, stock=9, price=10000)
    shop.forward(MINUTE)
    ada = shop.customer("ada")
    shop.happen(ada, "add_to_wishlist", item="tent")
    shop.forward(HOUR)
    shop.write(HEAD + STANDING)
    shop.service.publish(shop.flows, author="test")
    shop.forward(HOUR)
    assert [customer for customer, _ in inside(shop)] == [ada]
    put(shop, stock=1)
    shop.forward(HOUR)
    assert inside(shop) == []


def test_prices_of_another_currency_are_none(workshop: Any) -> None:
    """A store that changes its currency announces no price drop by that."""
    shop = workshop(FLOWS)
    ada = shop.customer("ada")
    put(shop, price=20000)
    shop.happen(ada, "view_item", item="tent")
    shop.forward(DAY)
    shop.write(HEAD.replace("currency EUR", "currency GBP") + FLOWS)
    shop.service.publish(shop.flows, author="test")
    put(shop, price=17000)
    shop.forward(DAY)
    assert messages(shop) == []
    put(shop, price=15000)
    shop.forward(DAY)
    assert messages(shop) == [("ada", "two")]
