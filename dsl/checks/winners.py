"""An experiment with `winner`: somebody waits, and there is something to choose by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dsl import tree
from dsl.checks.names import unknown_name_of_event
from dsl.checks.problem import Problem, head, word
from dsl.graph.compiler import walk
from dsl.names import vocabulary
from dsl.names.scopes import Scope

LONGEST_DAYS: Final = 31
_DAYS: Final = {
    "minute": 1 / 1440, "hour": 1 / 24, "day": 1, "week": 7, "month": 30, "year": 365,
}  # fmt: skip
_DONE: Final = ("open", "click")
"""What somebody does with a message; the rest becomes of it."""


def winner_waits(node: tree.Experiment, scope: Scope) -> Iterator[Problem]:
    """Two arms at least, and somebody who is in none."""
    winner = node.winner
    if winner is None or not all(isinstance(one, tree.Arm) for one in node.arms):
        return
    arms = [one for one in node.arms if isinstance(one, tree.Arm)]
    if len(arms) < 2:
        yield Problem(
            "winner-one-arm",
            winner.span,
            "With one arm there is nothing to choose from.",
            "Write a second arm below, or leave out `winner`.",
        )
    if node.otherwise is not None:
        yield Problem(
            "winner-nobody-waits",
            word(node.otherwise, scope.text, "else"),
            "With `winner` the rest waits for the arm that is chosen, so there is no `else:`.",
            "Make it an arm with a share, such as `20% as plain:`, or leave out `winner`.",
        )
    elif sum(one.share.value for one in arms) == 100:
        yield Problem(
            "winner-nobody-waits",
            winner.span,
            "The arms have 100% of the people, so nobody waits for the one that is chosen.",
            "Give the arms less, such as 20% each.",
        )


def winner_event(node: tree.Experiment, scope: Scope) -> Iterator[Problem]:
    """What is counted is something that people do because of a message of each arm."""
    winner = node.winner
    if winner is None:
        return
    event = winner.event
    span = word(winner, scope.text, event, "by")
    if event not in scope.names.events:
        if "event" not in scope.names.open:
            yield unknown_name_of_event(event, span, scope)
        return
    act, _, channel = event.partition("_")
    of_message = event in vocabulary.MESSAGE_EVENTS
    if of_message and (act not in _DONE or channel == "onsite"):
        yield Problem(
            "winner-event",
            span,
            f"`{event}` is nothing that people do because an arm is the better one.",
            "Write `click_email`, `click_sms` or `purchase`.",
        )
        return
    if of_message and act == "open":
        yield Problem(
            "winner-by-opens",
            span,
            "Openings say little: Apple's Mail opens every mail by itself, which is not counted.",
            "Write `click_email`.",
            severity="warning",
        )
    for arm in node.arms:
        if not isinstance(arm, tree.Arm):
            continue
        steps = list(walk(arm.block))
        if any(isinstance(one, tree.Unreadable) for one in steps):
            continue
        sends = [one for one in steps if isinstance(one, tree.Send)]
        if not any(not of_message or channel in one.channels for one in sends):
            what = {"email": "e-mail", "sms": "text message"}.get(channel, channel)
            yield Problem(
                "winner-no-message",
                head(arm, scope.text),
                f"This arm sends no {what if of_message else 'message'}, so nobody counts in it.",
                f"`winner by {event}` compares people who got a message of their arm.",
            )


def winner_time(node: tree.Winner, _scope: Scope) -> Iterator[Problem]:
    """The time is written as a number, and people wait a month at most."""
    after = node.after
    if not isinstance(after.amount, tree.Number):
        yield Problem(
            "winner-too-long",
            after.span,
            "The time until the choice is the same for everybody.",
            "Write it as a number, such as `4 hours`.",
        )
    elif float(after.amount.value) * _DAYS[after.unit] > LONGEST_DAYS:
        yield Problem(
            "winner-too-long",
            after.span,
            f"Nobody waits longer than {LONGEST_DAYS} days for the choice.",
            "Write a shorter time, such as `4 hours`.",
        )
