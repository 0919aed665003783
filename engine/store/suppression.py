"""Addresses that get nothing any more, kept as keyed hashes."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from engine.core.addresses import normal_address
from engine.core.facts import CONTACT
from engine.core.model import Instant
from engine.store.dialects import Digest
from engine.store.rows import Rows
from engine.store.writer import Transaction

LIFTED = "lifted "
"""What stands before the channel of an address that may be used again."""
LEFT = "left "
"""What stands before the channel that an address was taken off by a link: consent that was
given before for that address holds for nobody who has it.
"""
_NEWEST = "select coalesce(max(number), 0) from suppression"


def address_hash(secret: bytes, address: str) -> Digest:
    """What is kept of an address; however it is written, it is the same one."""
    normal = normal_address(address).encode("utf-8", "surrogatepass")
    return Digest(blake2b(normal, key=secret[:64], digest_size=16).digest())


class Suppressions:
    """The list in memory, read again when it has grown."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._newest = -1
        self._reasons: dict[tuple[str, bytes], str] = {}

    def anew(self) -> Suppressions:
        """The same list, to be read by another thread."""
        return Suppressions(self._secret)

    def forget(self) -> None:
        """Read anew next time, whatever the table says."""
        self._newest = -1

    def read(self, transaction: Rows) -> bool:
        """Catch up with the table; say whether it holds anything."""
        newest = transaction.rows(_NEWEST)[0][0]
        if newest != self._newest:
            self._reasons = {
                (channel, bytes(digest)): reason
                for channel, digest, reason in transaction.rows(
                    "select channel, hash, reason from suppression"
                )
            }
            self._newest = newest
        return bool(self._reasons)

    def of(self, customer: Mapping[str, Any]) -> dict[str, str]:
        """The channels that must not be used for somebody with these properties, and why."""
        found: dict[str, str] = {}
        if not self._reasons:
            return found
        for channel, contact in CONTACT.items():
            address = customer.get(contact)
            if isinstance(address, str) and address:
                reason = self._reasons.get((channel, address_hash(self._secret, address)))
                if reason is not None:
                    found[channel] = reason
        return found

    def holds(self, channel: str) -> bool:
        """Whether any address must not be reached by this channel, as of the last `read`."""
        return any(one == channel for one, _ in self._reasons)

    def includes(self, channel: str, address: str) -> bool:
        return (channel, address_hash(self._secret, address)) in self._reasons

    def add(
        self, transaction: Transaction, channel: str, address: str, reason: str, at: Instant
    ) -> None:
        """Suppress an address for good; a second reason changes nothing."""
        self.add_hash(transaction, channel, address_hash(self._secret, address), reason, at)

    def hash_of(self, address: str) -> Digest:
        """What the list keeps of an address."""
        return address_hash(self._secret, address)

    def add_hash(
        self, transaction: Transaction, channel: str, digest: Digest, reason: str, at: Instant
    ) -> None:
        """The same, of an address that is known by its hash only."""
        newest = transaction.rows(_NEWEST)[0][0]
        transaction.execute(
            "insert into suppression (number, channel, hash, reason, at) values (?, ?, ?, ?, ?)"
            " on conflict (channel, hash) do nothing",
            (newest + 1, channel, digest, reason, at),
        )

    def leave(self, transaction: Transaction, channel: str, address: str, at: Instant) -> None:
        """Remember that whoever has an address left a channel by a message's link."""
        newest = transaction.rows(_NEWEST)[0][0]
        transaction.execute(
            "insert into suppression (number, channel, hash, reason, at) values (?, ?, ?, ?, ?)"
            " on conflict (channel, hash) do update set at = excluded.at",
            (newest + 1, f"{LEFT}{channel}", address_hash(self._secret, address), "left", at),
        )

    def left_at(self, rows: Rows, channel: str, address: str) -> Instant | None:
        """When whoever has an address left a channel by a message's link; None for never."""
        row = rows.row(
            "select at from suppression where channel = ? and hash = ?",
            (f"{LEFT}{channel}", address_hash(self._secret, address)),
        )
        return None if row is None else int(row[0])

    def entry(self, rows: Rows, channel: str, address: str) -> tuple[str, Instant] | None:
        """Why an address is suppressed on a channel, and since when; None where it is not."""
        row = rows.row(
            "select reason, at from suppression where channel = ? and hash = ?",
            (channel, address_hash(self._secret, address)),
        )
        return None if row is None else (str(row[0]), int(row[1]))

    def lift(self, transaction: Transaction, channel: str, address: str, at: Instant) -> bool:
        """Let an address be used again; whether it was suppressed. That it was stays on record."""
        digest = address_hash(self._secret, address)
        lifted = f"{LIFTED}{channel}"
        row = transaction.row(
            "select reason from suppression where channel = ? and hash = ?", (channel, digest)
        )
        if row is None:
            return False
        newest = transaction.rows(_NEWEST)[0][0]
        transaction.execute(
            "delete from suppression where channel = ? and hash = ?", (lifted, digest)
        )
        # The newest number tells whoever holds the list that it is another.
        transaction.execute(
            "update suppression set channel = ?, number = ?, at = ? where channel = ? and hash = ?",
            (lifted, newest + 1, at, channel, digest),
        )
        return True

    def listed(self, rows: Rows) -> list[dict[str, Any]]:
        """All that is suppressed, the newest first. An address is known only by a customer who has
        it: of the list itself nobody can read one.
        """
        known: dict[tuple[str, bytes], str] = {}
        for kind, value in rows.rows(
            "select kind, value from identity"
            " where kind in ('email', 'phone', 'push', 'same email', 'same phone', 'same push')"
        ):
            plain = kind.removeprefix("same ")
            address = value if plain == kind else value.rpartition(" ")[0]
            digest = bytes(address_hash(self._secret, address))
            for channel, contact in CONTACT.items():
                if contact == plain:
                    known[channel, digest] = address
        return [
            {
                "channel": channel,
                "address": known.get((channel, bytes(digest))),
                "reason": reason,
                "at": at,
            }
            for channel, digest, reason, at in rows.rows(
                "select channel, hash, reason, at from suppression order by number desc"
            )
            if not channel.startswith((LIFTED, LEFT))
        ]
