"""The example shop keeps its promises: its flows, their tests, and what the tests can find."""

from dataclasses import replace
from pathlib import Path

import pytest

from dsl import tree
from engine.lab.suite import Suite

ROOT = Path(__file__).parents[3]

ROWS = {
    "welcome series": {"welcome"},
    "site abandonment": {"site_abandonment", "viewed_offer", "for_you"},
    "browse abandonment": {"browse_abandonment"},
    "abandoned cart": {"abandoned_cart", "cart_question"},
    "abandoned checkout": {"abandoned_checkout"},
    "search abandonment": {"search_abandonment", "search_follow_up"},
    "wishlist": {"wishlist"},
    "back in stock": {"back_in_stock", "push_prompt"},
    "price drop": {"price_drop"},
    "low stock": {"low_stock"},
    "dates": {
        "birthday",
        "child_birthday",
        "anniversary",
        "first_order_anniversary",
        "before_the_trip",
        "after_the_trip",
    },
    "sunset": {"sunset"},
    "win-back": {"win_back", "win_back_campaign"},
    "thank you": {"thank_you", "survey_answered", "recommend_us"},
    "review request": {"review_request"},
    "VIP": {"vip_club"},
    "usage tips": {"usage_tips"},
    "refill": {"refill"},
    "order status": {"order_status"},
    "lead nurturing": {"nurture_tents"},
    "after registration": {"after_registration", "new_products"},
    "engagement reward": {"reward_readers", "third_purchase"},
    "campaigns": {"black_friday"},
}


@pytest.fixture(scope="module")
def shop():
    return Suite.read(ROOT / "flows")


@pytest.fixture(scope="module")
def bookshop():
    return Suite.read(ROOT / "tests/cases/projects/bookshop")


def test_the_shops_have_nothing_to_complain_about(shop, bookshop):
    """Neither errors nor warnings, in the example shop and in a foreign one."""
    for suite in (shop, bookshop):
        assert [f"{it.file}:{it.span.line} {it.message}" for it in suite.diagnostics] == []


def test_every_row_has_its_flows(shop):
    """Each kind of flow that a shop needs is there, and no flow is without a purpose."""
    assert set.union(*ROWS.values()) == set(shop.project.flows)


def test_every_flow_is_tested_for_sending_and_for_not_sending(shop, bookshop):
    """Each flow has two tests at least, one of them for when nothing may go out."""
    for suite in (shop, bookshop):
        # What another flow starts is tested with that flow.
        for flow in {it.test.flow for it in suite.cases} | set(shop.project.flows):
            tests = [it.test for it in suite.cases if it.test.flow == flow]
            if suite is shop or tests:
                assert len(tests) >= 2, flow
                assert any(map(_holds_back, tests)), f"{flow} is never seen to hold back"


def _holds_back(test: tree.Test) -> bool:
    return any(isinstance(it, tree.ExpectNothing | tree.ExpectExit) for it in test.lines)


def test_every_line_of_the_test_language_is_in_use(shop):
    """The example shop's tests are a reference of the test language."""
    used = {type(line) for case in shop.cases for line in case.test.lines}
    # No flow of this shop tracks anything.
    assert used == set(tree.TestLine.__args__) - {tree.Unreadable, tree.ExpectTrack}
    kinds = {
        line.kind
        for case in shop.cases
        for line in case.test.lines
        if isinstance(line, tree.ExpectOther)
    }
    assert kinds == {"notify", "call", "show"}


def test_the_tests_of_the_example_shop_find_what_goes_wrong(shop):
    """Taking any expectation away, or turning it round, makes its test fail."""
    survivors = []
    for case in shop.cases:
        for place, line in enumerate(case.test.lines):
            for lie in _lies(line):
                lines = (*case.test.lines[:place], *lie, *case.test.lines[place + 1 :])
                outcome = shop.run(replace(case, test=replace(case.test, lines=lines)))
                if outcome.passed:
                    survivors.append(f"{case.name} line {line.span.line}: {lie}")
    assert survivors == []


def _lies(line):
    match line:
        case tree.ExpectMessage(channel=channel):
            other = "sms" if channel == "email" else "email"
            yield ()
            yield (line, line)
            yield (replace(line, channel=other),)
            if line.when is not None:
                late = tree.Number(tree.Decimal("0.5"))
                yield (replace(line, when=tree.After(tree.Duration(late, "minute"))),)
        case tree.ExpectGoal(outcome=outcome):
            yield (replace(line, outcome="missed" if outcome == "reached" else "reached"),)
        case tree.ExpectExit():
            yield (replace(line, by="refund"),)
            yield (replace(line, reason="no such reason"),)
        case tree.ExpectTag(none=False):
            yield (replace(line, tag="no such tag"),)
        case tree.ExpectTag() | tree.ExpectCoupon():
            yield (replace(line, none=not line.none),)
        case tree.ExpectCondition(condition=condition):
            yield (replace(line, condition=tree.Not(condition)),)
        case tree.ExpectOther():
            yield (replace(line, name="no_such_name"),)
        case _:
            return


def test_the_foreign_shop_uses_every_construct_of_the_language(bookshop):
    """A whole other shop, in other words, zone and currency, speaks the whole language."""
    used = {type(node) for file in bookshop.project.files for node in tree.walk(file.tree)}
    constructs = {
        one
        for one in vars(tree).values()
        if isinstance(one, type) and issubclass(one, tree.Node) and not one.__subclasses__()
    }
    assert {one.__name__ for one in constructs - used} == {"UnreadableHead"}
