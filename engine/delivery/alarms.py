"""The alarm: a message of which too much comes back is stopped until a person looks.

Mailbox providers turn away a sender of whom 0.3 % is reported as spam (Google's and Yahoo's rules
for bulk senders), and one whose lists are not clean.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from engine.core.model import DAY
from engine.logs import logger
from engine.publishing import brakes
from engine.publishing.brakes import Key
from engine.publishing.live import Live
from engine.settings import Settings
from engine.store import feedback
from engine.store.database import Database
from engine.store.rows import Rows

_log = logger(__name__)

EVERY_SECONDS: Final = 10.0
WINDOW: Final = 30 * DAY
"""What was sent and came back within this time counts, since the message was last let go on."""


class Alarms:
    """`round` looks at those of which something came back since the last one."""

    def __init__(self, settings: Settings, live: Live, database: Database) -> None:
        self._settings = settings
        self._live = live
        self._database = database
        self._seen = 0

    def round(self) -> int:
        """Stop what is to be stopped; how many messages."""
        with self._database.reader() as reader:
            newest = feedback.newest(reader)
            if newest <= self._seen:
                return 0
            blamed = [Key(*one) for one in feedback.blamed(reader, self._seen)]
            found = {key: why for key in blamed if (why := self._why(reader, key))}
        self._seen = newest
        for key, why in found.items():
            hold = partial(brakes.hold, live=self._live, key=key, who=brakes.ALARM, reason=why)
            self._database.writer.run(hold)
            _log.error("a message was stopped: too much of it comes back", **key._asdict(), why=why)
        return len(found)

    def _why(self, rows: Rows, key: Key) -> str:
        """Why a message is to be stopped, "" for not at all."""
        known, settings = self._live.brakes, self._settings
        if key in known.messages:
            return ""
        since = max(known.lifted.get(key, 0), self._live.clock.now() - WINDOW)
        rates = feedback.rates(rows, *key, since)
        if rates.sent < max(settings.alarm_sends, 1):
            return ""
        for what, count, most in (
            ("complaints", rates.complained, settings.alarm_complaints),
            ("bounces", rates.bounced, settings.alarm_bounces),
        ):
            if 0 < most <= 100 * count / rates.sent:
                share = f"{100 * count / rates.sent:.2g} %"
                return f"{count} {what} of {rates.sent} sent ({share})"
        return ""
