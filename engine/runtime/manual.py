"""Into a flow and out of it by hand: by the API, by the command line, by a page.

A start is kept among the customer's events under its message id, so that a request that is made
again starts nothing again. Whether it entered, or why not, is told to whoever asked, and in the
customer's trace.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

from engine.core.model import Instant, ManualStart, ManualStop, Occurrence, Properties
from engine.errors import RefusedError
from engine.publishing.live import Live
from engine.runtime.worker import Worker
from engine.store import audit, events, run_figures, runs
from engine.store.customers import find_customer
from engine.store.writer import Transaction

STARTED: Final = "$start"
STOPPED: Final = "$stop"


class UnknownError(RefusedError):
    """There is no such flow, or no such customer."""


class Byhand(NamedTuple):
    """What came of it. `runs` are the runs that began (one at most) or ended."""

    outcome: Literal["entered", "skipped", "repeated", "stopped"]
    customer: int
    runs: list[int]
    reason: str = ""


class Request(NamedTuple):
    """What somebody asks for. `message_id` makes a repeated request harmless; `who` is a user id,
    an e-mail address or our number; `by` goes into the audit log.
    """

    act: Literal["start", "stop"]
    flow: str
    who: str
    message_id: str
    by: str
    properties: Mapping[str, Any] = {}


def do(transaction: Transaction, live: Live, worker: Worker, told: Request, now: Instant) -> Byhand:
    """Start or stop a flow for one customer, in this transaction.

    Raises:
        UnknownError: there is no such flow or customer.
        RefusedError: the flow is not entered by hand.
    """
    deployment = live.deployment
    program = deployment.programs.get(told.flow)
    if program is None:
        raise UnknownError(f"there is no flow called {told.flow} that is live")
    if told.act == "start" and not program.manual:
        raise RefusedError(
            f"nobody enters {told.flow} by hand; the line `enter manually` would allow it"
        )
    customer = find_customer(transaction, told.who)
    if customer is None:
        raise UnknownError(f"there is no customer {told.who!r}")
    properties = _read(live, transaction, told)
    record = {"flow": told.flow, **properties}
    name = STARTED if told.act == "start" else STOPPED
    new = events.NewEvent(told.message_id, customer, name, now, record, enters=False)
    (seq,) = events.append(transaction, [new], now)
    if seq is None:
        return _repeated(transaction, told, customer, name)
    about = {"flow": told.flow, "customer": customer}
    audit.note(transaction, audit.Act(now, told.by, f"{told.act} flow", about))
    number = live.flows.number(transaction, told.flow)
    before = runs.newest(transaction), run_figures.newest_skipped(transaction)
    active = run_figures.active(transaction, customer, number)
    occurrence: Occurrence = (
        ManualStart(told.flow, properties, now, seq)
        if told.act == "start"
        else ManualStop(told.flow, now, seq)
    )
    worker.touch(transaction, {customer: [occurrence]}, now)
    if told.act == "stop":
        left = run_figures.active(transaction, customer, number)
        return Byhand("stopped", customer, sorted(active - left))
    return _outcome(transaction, number, customer, before)


def _read(live: Live, transaction: Transaction, told: Request) -> Properties:
    """Properties by the types of an event that enters the flow too, else of any event; a word
    that neither knows is read as all events call it that do.
    """
    types = live.deployment.types
    program = live.deployment.programs[told.flow]
    event = next((name for name in program.entries if name in types.events), "page_view")
    catalogue = live.catalogue.read(transaction)
    if not told.properties:
        return {}
    known = types.events[event]
    properties = {
        name: value if name in known else types.read(value, types.entry_property((), name))
        for name, value in told.properties.items()
    }
    return types.read_event(event, properties, catalogue)


def _repeated(transaction: Transaction, told: Request, customer: int, name: str) -> Byhand:
    known = events.by_message(transaction, [told.message_id])[told.message_id]
    if known[1:3] != (customer, name):
        raise RefusedError(f"the message id {told.message_id} was used for something else")
    return Byhand("repeated", customer, [], "this was asked for before")


def _outcome(transaction: Transaction, flow: int, customer: int, before: tuple[int, int]) -> Byhand:
    begun = run_figures.begun(transaction, customer, flow, before[0])
    if begun:
        return Byhand("entered", customer, begun)
    why = run_figures.why_skipped(transaction, customer, flow, before[1])
    return Byhand("skipped", customer, [], why or "the customer could not be moved")
