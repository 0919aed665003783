"""One customer at a time or all at once: a condition has one answer."""

import os
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.core.conditions.context import ConditionError
from engine.segments.sql import Query, customers_where, members_of
from tests.harness.twins import NOW, Twins, condition_of, some_condition, the_shop

CUSTOMERS = CONDITIONS = 1_000
SEED = int(os.environ.get("HEADRACE_TWINS_SEED", "20260330"))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def twins(request, tmp_path_factory):
    """A thousand odd customers in each database, and in memory."""
    folder = tmp_path_factory.mktemp("twins")
    if request.param == "sqlite":
        found = Twins(folder, None, CUSTOMERS, SEED)
        yield found
        found.close()
        return
    server = request.getfixturevalue("postgres")
    with server.database(server.template) as url:
        found = Twins(folder, url, CUSTOMERS, SEED)
        yield found
        found.close()


def test_a_thousand_conditions_over_a_thousand_customers(twins):
    """Random conditions say the same of every random customer in both evaluations."""
    random = Random(SEED)
    decisive = 0
    for _ in range(CONDITIONS):
        text = some_condition(random)
        condition = condition_of(text)
        expected = twins.in_python(condition)
        assert twins.in_sql(condition) == expected, text
        decisive += 0 < len(expected) < len(twins.facts)
    assert decisive > CONDITIONS / 3, "conditions that tell nobody apart prove nothing"


@settings(
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.randoms(use_true_random=False))
def test_conditions_that_hypothesis_finds(twins, random):
    """A condition that the two evaluations see differently would be made small here."""
    text = some_condition(random)
    assert not twins.differences(text), text


@pytest.mark.parametrize("name", ["buyers", "regulars", "quiet"])
def test_members_of_a_segment(twins, name):
    """A declared segment's query finds those whom its test finds, segments within it too."""
    test = twins.deployment.segments[name]
    from engine.core.conditions.scope import Scope

    expected = {one.id for one in twins.facts if test(Scope(one, NOW), None, None)}
    query = members_of(name, twins.deployment, dialect=twins.dialect, now=NOW)
    found = twins.writer.run(lambda tx: tx.rows(query.sql, query.values))
    assert {number for (number,) in found} == expected
    assert expected


@pytest.mark.parametrize(
    "text",
    [
        'customer.country is "?" or customer.country contains "%" or did search',
        'customer.country in ["50% off?", "\'", "\\"", "\\\\", "日本"]',
        'customer.tags contains "vip" or customer has tag "x\\"vip"',
        "did purchase in last 1 day",
        "did purchase in last 30 days or did purchase since 2026-03-29 23:59",
        "time since purchase >= 30 days",
        "did search or did purchase in last 30 days or time since view_item < 3 days",
        "did not search and did not purchase in last 30 days and time since view_item > 3 days",
        "did purchase in last 1 day or did purchase in last 30 days or did review",
        "did not search in last 9 days and did not search in last 1 day and did purchase",
        "time since purchase <= 30 days and time since view_item > 1 day",
        "not time since purchase < 720 hours",
        "customer.birthday is 2026-03-29 or customer.trip_on < 2025-11-02",
        "customer.created_at >= 2026-03-30 00:00",
        "customer.child_birthday + 30 days < now",
        "latest of review.written_on is 2026-03-29",
        "max of review.written_on < now - 2 days",
        "sum of purchase.value / count of purchase >= customer.budget",
        "customer.shoe_size + customer.shoe_size + customer.shoe_size * 2 - 1 > 5",
        "now - (customer.shoe_size) days < customer.trip_on - (customer.shoe_size) days",
        "score.engagement is 0.007813 or score.engagement > 0.5",
        "customer.orders is 0 and customer.total_spent is not 0",
        'customer.id is 5 or customer.id is "p1"',
        "order has item where (usage_days > 1 or item.price > 5)",
        'did purchase where (event has item where (category is "shoes" or price is empty))',
        "did purchase where (value > customer.budget and did view_item in last 30 days)",
        "customer can receive email and customer not in segment quiet",
    ],
)  # fmt: skip
def test_what_is_easily_told_differently(twins, text):
    """Odd characters, the edges of windows, local days, computed values, lists and suppressions."""
    assert not twins.differences(text)


def test_as_deep_as_the_language_allows(twins):
    """Thirty groups within each other and forty signs in a row are a query, too."""
    for inner, other in (("did purchase", "did search"), ("value > 5", "value is empty")):
        text = inner
        for number in range(15):
            text = f"(not ({text} and ({other} or customer.shoe_size > {number})))"
        where = f"did purchase where ({text})" if inner == "value > 5" else text
        assert not twins.differences(where)
    assert not twins.differences("customer.shoe_size" + " + customer.budget" * 45 + " > 5")


def test_some_customers_only(twins):
    """`within` limits the answer to a query of customers, with values of its own."""
    condition = condition_of('did purchase or customer has tag "vip"')
    within = Query("select id from customer where zone = ?", ("Asia/Kolkata",))
    zone = {one.id for one in twins.facts if one.zone == "Asia/Kolkata"}
    assert twins.in_sql(condition, within) == twins.in_python(condition) & zone


def test_an_event_that_waits_for_its_lane_is_not_history(twins):
    """What has not been applied yet is seen by neither evaluation, and by both afterwards."""
    condition = condition_of("did purchase")
    before = twins.in_sql(condition)
    pending = twins.writer.run(lambda tx: tx.rows("select id, customer from pending"))
    assert pending
    twins.writer.run(lambda tx: tx.execute("delete from pending"))
    try:
        twins.reload()
        assert before < twins.in_sql(condition) == twins.in_python(condition)
    finally:
        twins.writer.run(
            lambda tx: tx.executemany("insert into pending (id, customer) values (?, ?)", pending)
        )
        twins.reload()


def test_suppressions_must_be_looked_up():
    """Asking what somebody can receive without knowing the suppressed addresses is an error."""
    condition = condition_of("customer can receive email")
    with pytest.raises(ConditionError, match="email"):
        customers_where(condition, the_shop(), dialect="sqlite", now=NOW)
