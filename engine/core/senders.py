"""Who a message comes from: which of the store's senders, and where answers go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from dsl import tree


class Sender(NamedTuple):
    """`address` is what stands in From (a number or a word for a text message), `reply_to` where
    answers go, "" for the same.
    """

    address: str
    reply_to: str = ""


def senders_of(lines: Iterable[tree.StoreLine]) -> dict[str, Sender]:
    """The senders of a store: by channel those without a name, others by `CHANNEL as NAME`."""
    found: dict[str, Sender] = {}
    for line in lines:
        if isinstance(line, tree.Sender):
            found.setdefault(_key(line.channel, line.name), Sender(line.address, line.reply_to))
    return found


def sender_of(senders: Mapping[str, Sender], channel: str, own: str = "", flow: str = "") -> Sender:
    """Who a message on this channel comes from. `own` is what its file says: the name of one of
    the store's, or an address. `flow` is the name that its flow says. A name that has nothing for
    this channel leaves it to the next.
    """
    for name in (own, flow):
        found = senders.get(_key(channel, name)) if name else None
        if found is not None:
            return found
        if name == own and _is_address(senders, channel, own):
            return Sender(own)
    return senders.get(channel, Sender(""))


def _is_address(senders: Mapping[str, Sender], channel: str, told: str) -> bool:
    """Whether it stands for itself. A text message may come from any word that names no sender."""
    if channel == "email":
        return "@" in told
    return bool(told) and not any(key.endswith(f" as {told}") for key in senders)


def headed(headers: Mapping[str, str], sender: Sender) -> dict[str, str]:
    """A mail's headers with where its answers go, where the message does not say so itself."""
    back = {"Reply-To": sender.reply_to} if sender.reply_to else {}
    return {**back, **headers}


def _key(channel: str, name: str) -> str:
    return f"{channel} as {name}" if name else channel
