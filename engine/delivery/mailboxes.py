"""One address, whoever has it: what went to one row of a mailbox counts for the others.

Source: semantics, "One address": limits count per person and per address; a message that is not
transactional goes to one address once per flow, step, visit and run key within 24 hours.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.core.customer import CustomerState
from engine.core.eligibility import Skip
from engine.core.facts import CONTACT, Sent
from engine.core.model import DAY, Instant, Intent, Run
from engine.core.program import Program
from engine.store import mailboxes
from engine.store.states import RECIPIENTS, FlowNumbers
from engine.store.writer import Transaction

_Message = tuple[str, str, int, str, str]
"""Flow, step, visit, run key, channel."""


class Mailboxes:
    """The shared addresses of the customers of one claim."""

    def __init__(
        self,
        transaction: Transaction,
        states: Mapping[int, CustomerState],
        flows: FlowNumbers,
        now: Instant,
        window: Instant,
    ) -> None:
        """`window` is the longest limit's."""
        self._now = now
        self._states = states
        self._others = mailboxes.shared(transaction, states.keys())
        self._went: dict[int, dict[_Message, Instant]] = {}
        if not self._others:
            return
        others = set().union(*self._others.values())
        by_owner: dict[int, list[Sent]] = {}
        for row in mailboxes.gone(transaction, others, now - max(window, DAY)):
            owner, at, channel, run, step, visit, recipient, flow, key = row
            sent = Sent(at, channel, f"{run}:{step}:{visit}:{RECIPIENTS[recipient]}")
            by_owner.setdefault(owner, []).append(sent)
            message = (flows.name(flow), step, visit, key, channel)
            self._went.setdefault(owner, {})[message] = at
        for (customer, kind), sharing in self._others.items():
            facts = states[customer].facts
            for other in sharing:
                theirs = [one for one in by_owner.get(other, ()) if CONTACT[one.channel] == kind]
                facts.sent.extend(theirs)

    def refusal(self, intent: Intent, run: Run | None, program: Program) -> Skip | None:
        """Why a message does not go to an address that had it from another row."""
        if not self._others or intent.transactional or intent.recipient != "customer":
            return None
        if intent.to is not None or any(line.dated is not None for line in program.schedules):
            return None
        message = _message(intent, run)
        for other in self._others.get((intent.customer, CONTACT[intent.channel]), ()):
            at = self._went.get(other, {}).get(message)
            if at is not None and self._now - at < DAY:
                return Skip("this address has it already")
        return None

    def note(self, intent: Intent, run: Run | None) -> None:
        """It goes now: whoever shares the address is to know."""
        if not self._others:
            return
        self._went.setdefault(intent.customer, {})[_message(intent, run)] = self._now
        for other in self._others.get((intent.customer, CONTACT[intent.channel]), ()):
            state = self._states.get(other)
            if state is not None:
                state.facts.sent.append(Sent(self._now, intent.channel, intent.key))


def _message(intent: Intent, run: Run | None) -> _Message:
    key = run.key if run is not None else ""
    return intent.flow, intent.step, intent.visit, key, intent.channel
