"""Mails at the return path: what they say, of which message, and that it has its effect."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from engine.channels import came_back
from engine.core.facts import CONTACT
from engine.intake.feedback import Report
from engine.messages.links import MessageRef
from engine.messages.return_paths import Leaving, Returned, ReturnPaths, mark_of, short
from engine.store import feedback
from engine.store.dialects import Digest
from engine.store.rows import Rows

SOURCE: Final = "return path"


def report_of(
    rows: Rows,
    paths: ReturnPaths,
    topics: Iterable[str],
    content: bytes,
    recipients: Iterable[str] = (),
) -> Report | None:
    """What a mail reports; None for nothing, or of no message of ours.

    `recipients` are those of its envelope, where they are known; `topics` those of the shop.
    Only addresses that we signed are believed.
    """
    said = came_back.read(content)
    named = came_back.addresses_of(content) if said is None else said.addresses
    ours = [found for one in (*recipients, *named) if (found := paths.read(one)) is not None]
    if said is None:
        leaving = next((one for one in ours if isinstance(one, Leaving)), None)
        if leaving is None or not came_back.asks_to_leave(content):
            return None
        return _leaves(rows, topics, leaving, came_back.mark_of(content))
    if said.kind == "unsubscribed":
        leaving = next((one for one in ours if isinstance(one, Leaving)), None)
        return None if leaving is None else _leaves(rows, topics, leaving, said.mark)
    returned = next((one for one in ours if isinstance(one, Returned)), None)
    if returned is not None:
        return Report(
            said.kind,
            "email",
            SOURCE,
            said.mark,
            digest=Digest(returned.digest),
            message=_message(rows, returned.run, returned.message),
            reason=said.reason,
        )
    # A complaint may show the headers of the mail only, and of those not where it came back to.
    leaving = next((one for one in ours if isinstance(one, Leaving)), None)
    if leaving is None or said.kind != "complained":
        return None
    message = _message(rows, leaving.run, leaving.message)
    return Report(
        "complained",
        "email",
        SOURCE,
        said.mark,
        message=message,
        customer=leaving.customer,
        reason=said.reason,
    )


def _leaves(rows: Rows, topics: Iterable[str], leaving: Leaving, mark: str) -> Report:
    what = next((name for name in (*CONTACT, *topics) if short(name) == leaving.what), "email")
    message = _message(rows, leaving.run, leaving.message)
    channel = message.channel if message is not None else "email"
    return Report(
        "unsubscribed",
        channel,
        "unsubscribe mail",
        mark,
        message=message,
        customer=leaving.customer,
        what=what,
    )


def _message(rows: Rows, run: int, mark: bytes) -> MessageRef | None:
    for step, visit, customer, flow, channel, message in feedback.messages_of(rows, run):
        if mark_of(step, visit) == mark:
            return MessageRef(customer, run, flow, step, visit, channel, message)
    return None


def message_at(rows: Rows, paths: ReturnPaths, address: str) -> MessageRef | None:
    """The message that comes back to an address; None where it is not one that we signed."""
    found = paths.read(address)
    if not isinstance(found, Returned):
        return None
    return _message(rows, found.run, found.message)
