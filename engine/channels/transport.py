"""What every transport promises: an envelope goes in, one of four outcomes comes out.

No e-mail or SMS provider can promise "exactly once". So an outcome says exactly what is
known, and the sender decides: `delivered` and `refused` are final, `not_taken` may be tried
again, `unknown` is never sent again by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from engine.core.model import Instant

OutcomeKind = Literal["delivered", "refused", "not_taken", "unknown"]
Rest = Literal["", "lane", "channel"]
CONNECTIONS: Final = 4
"""How many deliveries go on side by side where a transport says nothing else."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one delivery.

    - `delivered`: the other side took it; `provider_id` is what it called it.
    - `refused`: it will never be taken (unknown mailbox, bad address, no provider).
    - `not_taken`: it certainly was not taken (connection refused, "try again later").
    - `unknown`: the connection was lost after the content went out; it may have been taken.

    `reason` is a sentence for the trace. `hard_bounce` says that the address itself is dead, `left`
    that whoever has it told the provider that they want no more of this channel.
    `rests` says of what was not taken that nothing else would be either for a while: of the same
    lane (a domain that defers), or of the whole channel (a server that is away, a rate limit of the
    account). `wait` is how long, in milliseconds, where the other side says so; else 0, and the
    sender waits longer each time.
    """

    kind: OutcomeKind
    reason: str = ""
    provider_id: str = ""
    hard_bounce: bool = False
    left: bool = False
    rests: Rest = ""
    wait: Instant = 0


def delivered(provider_id: str = "", reason: str = "") -> Outcome:
    return Outcome("delivered", reason, provider_id)


def refused(reason: str, *, hard_bounce: bool = False, left: bool = False) -> Outcome:
    return Outcome("refused", reason, hard_bounce=hard_bounce, left=left)


def not_taken(reason: str, *, rests: Rest = "", wait: Instant = 0) -> Outcome:
    return Outcome("not_taken", reason, rests=rests, wait=wait)


def unknown(reason: str) -> Outcome:
    return Outcome("unknown", reason)


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message to one recipient, rendered.

    `at` is the instant of sending (milliseconds since the epoch, UTC). `headers` are extra
    e-mail headers. `link` is where a push leads. For `call`, `to` is the URL, `payload` the
    JSON document and `secret` the key that signs it. `wire` is what the transport's own `prepare`
    made of it. `return_path` is where a mail comes back
    to, "" for its sender.
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
    wire: object = None
    return_path: str = ""


class Transport(Protocol):
    """Takes messages of one channel to where they belong.

    It may also have what these functions ask for, each with a default: `connections_of`,
    `lane_of`, `remembered_by`, `preparing`.
    """

    async def deliver(self, key: str, envelope: Envelope) -> Outcome:
        """Deliver `envelope` once. `key` is the intent's key, the same at every retry.

        Never raises for anything that a recipient, a server or the network can do.
        """
        ...

    async def close(self) -> None:
        """Let go of connections. The transport may be used again afterwards."""
        ...


Prepare = Callable[[str, Envelope], Envelope]


def connections_of(transport: Transport) -> int:
    """How many deliveries it wants side by side: its attribute `connections`."""
    return int(getattr(transport, "connections", CONNECTIONS))


def lane_of(transport: Transport, address: str) -> str:
    """What has a pace of its own among the receivers: its method `lane_of(address)`, such as the
    domain of a mail address. Who has none shares one lane, "".
    """
    lane = getattr(transport, "lane_of", None)
    return "" if lane is None else str(lane(address))


def remembered_by(transport: Transport) -> Instant:
    """For how many milliseconds the other side knows a key again and does nothing twice: its
    attribute `remembers`. So long, what may have gone out may be tried once more. 0: not at all.
    """
    return int(getattr(transport, "remembers", 0))


def preparing(transport: Transport) -> Prepare | None:
    """What makes an envelope ready for the wire: its attribute `prepare`, a plain function of key
    and envelope that may be pickled and run in another process. It gives the envelope with `wire`
    set, which `deliver` then takes. It may raise `ValueError` with the reason as a sentence: the
    envelope can never be sent.
    """
    prepare: Prepare | None = getattr(transport, "prepare", None)
    return prepare
