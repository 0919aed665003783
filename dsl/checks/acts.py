"""`click_email of X`: X is something that can be clicked there."""

from __future__ import annotations

from collections.abc import Iterator

from dsl import tree
from dsl.checks.problem import Problem, word
from dsl.checks.reach import Reach, own_reach, reach_of
from dsl.names import vocabulary
from dsl.names.scopes import Scope

_MAY_NAME_A_MESSAGE = frozenset(
    (
        "subscribe", "unsubscribe", "confirm_subscription", "form_submitted", "sign_up",
        "view_promotion", "select_promotion", "redeem_coupon",
    )
)  # fmt: skip


def wrong_of(node: tree.EventHappens | tree.History, scope: Scope) -> Iterator[Problem]:
    """What is `of` a step or a message of this flow can come of it."""
    flow = scope.flow
    if node.of is None or flow is None or flow.flow.name not in scope.names.flows:
        return
    if node.of in flow.labels or node.of in flow.messages:
        reach = own_reach(flow.flow.name, scope.names)
        yield from _of(node, node.event, node.of, reach, scope)


def wrong_of_in_test(node: tree.Test, scope: Scope) -> Iterator[Problem]:
    """What a test plays `of` a step or a message can come of it."""
    if node.flow not in scope.names.flows:
        return
    reach = reach_of(node.flow, scope.names)
    for line in node.lines:
        if isinstance(line, tree.PlayAt | tree.GivenPast):
            play = line.play
            if isinstance(play, tree.EventPlay) and play.of is not None and not reach.unknown:
                yield from _of(play, play.event, play.of, reach, scope)


def _of(node: tree.Node, event: str, of: str, reach: Reach, scope: Scope) -> Iterator[Problem]:
    step = reach.labels.get(of)
    if step is None and of not in reach.messages:
        return
    span = word(node, scope.text, of, "of")
    if step is not None and not isinstance(step, tree.Send | tree.Show | tree.Notify):
        yield Problem(
            "sends-nothing",
            span,
            f"The step `{of}` sends nothing that a customer could answer to.",
            "Name a step that sends, or a message.",
        )
        return
    if event not in vocabulary.MESSAGE_EVENTS:
        if event in vocabulary.EVENTS and event not in _MAY_NAME_A_MESSAGE:
            yield Problem(
                "wrong-channel",
                span,
                f"`{event}` does not tell of which message it is, so this never comes to pass.",
                f"Write `{event}` alone; what becomes of a message is `click_email`, `open_email`"
                " and the like.",
            )
        return
    act, _, channel = event.rpartition("_")
    channels = set(reach.sends.get(of, ())) if step is None else set()
    if isinstance(step, tree.Send):
        channels = set(step.channels)
    shown = (step is None and of in reach.shows) or isinstance(step, tree.Show)
    if channel in channels or (shown and channel == "onsite"):
        return
    others = [f"`{act}_{one}`" for one in sorted(channels) if f"{act}_{one}" in vocabulary.EVENTS]
    if channels:
        sentence = f"`{of}` is sent by {' or '.join(sorted(channels))}, never {_by(channel)}."
    elif shown:
        others = [f"`{one}_onsite`" for one in ("view", "click", "close")]
        sentence = f"`{of}` is shown on the site, never sent by {channel}."
    else:
        sentence = f"`{of}` goes to staff, and nobody looks at what they do with it."
    yield Problem(
        "wrong-channel",
        span,
        sentence,
        f"Write {' or '.join(others)}." if others else "Name a message that is sent so.",
    )


def _by(channel: str) -> str:
    return "shown on the site" if channel == "onsite" else f"by {channel}"
