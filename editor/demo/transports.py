"""What the demo does with deliveries that have no place in an inbox."""

from __future__ import annotations

from engine.channels.transport import Envelope, Outcome, delivered


class Acknowledged:
    """Webhooks of the example shop lead nowhere: they count as taken, and nothing goes out."""

    async def deliver(self, key: str, envelope: Envelope) -> Outcome:
        del envelope
        return delivered(f"demo-{key}")

    async def close(self) -> None:
        """Nothing is held."""
