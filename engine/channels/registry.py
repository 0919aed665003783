"""Which channels can leave the house, and by what: chosen by the settings."""

from __future__ import annotations

from typing import Final

from engine.channels.smtp import Smtp
from engine.channels.transport import Transport
from engine.channels.webhook import Webhook

CALL: Final = "call"
"""Webhooks: a transport, but no channel by which customers are reached."""


def transports(smtp_url: str, smtp_connections: int) -> dict[str, Transport]:
    """What `headrace run` delivers with, by channel: mail by `smtp_url`, over so many connections
    at most. A channel that is not here has no provider.
    """
    return {"email": Smtp(smtp_url, connections=smtp_connections), CALL: Webhook()}
