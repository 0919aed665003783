"""The example shop's own data folder, clock and post."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from dsl import tree
from editor.demo import people
from editor.demo.products import PRODUCTS, SHOP
from editor.demo.shop import own_shop
from editor.demo.transports import Acknowledged
from engine.channels.inbox import Inbox, InboxServer, InboxTransport
from engine.channels.smtp import Smtp
from engine.clock import RunningClock, SystemClock
from engine.core import calendar
from engine.core.model import DAY, HOUR, MINUTE, Instant
from engine.intake import keys
from engine.projects.example import example_flows
from engine.service.operations import import_rows
from engine.service.service import Service
from engine.settings import Settings, read_settings
from engine.store import events, products, settings_rows
from engine.store.errors import StoreError
from engine.store.writer import Transaction

OPENS_AT = 10
"""The store's hour at which the demo's clock starts."""
FURTHEST = 400 * DAY
"""How far the clock may be turned in one go."""

_CLOCK = "demo_clock"
_UNITS = {"minute": MINUTE, "hour": HOUR, "day": DAY, "week": 7 * DAY}


class DemoWorld:
    """A service over the example shop, with a clock that can be turned and an inbox."""

    def __init__(self, service: Service, flows: Path, inbox: Inbox, post: InboxServer) -> None:
        self._signing = ""
        self.service = service
        self.flows = flows
        self.inbox = inbox
        self._post = post
        self._started = False

    @classmethod
    def open(cls, data: Path, settings: Settings | None = None) -> Self:
        """Everything is ready to be started; only the shop's own files are written.

        Raises:
            NoShopError: they cannot be.
        """
        settings = settings or read_settings()
        clock = RunningClock(_starts_at(data, settings))
        flows = own_shop(data, clock.now())
        inbox = Inbox(data / "inbox.jsonl")
        post = InboxServer(inbox)
        post.start()
        at_hand = InboxTransport(inbox)
        service = Service(
            data,
            flows,
            settings,
            clock,
            transports={
                "email": Smtp(post.url),
                "sms": at_hand,
                "push": at_hand,
                "whatsapp": at_hand,
                "call": Acknowledged(),
            },
        )
        return cls(service, flows, inbox, post)

    def furnish(self, address: str) -> None:
        """Keys, products, customers and their history, once; links lead to `address`.

        The service must have been started.
        """
        self._started = True
        if self.service.settings.store_url is None:
            self.service.settings.store_url = address + SHOP
        service, now = self.service, self.service.clock.now()
        types = service.deployment.types

        def work(transaction: Transaction) -> None:
            keys.create(transaction, "demo", "server", now, secret="demo")  # noqa: S106 - the demo's
            keys.create(transaction, "demo-browser", "browser", now, secret="demo-browser")  # noqa: S106
            self._signing = keys.signing_secret(transaction, "demo-browser")
            fresh = products.is_empty(transaction)
            told = {"types": types, "now": now, "file": "the example shop"}
            if fresh or self._moved(transaction, address):
                rows = [product.row(address) for product in PRODUCTS.values()]
                if not fresh:
                    # Prices and stock are the demo's own by now; only the links follow.
                    rows = [
                        {name: row.get(name) for name in ("id", "url", "image_url", "guide_url")}
                        for row in rows
                    ]
                import_rows(transaction, "products", _numbered(rows), **told)  # type: ignore[arg-type]
            if fresh:
                for kind, rows in (
                    ("customers", people.customers(now)),
                    ("events", people.history(now)),
                ):
                    import_rows(transaction, kind, _numbered(rows), **told)  # type: ignore[arg-type]
            self._remember(transaction)

        service.writer.run(work)
        service.wake()

    def signature(self, customer: str) -> str:
        """What the shop's server signs who is signed in with; "" for nobody."""
        return keys.signature(self._signing, customer) if customer else ""

    def forward(self, distance: int) -> Instant:
        """Turn the clock by `distance` milliseconds; each due moment on the way is visited."""
        clock = self.service.clock
        self.service.run_until_idle(to=clock.now() + distance)
        self.service.writer.run(self._remember)
        return clock.now()

    def close(self) -> None:
        """Stop the service if it was started, and the post."""
        if self._started:
            self.service.writer.run(self._remember)
            self.service.stop()
        self._post.stop()

    def _remember(self, transaction: Transaction) -> None:
        settings_rows.keep(transaction, _CLOCK, str(self.service.clock.now()))

    @staticmethod
    def _moved(transaction: Transaction, address: str) -> bool:
        """Whether the shop answered elsewhere when its products were written."""
        known = products.properties_of(transaction, "tent-2p")
        return known is not None and not str(known.get("url")).startswith(f"{address}/")


def distance(words: str) -> int:
    """Milliseconds of "1 hour", "2 days", ...

    Raises:
        ValueError: that is no such distance, or more than `FURTHEST`.
    """
    count, _, unit = words.strip().partition(" ")
    length = _UNITS.get(unit.strip().removesuffix("s"))
    if length is None or not (count.isascii() and count.isdigit()) or len(count) > 6:
        raise ValueError('say for example {"forward": "1 hour"}; minutes, hours, days, weeks')
    found = int(count) * length
    if found > FURTHEST:
        raise ValueError(f"at most {FURTHEST // DAY} days at a time")
    return found


def _numbered(rows: list[dict[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
    return list(enumerate(rows, 1))


def _starts_at(data: Path, settings: Settings) -> Instant:
    """Where the clock stood when the demo ended; today at ten for a new one."""
    kept, newest = "", 0
    # What stands in the way of reading is told by whoever starts the service.
    with suppress(StoreError), settings.database(data).reader() as reader:
        kept = settings_rows.read(reader, _CLOCK)
        newest = events.newest_moment(reader)
    if kept:
        return max(int(kept), newest)
    zone = _zone_of_the_store()
    today = calendar.local(SystemClock(settings.clock_offset).now(), zone)
    return calendar.instant(today.replace(hour=OPENS_AT, minute=0, second=0, microsecond=0), zone)


def _zone_of_the_store() -> str:
    from dsl.project import load_project

    store = load_project(example_flows() / "store.flow").store
    lines = store.lines if store is not None else ()
    return next((line.name for line in lines if isinstance(line, tree.Timezone)), "UTC")
