"""How far an intent has come: one table of states, on both databases."""

from __future__ import annotations

import itertools

import pytest

from engine.core.model import Intent
from engine.store import coupons, intents
from engine.store.intents import MOVES, IllegalMoveError
from engine.store.states import FlowNumbers
from engine.store.writer import Row, Transaction, Writer

KEY = (1, "send", 1, 0)
MOVERS = {
    "ready": lambda tx: intents.again(tx, KEY, 20, "busy"),
    "paused": lambda tx: intents.put_aside(tx, KEY),
    "claimed": lambda tx: intents.claim(tx, KEY, 10, 1),
    "sent": lambda tx: intents.settle(tx, KEY, "sent", 10, "ok", "p1"),
    "failed": lambda tx: intents.settle(tx, KEY, "failed", 10, "no", ""),
    "unknown": lambda tx: intents.settle(tx, KEY, "unknown", 10, "?", ""),
    "skipped": lambda tx: intents.skip(tx, KEY, "limit", 10),
}


def _intent(transaction: Transaction, state: str) -> None:
    """The one intent of these tests, in a state."""
    transaction.execute("delete from intent")
    one = Intent(1, "send", 1, "customer", "email", "hello", 5, 7, "f", 1, 10, False, {})
    intents.write(transaction, [one], FlowNumbers(), 5)
    transaction.execute("update intent set state = ?", (state,))


def _state(transaction: Transaction) -> str:
    ((state,),) = transaction.rows("select state from intent")
    return state


@pytest.mark.parametrize(("before", "after"), [*itertools.product(MOVES, MOVES)])
def test_an_intent_moves_as_the_table_says_and_not_otherwise(
    writer: Writer, before: str, after: str
) -> None:
    """What went out is never taken back, what was skipped never sent; an illegal move changes
    nothing. To write the same outcome again is no move.
    """
    writer.run(lambda tx: _intent(tx, before))
    if after in MOVES[before] or after == before:
        writer.run(MOVERS[after])
        assert writer.run(_state) == after
    else:
        with pytest.raises(IllegalMoveError, match=f"is {before} and cannot become {after}"):
            writer.run(MOVERS[after])
        assert writer.run(_state) == before


def _claimed(tx: Transaction) -> list[Row]:
    return tx.rows("select run, step, visit, recipient from intent where state = 'claimed'")


def _give_back(tx: Transaction) -> None:
    for key in _claimed(tx):
        intents.give_back(tx, key, 0)


def _lose(tx: Transaction) -> None:
    for key in _claimed(tx):
        intents.settle(tx, key, "unknown", 9, "", "")


def test_all_of_a_flow_moves_as_the_table_says(writer: Writer) -> None:
    """Stopping, resuming, retrying and starting anew touch what the table lets them touch."""
    bulk = {
        "skipped": lambda tx: intents.stop(tx, 1, "stopped", 9),
        "ready": lambda tx: (intents.resume(tx, 1), intents.retry(tx, 9), _give_back(tx)),
        "unknown": _lose,
    }
    why = coupons.OUT_OF_CODES  # what was skipped for another reason stays so
    for after, move in bulk.items():
        for before in MOVES:
            writer.run(lambda tx, state=before: _intent(tx, state))
            writer.run(lambda tx: tx.execute("update intent set flow = 1, reason = ?", (why,)))
            writer.run(move)
            reached = after if after in MOVES[before] else before
            assert writer.run(_state) == reached, f"{before} to {after}"


def test_what_a_limit_skipped_is_not_tried_again(writer: Writer) -> None:
    """A retry by hand sends nothing that was decided against."""
    writer.run(lambda tx: _intent(tx, "skipped"))
    assert writer.run(lambda tx: intents.retry(tx, 9)) == 0
    assert writer.run(_state) == "skipped"


def test_an_intent_that_is_not_there_moves_nowhere(writer: Writer) -> None:
    """A wrong key is said, not passed over."""
    with pytest.raises(IllegalMoveError, match="is not there"):
        writer.run(MOVERS["claimed"])
