"""While a sender is young: whose mails go today, and whose wait.

Those go first who clicked, opened, bought or subscribed last: they are the least likely to
complain, which is what a mailbox provider learns a sender by. The rest is held and not skipped.
"""

from __future__ import annotations

from datetime import time, timedelta
from typing import Final

from engine.core import calendar
from engine.core.model import MINUTE, Instant
from engine.core.signals import ACTIVE
from engine.publishing import warming
from engine.publishing.live import Live
from engine.publishing.warming import REASON, Standing
from engine.store import warming as rows
from engine.store.writer import Transaction

_ACTS: Final = (*sorted(ACTIVE), "subscribe", "confirm_subscription", "sign_up")
_LOOK_AGAIN: Final = 15 * MINUTE
"""Where today has room left: who was let go may have been skipped, and another may go instead."""


def hold_back(transaction: Transaction, live: Live, now: Instant) -> None:
    """Hold what is due and more than today's, before anything is claimed."""
    if live.deployment.warm_up is None or live.brakes.everything is not None:
        return
    found = warming.read(transaction, now)
    if found is None:
        return
    room = found.room
    if rows.due(transaction, now, room + 1) <= room:
        return
    until = _tomorrow(found, now)
    if room:
        until = min(until, now + _LOOK_AGAIN)
    why = f"{REASON} {found.most} mails a day on day {found.day + 1} of {found.plan.days}"
    rows.hold(transaction, now, room, until, why, _ACTS)


def _tomorrow(found: Standing, now: Instant) -> Instant:
    day = calendar.local_date(now, found.zone) + timedelta(days=1)
    return calendar.at_clock(day, time(), found.zone)
