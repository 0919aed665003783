"""Where a mail comes back to, and the address at which one unsubscribes by mail."""

from __future__ import annotations

from dataclasses import replace

from engine.channels.transport import Envelope
from engine.messages.links import MessageRef
from engine.publishing.live import Live

_HEADER = "List-Unsubscribe"


def addressed(
    live: Live, envelope: Envelope, message: MessageRef | None = None, what: str = "email"
) -> Envelope:
    """A mail with its return path, and beside its link to unsubscribe an address (RFC 8058 asks
    for the link, RFC 2369 knows both). `message` is which it is, None for one of no flow.
    """
    returns = live.returns
    if returns is None or envelope.channel != "email":
        return envelope
    digest = live.suppressions.hash_of(envelope.to)
    headers = dict(envelope.headers)
    if message is not None and _HEADER in headers:
        leave = returns.make_leave(message, what)
        headers[_HEADER] = f"{headers[_HEADER]}, <mailto:{leave}?subject=unsubscribe>"
    return replace(envelope, headers=headers, return_path=returns.make_return(message, digest))
