"""What Ecwid's webhooks only name is fetched from its REST API, and tried again where it fails.

A delivery is a row of `shop_delivery` that is due until what it names was fetched and stored. Both
happen in one transaction, and storing the same again changes nothing: a crash between loses and
doubles nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx
import orjson

from engine.clock import Clock
from engine.core.model import MINUTE, SECOND, Instant
from engine.core.values import Types
from engine.logs import logger
from engine.outside import ForbiddenAddressError, UnknownNameError, loopback, outside
from engine.settings import Settings
from engine.shops import ecwid
from engine.shops.storing import Keeping
from engine.shops.updates import ShopUpdate, UnreadableError
from engine.store import shop_deliveries
from engine.store.writer import Transaction, Writer

_log = logger(__name__)

ATTEMPTS: Final = 10
GROUP: Final = 20
SECONDS: Final = 10.0
MAX_BYTES: Final = 8 * 1024 * 1024
_FIRST_PAUSE: Final = 15 * SECOND
_LONGEST_PAUSE: Final = 60 * MINUTE


class NotFetchedError(Exception):
    """The other side did not answer as documented; worth another try."""


class Fetching:
    """Fetches what is due. `round` may be called from any thread; one works at a time."""

    def __init__(
        self,
        clock: Clock,
        types: Callable[[], Types],
        writer: Writer,
        settings: Settings,
        stored: Callable[[], None],
    ) -> None:
        """`types` tells the declared words of what is live at the moment; `stored` is called
        after each commit that brought something new.
        """
        self._clock = clock
        self._types = types
        self._writer = writer
        self._settings = settings
        self._stored = stored
        self._turn = threading.Lock()
        self._stopping = False

    def stop(self) -> None:
        """Begin nothing more; what is being fetched is fetched again by the next server."""
        self._stopping = True

    def round(self) -> int:
        """Fetch what is due now; how many deliveries were tried."""
        if not (self._settings.ecwid_store and self._settings.ecwid_token):
            return 0
        with self._turn:
            now = self._clock.now()
            due = self._writer.run(lambda tx: shop_deliveries.due(tx, now, GROUP))
            for number, topic, detail, attempts in due:
                if self._stopping:
                    break
                self._one(number, topic, orjson.loads(detail), attempts)
        return len(due)

    def _one(self, number: int, topic: str, told: dict[str, str], attempts: int) -> None:
        try:
            found = self._get(ecwid.path_of(topic, told))
            news = ecwid.read(topic, found, told)
        except NotFetchedError as error:
            why = str(error)
            self._writer.run(lambda tx: self._later(tx, number, attempts + 1, why))
            _log.warning("a delivery could not be fetched", shop="ecwid", topic=topic, why=why)
            return
        except UnreadableError as error:
            why = str(error)
            self._writer.run(lambda tx: shop_deliveries.done(tx, number, why))
            _log.warning("a delivery cannot be read", shop="ecwid", topic=topic, why=why)
            return
        self._writer.run(lambda tx: self._store(tx, number, news))
        self._stored()

    def _store(self, transaction: Transaction, number: int, news: list[ShopUpdate]) -> None:
        now = self._clock.now()
        keeping = Keeping(transaction, "ecwid", self._types(), now)
        keeping.store(news)
        shop_deliveries.done(transaction, number, "; ".join(keeping.notes))

    def _later(self, transaction: Transaction, number: int, attempts: int, why: str) -> None:
        pause = min(_FIRST_PAUSE << (attempts - 1), _LONGEST_PAUSE)
        again: Instant | None = self._clock.now() + pause
        if attempts >= ATTEMPTS:
            again, why = None, f"given up: {why}"
        shop_deliveries.later(transaction, number, attempts, again, why)

    def _get(self, path: str) -> Mapping[str, Any] | None:
        """The thing at `path` of the store, None where there is none."""
        settings = self._settings
        assert settings.ecwid_token is not None
        url = f"{settings.ecwid_url.rstrip('/')}/{settings.ecwid_store}/{path}"
        headers = {
            "Authorization": f"Bearer {settings.ecwid_token.get_secret_value()}",
            "User-Agent": "Headrace",
        }
        target, host, extensions = _safely(url)
        try:
            with (
                httpx.Client(timeout=SECONDS, follow_redirects=False, trust_env=False) as client,
                client.stream("GET", target, headers={**headers, **host}, extensions=extensions)
                as answer,
            ):  # fmt: skip
                if answer.status_code in (404, 410):
                    return None
                if answer.status_code != 200:
                    raise NotFetchedError(f"the API answered {answer.status_code}")
                body = b""
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > MAX_BYTES:
                        raise UnreadableError("the answer is too large")
        except httpx.HTTPError as error:
            raise NotFetchedError(f"the API cannot be read: {type(error).__name__}") from None
        try:
            found = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise NotFetchedError("the API's answer is not JSON") from None
        if not isinstance(found, dict):
            raise UnreadableError("the API's answer is not an object")
        return found


def _safely(url: str) -> tuple[httpx.URL, dict[str, str], dict[str, Any]]:
    """Where to connect, with the headers and extensions that go with it.

    Only whoever runs the server can name another one, with its number: a proxy of their own on
    the loopback interface.
    """
    if loopback(url):
        return httpx.URL(url), {}, {}
    try:
        there = outside(url, "the API's address")
    except (ForbiddenAddressError, UnknownNameError) as error:
        raise NotFetchedError(str(error)) from None
    return there.url, {"Host": there.host}, there.extensions
