"""`headrace bench latency` measures what it says."""

from __future__ import annotations

import pytest

from engine.bench import latency, steady


def test_every_order_gets_its_message_and_all_spans_are_told() -> None:
    """Against `headrace run` over HTTP, with mails taken by a server."""
    told = latency.run(1.5, 60, 25, 3)
    assert (told["answers"], told["unsent"]) == (90, 0)
    assert 0 < told["intent_p50_ms"] <= told["intent_p99_ms"] <= told["intent_max_ms"]
    assert told["sent_max_ms"] >= told["intent_p50_ms"]
    assert [span["from_s"] for span in told["slices"]] == [0, 0.5, 1]
    assert all(span["intent_p99_ms"] > 0 for span in told["slices"])
    assert 0 < told["longest_write_s"] <= 10


@pytest.mark.parametrize("percent", [1, 10, 33, 100])
def test_orders_are_as_many_as_asked_for(percent: int) -> None:
    """Evenly among the events, and numbered one by one."""
    orders = [n for n in range(1_000) if steady.is_order(n, percent)]
    assert len(orders) == percent * 10
    assert [steady.order_of(n, percent) for n in orders] == list(range(len(orders)))


def test_the_longest_write_is_told_by_its_bound() -> None:
    """What came between two looks counts, and nothing before."""
    before = {0.1: 5.0, 0.2: 6.0, float("inf"): 6.0}
    after = {0.1: 9.0, 0.2: 10.0, float("inf"): 10.0}
    assert latency._longest([before, after]) == 0.1
    assert latency._longest([{}, after]) == 0.2
    assert latency._longest([before, {0.1: 5.0, 0.2: 6.0, float("inf"): 7.0}]) is None
