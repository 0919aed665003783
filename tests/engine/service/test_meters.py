"""What a process counts of the steps that runs pass."""

from __future__ import annotations

import pytest
from prometheus_client import generate_latest

from engine.core.coupons import EXPIRED
from engine.core.eligibility import (
    CONTACT,
    Limit,
    Rules,
    Skip,
    no_provider,
    over_limit_or_quiet,
    unreachable,
)
from engine.core.facts import Facts
from engine.core.model import DAY
from engine.service.meters import Meters
from engine.service.reasons import OTHER, WORDS, word_of
from engine.store.coupons import OUT_OF_CODES
from tests.harness.workshop import START


def test_steps_are_counted_by_what_came_of_them() -> None:
    """Each outcome has a line of its own, and each reason to leave one out."""
    meters = Meters()
    rows = [("done", "email"), ("done", ""), ("waiting", ""), ("skipped", "holdout")]
    meters.steps(rows)
    meters.steps([("skipped", "limit of 2 messages a day is reached")])
    told = generate_latest(meters.registry).decode()
    for line in (
        'headrace_steps_total{outcome="done"} 2.0',
        'headrace_steps_total{outcome="waiting"} 1.0',
        'headrace_steps_total{outcome="skipped"} 2.0',
        'headrace_steps_skipped_total{reason="holdout"} 1.0',
        'headrace_steps_skipped_total{reason="limit"} 1.0',
    ):
        assert line in told


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("too late", "late"),
        (no_provider("sms"), "provider"),
        (OUT_OF_CODES, "coupon"),
        (EXPIRED, "coupon"),
        ("only 1 products found, 3 are needed", "products"),
        ("the customer is not known", OTHER),
        ("no consent for email; no phone number", "consent"),
        ("", OTHER),
    ],
)
def test_sentences_have_a_word(sentence: str, word: str) -> None:
    assert word_of(sentence) == word
    assert word in WORDS


@pytest.mark.parametrize("channel", sorted(CONTACT))
def test_who_cannot_be_reached_is_counted_by_why(channel: str) -> None:
    """Whatever the rules say of a customer has a word of its own."""
    facts = facts_of({CONTACT[channel]: "x"})
    rules = Rules(messages={}, topics={("news", channel): "offers"})

    def word(facts: Facts) -> str:
        reason = unreachable(rules, facts, channel, "news")
        assert reason is not None
        return word_of(reason)

    assert word(facts_of({})) == "address"
    assert word(facts) == "consent"
    facts.consent.update({channel: True, "offers": False})
    facts.suppressed[channel] = "bounced"
    assert word(facts) == "suppressed"
    facts.suppressed.clear()
    assert word(facts) == "consent"
    facts.consent["offers"] = True
    assert word(facts) == "message"
    limited = Rules(limits=(Limit(0, None, DAY, "0 messages a day"),))
    found = over_limit_or_quiet(limited, Marketing(), facts, channel, START)
    assert isinstance(found, Skip)
    assert word_of(found.reason) == "limit"


class Marketing:
    quiet = None
    transactional = False


def facts_of(customer: dict[str, object]) -> Facts:
    return Facts(1, "UTC", customer=customer)
