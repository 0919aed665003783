"""A second server that waits until nobody holds the database, and then takes it over.

It watches the database all the time, so that it knows it for the one that ran until a moment ago:
a server that starts somewhere else, without having watched, starts paused (decision 72).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from engine.logs import logger
from engine.service.installation import MARK
from engine.store import settings_rows
from engine.store.database import Database
from engine.store.errors import NoDatabaseError, StoreError
from engine.store.sessions import holders

LOOK_SECONDS: Final = 1.0

_log = logger(__name__)


def wait(database: Database, told: Callable[[str], None]) -> str:
    """Wait until nobody holds the database; the mark that it had while it was held last, "" where
    nobody held it when this began.

    `told` is told who holds it, each time that it is somebody else.

    Raises:
        StoreError: the database cannot be reached, and could not from the beginning.
    """
    mark, holder, pause = "", "", threading.Event()
    while True:
        try:
            with database.reader() as reader:
                holding = holders(database.nodes())
                seen = settings_rows.read(reader, MARK)
        except NoDatabaseError:
            return ""
        except StoreError as error:
            if not holder:
                raise
            _log.warning("the database cannot be watched", error=str(error))
        else:
            if not holding:
                return mark
            mark = seen
            if holding[0] != holder:
                holder = holding[0]
                told(holder)
        pause.wait(LOOK_SECONDS)
