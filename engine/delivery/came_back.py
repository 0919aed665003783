"""What a provider says of a message while it is being handed over."""

from __future__ import annotations

import orjson

from engine.channels.transport import Outcome
from engine.core import bounces
from engine.core.bounces import Kind
from engine.core.facts import CONTACT, Facts
from engine.core.model import Intent
from engine.customers.standing import plain, settle
from engine.intake import replies
from engine.publishing.live import Live
from engine.store import events, feedback
from engine.store.feedback import Came
from engine.store.writer import Transaction

_TYPES: dict[Kind, str] = {"hard_bounce": "hard", "soft_bounce": "soft"}


def kind_of(channel: str, outcome: Outcome) -> Kind | None:
    """What a delivery that failed for good says of the address; None: nothing.

    A mail that nobody took until its last attempt was given up: that is soft.
    """
    if outcome.hard_bounce:
        return "hard_bounce"
    if channel != "email":
        return None
    if outcome.kind == "not_taken":
        return "soft_bounce" if bounces.of_reply(outcome.reason) == "deferred" else None
    # An answer begins with its code; all else are words of our own.
    judged = bounces.of_reply(outcome.reason) if outcome.reason[:3].isdigit() else None
    # A dead mailbox is told by the transport alone, which knows what the answer was to.
    return judged if judged in ("soft_bounce", "blocked") else None


def at_once(
    transaction: Transaction,
    live: Live,
    intent: Intent,
    facts: Facts,
    attempt: str,
    outcome: Outcome,
) -> None:
    """Let a delivery to a customer that failed for good have its effect; `attempt` names it."""
    now = live.clock.now()
    address = str(intent.to or facts.customer.get(CONTACT[intent.channel], ""))
    if outcome.left:
        # They answered STOP to the provider, which told us no earlier.
        types = live.deployment.types
        replies.answered(transaction, types, now, intent.channel, address, "stop", attempt)
        return
    kind = kind_of(intent.channel, outcome)
    if kind is None:
        return
    listed = live.suppressions
    came = Came(
        f"{attempt}:{kind}",
        now,
        kind,
        intent.channel,
        listed.hash_of(address),
        intent.customer,
        intent.flow,
        intent.message,
        intent.run,
        intent.step,
        "mail server" if intent.channel == "email" else "provider",
        plain(outcome.reason),
    )
    # After `headrace retry` the attempts begin anew: a dead address is dead again.
    if feedback.add(transaction, came) or kind == "hard_bounce":
        settle(transaction, listed, came, now, live.soft_bounces)
    if kind in _TYPES:
        _happened(transaction, live, intent, f"bounce_{intent.channel}", kind, came.reason)


def _happened(
    transaction: Transaction, live: Live, intent: Intent, name: str, kind: Kind, reason: str
) -> None:
    """Let the customer's history know; somebody may wait for it."""
    deployment, now = live.deployment, live.clock.now()
    if name not in deployment.types.events:
        return
    properties = {
        "message": intent.message,
        "flow": intent.flow,
        "run": intent.run,
        "step": intent.step,
        "type": _TYPES[kind],
        "reason": reason,
    }
    message_id = f"{intent.key}:{name}"
    if name in deployment.moving or name in deployment.entering or name in deployment.scoring:
        new = events.NewEvent(message_id, intent.customer, name, now, properties)
        events.append(transaction, [new], now)
    elif name in deployment.needs.events and not events.is_stored(transaction, message_id):
        number = transaction.number("event")
        row = (number, message_id, intent.customer, name, now, now, True, orjson.dumps(properties))
        events.record_applied(transaction, [row])
