"""What Ecwid's webhooks only name is fetched from its REST API, and tried again where it fails.

A delivery is a row of `shop_delivery` that is due until what it names was fetched and stored. Both
happen in one transaction, and storing the same again changes nothing: a crash between loses and
doubles nothing.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import orjson

from engine.channels.webhook import is_outside
from engine.core.model import MINUTE, SECOND, Instant
from engine.imports.feeds.download import resolve
from engine.imports.reading import UnreadableFileError
from engine.logs import logger
from engine.publishing.live import Live
from engine.settings import Settings
from engine.shops import ecwid
from engine.shops.storing import Keeping
from engine.shops.updates import ShopUpdate, UnreadableError
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
        self, live: Live, writer: Writer, settings: Settings, stored: Callable[[], None]
    ) -> None:
        """`stored` is called after each commit that brought something new."""
        self._live = live
        self._writer = writer
        self._settings = settings
        self._stored = stored
        self._turn = threading.Lock()
        self._stopping = False

    def stop(self) -> None:
        """Let what is being fetched come back; begin nothing more."""
        self._stopping = True
        with self._turn:
            return

    def round(self) -> int:
        """Fetch what is due now; how many deliveries were tried."""
        if not (self._settings.ecwid_store and self._settings.ecwid_token):
            return 0
        with self._turn:
            now = self._live.clock.now()
            due = self._writer.run(
                lambda tx: tx.rows(
                    "select id, topic, detail, attempts from shop_delivery where due_at <= ?"
                    " order by due_at, id limit ?",
                    (now, GROUP),
                )
            )
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
            self._writer.run(lambda tx: _done(tx, number, why))
            _log.warning("a delivery cannot be read", shop="ecwid", topic=topic, why=why)
            return
        self._writer.run(lambda tx: self._store(tx, number, news))
        self._stored()

    def _store(self, transaction: Transaction, number: int, news: list[ShopUpdate]) -> None:
        now = self._live.clock.now()
        keeping = Keeping(transaction, "ecwid", self._live.deployment.types, now)
        keeping.store(news)
        _done(transaction, number, "; ".join(keeping.notes))

    def _later(self, transaction: Transaction, number: int, attempts: int, why: str) -> None:
        pause = min(_FIRST_PAUSE << (attempts - 1), _LONGEST_PAUSE)
        again: Instant | None = self._live.clock.now() + pause
        if attempts >= ATTEMPTS:
            again, why = None, f"given up: {why}"
        transaction.execute(
            "update shop_delivery set attempts = ?, due_at = ?, reason = ? where id = ?",
            (attempts, again, why, number),
        )

    def _get(self, path: str) -> Mapping[str, Any] | None:
        """The thing at `path` of the store, None where there is none."""
        settings = self._settings
        assert settings.ecwid_token is not None
        url = f"{settings.ecwid_url.rstrip('/')}/{settings.ecwid_store}/{path}"
        headers = {
            "Authorization": f"Bearer {settings.ecwid_token.get_secret_value()}",
            "User-Agent": "Headrace",
        }
        target, more = _safely(url)
        try:
            with (
                httpx.Client(timeout=SECONDS, follow_redirects=False, trust_env=False) as client,
                client.stream("GET", target, headers={**headers, **more[0]}, extensions=more[1])
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


def _safely(url: str) -> tuple[httpx.URL, tuple[dict[str, str], dict[str, Any]]]:
    """An https address goes to a checked address of the public internet, resolved once.

    Only whoever runs the server can name another one, with its number: a proxy of their own on
    the loopback interface.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        literal = None
    if literal is not None and literal.is_loopback:
        return httpx.URL(url), ({}, {})
    if parts.scheme != "https":
        raise NotFetchedError("the API's address must begin with https://")
    try:
        addresses = resolve(host, parts.port or 443)
    except UnreadableFileError:
        addresses = []
    if not addresses or not all(map(is_outside, addresses)):
        raise NotFetchedError("the API's address does not lead to the public internet")
    shown = f"[{addresses[0]}]" if addresses[0].version == 6 else str(addresses[0])
    return httpx.URL(url).copy_with(host=shown), ({"Host": parts.netloc}, {"sni_hostname": host})


def _done(transaction: Transaction, number: int, reason: str) -> None:
    transaction.execute(
        "update shop_delivery set due_at = null, reason = ? where id = ?", (reason, number)
    )


def next_due(transaction: Transaction) -> Instant | None:
    """When something is to be fetched next."""
    row = transaction.row("select min(due_at) from shop_delivery where due_at is not null")
    return row[0] if row else None
