"""What every transport promises: an envelope goes in, one of four outcomes comes out.

No e-mail or SMS provider can promise "exactly once". So an outcome says exactly what is
known, and the sender decides: `delivered` and `refused` are final, `not_taken` may be tried
again, `unknown` is never sent again by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

OutcomeKind = Literal["delivered", "refused", "not_taken", "unknown"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one delivery.

    - `delivered`: the other side took it; `provider_id` is what it called it.
    - `refused`: it will never be taken (unknown mailbox, bad address, no provider).
    - `not_taken`: it certainly was not taken (connection refused, "try again later").
    - `unknown`: the connection was lost after the content went out; it may have been taken.

    `reason` is a sentence for the trace. `hard_bounce` says that the address itself is dead.
    """

    kind: OutcomeKind
    reason: str = ""
    provider_id: str = ""
    hard_bounce: bool = False


def delivered(provider_id: str = "", reason: str = "") -> Outcome:
    return Outcome("delivered", reason, provider_id)


def refused(reason: str, *, hard_bounce: bool = False) -> Outcome:
    return Outcome("refused", reason, hard_bounce=hard_bounce)


def not_taken(reason: str) -> Outcome:
    return Outcome("not_taken", reason)


def unknown(reason: str) -> Outcome:
    return Outcome("unknown", reason)


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message to one recipient, rendered.

    `at` is the instant of sending (milliseconds since the epoch, UTC). `headers` are extra
    e-mail headers. `link` is where a push leads. For `call`, `to` is the URL, `payload` the
    JSON document and `secret` the key that signs it.
    """

    channel: str
    to: str
    at: int
    sender: str = ""
    subject: str = ""
    html: str = ""
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    link: str = ""
    message: str = ""
    flow: str = ""
    payload: Mapping[str, object] | None = None
    secret: str | None = None


class Transport(Protocol):
    """Takes messages of one channel to where they belong."""

    async def deliver(self, key: str, envelope: Envelope) -> Outcome:
        """Deliver `envelope` once. `key` is the intent's key, the same at every retry.

        Never raises for anything that a recipient, a server or the network can do.
        """
        ...

    async def close(self) -> None:
        """Let go of connections. The transport may be used again afterwards."""
        ...
