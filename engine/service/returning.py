"""What comes back by mail: the inbound port and the mailbox that is looked into."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from engine.channels.mailbox import Mailbox
from engine.channels.receiver import Receiver
from engine.errors import RefusedError
from engine.intake import feedback, returns
from engine.logs import logger
from engine.messages.return_paths import ReturnPaths
from engine.publishing.live import Live
from engine.settings import Settings
from engine.store.errors import StoreError
from engine.store.writer import Transaction, Writer

_log = logger(__name__)

AT_ONCE: Final = 200
"""Mails of a mailbox in one look."""


class Returning:
    """Takes mails in, where the settings name a return path. `take` may be called from any
    thread.
    """

    def __init__(
        self,
        settings: Settings,
        live: Live,
        secret: bytes,
        writer: Writer,
        wake: Callable[[], None],
    ) -> None:
        self._paths = ReturnPaths(settings.return_path or "", secret)
        if settings.return_path is not None:
            live.returns = self._paths
        self._settings = settings
        self._live = live
        self._writer = writer
        self._wake = wake
        self._receiver: Receiver | None = None
        self.fault = ""
        """Why the mailbox could not be looked into the last time, "" where it could."""

    def start(self) -> None:
        """Listen, where the settings say so.

        Raises:
            RefusedError: the port cannot be used.
        """
        where = self._settings.return_listen
        if where is None or self._live.returns is None:
            return
        host, _, port = where.rpartition(":")
        self._receiver = Receiver(host.strip("[]"), int(port), self._paths.is_ours, self._taken)
        try:
            self._receiver.start()
        except OSError as error:
            self._receiver = None
            raise RefusedError(
                f"HEADRACE_RETURN_LISTEN: {where} cannot be listened on: {error.strerror or error}"
            ) from None

    def stop(self) -> None:
        if self._receiver is not None:
            self._receiver.stop()
            self._receiver = None

    @property
    def port(self) -> int:
        """The port that is listened on, 0 for none."""
        return 0 if self._receiver is None else self._receiver.port

    def take(self, content: bytes, recipients: Sequence[str] = ()) -> bool:
        """Let a mail have its effect; whether it had any.

        Raises:
            StoreError: the database does not take it.
        """

        def work(transaction: Transaction) -> bool:
            shop = self._live.deployment
            report = returns.report_of(transaction, self._paths, shop.topics, content, recipients)
            if report is None:
                return False
            now, most = self._live.clock.now(), self._settings.soft_bounces
            return bool(feedback.apply(transaction, shop.types, now, [report], soft_bounces=most))

        done = self._writer.run(work)
        if done:
            self._wake()
        return done

    async def _taken(self, content: bytes, recipients: list[str]) -> bool:
        try:
            await asyncio.get_running_loop().run_in_executor(None, self.take, content, recipients)
        except StoreError as error:
            _log.warning("a mail at the return path was not stored", error=str(error))
            return False
        return True

    def _take_from_box(self, content: bytes) -> None:
        try:
            self.take(content)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - the mails behind it are to be read
            _log.error("a mail that came back could not be read", error=type(error).__name__)

    def look(self) -> int:
        """Look into the mailbox of the settings; how many mails were taken."""
        url = self._settings.return_imap
        if url is None:
            return 0
        try:
            with Mailbox(url.get_secret_value()) as box:
                taken = box.each(self._take_from_box, AT_ONCE)
        except (OSError, StoreError, Mailbox.error) as error:
            self.fault = str(error)[:200] or type(error).__name__
            _log.warning("the mailbox of what comes back was not read", error=self.fault)
            return 0
        self.fault = ""
        return taken
