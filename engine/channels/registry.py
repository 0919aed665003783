"""Which channels can leave the house, and by what: chosen by the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from engine.channels.transport import Transport

CHANNELS: Final = frozenset({"email"})
"""The channels with a provider. To reach a customer by any other there is none yet."""


def transports(smtp_url: str, smtp_connections: int) -> dict[str, Transport]:
    """What `headrace run` delivers with: `CHANNELS`, and `call` for webhooks. Mail goes by
    `smtp_url`, over so many connections at most.
    """
    from engine.channels.smtp import Smtp
    from engine.channels.webhook import Webhook

    return {"email": Smtp(smtp_url, connections=smtp_connections), "call": Webhook()}
