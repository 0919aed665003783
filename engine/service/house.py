"""What transports may ask of the running house."""

from __future__ import annotations

from collections.abc import Mapping

from engine.channels import registry
from engine.channels.driver import House
from engine.channels.transport import Transport
from engine.customers.profile import country_of
from engine.delivery.devices import Browsers
from engine.publishing.live import Live
from engine.settings import Settings
from engine.store import settings_rows
from engine.store.writer import Writer


def house_of(live: Live, writer: Writer, public_url: str) -> House:
    """The house of a data folder; `public_url` is where its public surface is reached."""
    return House(
        public_url,
        country=lambda: country_of(live.deployment.zone),
        kept=lambda name, make: writer.run(lambda tx: settings_rows.kept(tx, name, make)),
        devices=Browsers(live, writer),
    )


def transports_of(
    given: Mapping[str, Transport] | None, settings: Settings, house: House
) -> Mapping[str, Transport]:
    """What messages leave by: what was given, else what the settings choose."""
    return registry.transports(settings.channels, house) if given is None else given
