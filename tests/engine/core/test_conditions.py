"""What conditions mean, over one customer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl import tree
from engine.core.conditions.context import ConditionError, Names, Sending
from engine.core.conditions.python import compile_test, compile_value
from engine.core.conditions.scope import Scope
from engine.core.facts import Cart, Facts, Score
from engine.core.model import DAY, HOUR, Event, Run
from tests.harness.stage import BERLIN, BUILTIN, declarations, moment

NOW = moment("2026-03-30 12:00")


def parsed(text, more=""):
    lines = f"{more}flow f:\n  enter when purchase\n  only if {text}\n  exit\n"
    found = declarations(lines)
    flow = next(one for one in found if isinstance(one, tree.Flow))
    condition = next(one for one in flow.headers if isinstance(one, tree.OnlyIf)).condition
    segments = {one.name: one.block for one in found if isinstance(one, tree.Segment)}
    names = Names(
        types=BUILTIN,
        segments=segments,
        halves={"engagement": 30 * DAY},
        labels={"touch": Sending("touch", "first")},
        entry_events=("purchase",),
        flow="f",
    )
    return condition, names


def ada():
    facts = Facts(7, BERLIN)
    facts.customer = BUILTIN.read_customer(
        {"country": "DE", "total_spent": "500.00", "first_name": "", "birthday": "2004-02-29",
         "created_at": "2026-03-01T10:00:00Z", "budget": 12.5, "days": 3}
    )  # fmt: skip
    facts.tags = {"vip"}
    facts.consent = {"email": True, "tips": False}
    facts.customer["email"] = "ada@example.com"
    facts.catalogue = {
        "tent": BUILTIN.read_product({"price": 200, "stock": 3, "category": "tents"}),
        "mug": BUILTIN.read_product({"price": 9, "category": "kitchen"}),
    }
    facts.cart = Cart({"mug": {"id": "mug", "quantity": 2}})
    facts.scores = {"engagement": Score(40, NOW - 30 * DAY)}
    days = [("view_item", 40, {"item": "tent", "items": [{"id": "tent"}], "value": 20_000}),
            ("view_item", 2, {"item": "mug", "items": [{"id": "mug"}], "value": 900,
                              "category": "kitchen"}),
            ("purchase", 100, {"value": 10_000, "order_id": "a", "items": [{"id": "tent"}]}),
            ("purchase", 10, {"value": 5_005, "order_id": "b", "items": [{"id": "mug"}]}),
            ("click_email", 1, {"message": "first", "flow": "f", "run": 3, "step": "touch"}),
            ("open_email", 1, {"message": "first"})]  # fmt: skip
    for seq, (name, ago, properties) in enumerate(days, 1):
        at = NOW - ago * DAY
        facts.remember(Event(name, properties, at, at, seq))
    return facts


def scope_of(facts):
    run = Run(3, "f", 1, 7, "", "waiting", 0, NOW - 5 * DAY, NOW)
    return Scope(
        facts, NOW, run, entry={"value": 5_005, "order_id": "b", "items": [{"id": "tent"}]},
        item={"id": "tent"}, product="tent", since=NOW - 5 * DAY,
    )  # fmt: skip


def holds(text, more=""):
    condition, names = parsed(text, more)
    return compile_test(condition, names)(scope_of(ada()), None, None)


TRUE = """
customer.country is "DE"
customer.country is not "AT"
customer.country in ["AT", "DE"]
customer.country not in ["AT"]
customer.country starts with "D" and customer.country ends with "E"
customer.email contains "@"
customer.total_spent > 499.99
customer.total_spent >= 500
customer.total_spent is 500
customer.budget is 12.50
customer.budget * 2 is 25
customer.budget + 0.5 is 13
customer.total_spent / customer.budget is 40
customer.total_spent in [500, 600]
customer.birthday is 2004-02-29
customer.birthday < 2004-03-01
customer.created_at is 2026-03-01
customer.created_at < now - 28 days
customer.created_at > now - 30 days
customer.days + 1 is 4
customer.first_name is set
customer.first_name is empty
customer.tier is not set
customer.tier is empty
customer.orders is 0
not customer.tier is "vip"
customer.tier is not "vip"
not customer.days > 5
customer has tag "vip"
customer.tags contains "vip"
customer can receive email
not customer can receive push
not customer can receive tips
customer can receive news
cart is not empty
cart.value is 18
cart.count is 2
cart has item where category is "kitchen"
cart has item where (price < 10 and quantity is 2)
not cart has item where category is "tents"
cart.items contains "mug"
entry.value is 50.05
entry has item where category is "tents"
order.value is 50.05
order has item where item.id is "mug"
item.price is 200
product.stock > 0
product.price > entry.value
score.engagement is 20
did purchase
did not refund
did purchase at least 2 times
did purchase exactly 2 times
did purchase at most 2 times
not did purchase at least 3 times
did purchase in last 11 days
did not purchase in last 10 days
did not purchase in last 9 days
did purchase since 2026-03-20
did not purchase since 2026-03-21
did open_email since entry
did not purchase since entry
did view_item of this product
did not view_item of this product in last 30 days
did view_item in last 3 days where category is "kitchen"
did purchase where value >= 100
did purchase where (value >= 40 and value < 60)
did purchase where (event has item where category is "tents")
did purchase with same order_id
count of purchase with same order_id is 1
count of purchase is 2
count of refund is 0
sum of purchase.value is 150.05
sum of refund.value is 0
average of purchase.value is 75.025
min of purchase.value is 50.05
max of purchase.value is 100
latest of purchase.value is 50.05
latest of purchase.order_id is "b"
not average of refund.value < 5
not average of refund.value >= 5
average of refund.value is not set
time since purchase > 9 days
time since purchase <= 10 days
time since purchase is 240 hours
time since refund > 1000 days
not time since refund < 1000 days
did click_email of touch
did open_email of first
did not click_email of other
customer.total_spent > 10 and (customer.days is 9 or customer.days is 3)
not (customer.days is 9 or customer.days is 8)
customer in segment buyers
customer not in segment others
"""
SEGMENTS = """\
segment buyers:
  did purchase
  any of:
    customer.country is "AT"
    all of:
      customer.country is "DE"
      none of:
        did refund
        customer has tag "x"
segment others:
  not customer in segment buyers
"""


@pytest.mark.parametrize("text", TRUE.strip().splitlines())
def test_holds(text):
    """Each of these holds for Ada, and its opposite does not."""
    assert holds(text, SEGMENTS) is True
    assert holds(f"not ({text})", SEGMENTS) is False


@pytest.mark.parametrize("sign", ["<", "<=", ">", ">="])
@pytest.mark.parametrize("missing", ["customer.tier", "customer.seen_at", "order.tax"])
def test_comparison_with_a_missing_value(sign, missing):
    """A comparison with a missing value is false, and its `not` is true."""
    other = {"customer.tier": '"a"', "customer.seen_at": "now", "order.tax": "5"}[missing]
    assert holds(f"{missing} {sign} {other}") is False
    assert holds(f"not {missing} {sign} {other}") is True


@pytest.mark.parametrize("value", ["text", True, [1], {"a": 1}, "12"])
def test_values_of_another_type_are_never_an_accident(value):
    """A value that is not of its declared type compares as false instead of failing."""
    condition, names = parsed("customer.days > 2 or customer.days * 2 > 5")
    facts = ada()
    facts.customer["days"] = value
    result = compile_test(condition, names)(scope_of(facts), None, None)
    assert not result or value is True


def test_text_compares_by_code_point():
    """Upper case comes before lower case, and both before umlauts."""
    condition, names = parsed('customer.first_name < "b"')
    test = compile_test(condition, names)
    facts = ada()
    for name, below in (("Z", True), ("a", True), ("ä", False)):
        facts.customer["first_name"] = name
        assert test(scope_of(facts), None, None) is below


def test_a_day_is_24_elapsed_hours():
    """In conditions a day is 24 elapsed hours, also when the clock was changed meanwhile."""
    condition, names = parsed("did search in last 1 day")
    test = compile_test(condition, names)
    now = moment("2026-03-29 12:00")
    for at, inside in (("2026-03-28 11:00", False), ("2026-03-28 11:01", True)):
        facts = Facts(1, BERLIN)
        facts.remember(Event("search", {}, moment(at), moment(at), 1))
        assert test(Scope(facts, now), None, None) is inside


def test_a_label_speaks_of_this_run():
    """A click on the same message of an earlier run is not this run's."""
    condition, names = parsed("did click_email of touch")
    scope = scope_of(ada())
    scope.run.id = 4
    assert compile_test(condition, names)(scope, None, None) is False


def test_values_for_steps():
    """Values keep their type: money is scaled once, bare dates stay dates."""
    _, names = parsed("did purchase")
    scope = scope_of(ada())
    from decimal import Decimal

    amount, _ = compile_value(tree.Number(Decimal("18.90")), names, kind="money")
    assert amount(scope, None, None) == 1890
    day, kind = compile_value(tree.Path(("customer", "birthday")), names)
    assert (day(scope, None, None), kind) == ("2004-02-29", "date")
    now, _ = compile_value(tree.Path(("now",)), names)
    assert now(scope, None, None) == NOW


def test_what_the_checks_should_have_refused():
    """An unknown segment or a bare name outside `where` is an error, not a silent false."""
    for text in ("customer in segment nobody", "colour is 5", "nothing.x is 5"):
        condition, names = parsed(text)
        with pytest.raises(ConditionError):
            compile_test(condition, names)


NUMBERS = st.one_of(st.none(), st.integers(-5, 5), st.floats(-5, 5), st.sampled_from(["a", ""]))


@given(NUMBERS, st.integers(-5, 5), st.sampled_from(["<", "<=", ">", ">=", "is"]))
def test_comparisons_agree_with_their_careful_form(value, bound, sign):
    """Whatever a property holds, a comparison says what it means and never fails."""
    condition, names = parsed(f"customer.days {sign} {bound}")
    facts = ada()
    facts.customer["days"] = value
    operators = {
        "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b,
        ">": lambda a, b: a > b,
        ">=": lambda a, b: a >= b,
        "is": lambda a, b: a == b,
    }
    expected = isinstance(value, int | float) and operators[sign](value, bound)
    assert bool(compile_test(condition, names)(scope_of(facts), None, None)) is bool(expected)


@given(st.lists(st.integers(0, 50 * 24), max_size=8), st.integers(1, 40), st.integers(0, 3))
def test_history_counts_like_a_list(hours, days, least):
    """`at least n times in last d days` counts the events in that window, whatever their order."""
    condition, names = parsed(f"did search at least {least} times in last {days} days")
    facts = Facts(1, BERLIN)
    for seq, ago in enumerate(hours, 1):
        at = NOW - ago * HOUR
        facts.remember(Event("search", {}, at, NOW, seq))
    expected = sum(1 for ago in hours if ago < days * 24) >= least
    assert compile_test(condition, names)(Scope(facts, NOW), None, None) is expected
