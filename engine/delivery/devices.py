"""The browsers of a person, for the transport that sends to them."""

from __future__ import annotations

from collections.abc import Sequence

from engine.channels.driver import Device
from engine.channels.drivers.web_push import plain_bytes
from engine.intake import devices as intake
from engine.publishing.live import Live
from engine.store import devices
from engine.store.writer import Transaction, Writer


class Browsers:
    """What `engine.channels.driver.Devices` asks for, over the database."""

    def __init__(self, live: Live, writer: Writer) -> None:
        self._live = live
        self._writer = writer

    def of(self, name: str) -> Sequence[Device]:
        def work(transaction: Transaction) -> list[devices.Kept]:
            one = devices.find(transaction, name)
            return [] if one is None else devices.of_customer(transaction, one.customer)

        return [
            Device(one.name, one.endpoint, plain_bytes(one.key), plain_bytes(one.secret))
            for one in self._writer.run(work)
        ]

    def gone(self, device: Device) -> None:
        live = self._live
        self._writer.run(
            lambda tx: intake.gone(tx, live.deployment.types, live.clock.now(), device.name)
        )
