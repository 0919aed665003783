"""What stands where a channel has no provider yet."""

from __future__ import annotations

from engine.channels.transport import Envelope, Outcome, refused


class Absent:
    """Refuses every message with a reason that says what to set up."""

    def __init__(self, channel: str) -> None:
        self._reason = (
            f"No provider is set up for {channel}: messages for it are not sent. "
            f"The demo shows them in its inbox."
        )

    async def deliver(self, key: str, envelope: Envelope) -> Outcome:
        del key, envelope
        return refused(self._reason)

    async def close(self) -> None:
        """Nothing is held."""
