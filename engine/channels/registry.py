"""Which transport delivers what: the channels of a server."""

from __future__ import annotations

from engine.channels.absent import Absent
from engine.channels.smtp import Smtp
from engine.channels.transport import Transport
from engine.channels.webhook import Webhook


def transports(smtp_url: str, smtp_connections: int) -> dict[str, Transport]:
    """What `headrace run` delivers with: mail by `smtp_url`, over so many connections at most."""
    return {
        "email": Smtp(smtp_url, connections=smtp_connections),
        "call": Webhook(),
        **{channel: Absent(channel) for channel in ("sms", "push", "whatsapp")},
    }
