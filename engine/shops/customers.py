"""Who a webhook speaks of, and what it says of them.

People are found as an import finds them (decision 81): by the account's number, else by the
address; who was known by the address alone is the same person once there is an account. What a
shop says of a person is kept field by field: the newest statement of each wins.
"""

from __future__ import annotations

from typing import Any

from engine.core.model import DAY, Instant
from engine.core.values import Types
from engine.customers import contact, identity, merging, profile
from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from engine.shops.records import Record, digest, read, since, write
from engine.shops.updates import Person, Said
from engine.store import consents, identities
from engine.store.writer import Transaction

KIND = "customer"


class People:
    """The people of one delivery. `source` is what proofs of consent name."""

    def __init__(
        self,
        transaction: Transaction,
        shop: str,
        types: Types,
        now: Instant,
        source: str,
        told: int,
    ) -> None:
        """`told` is when the shop sent it, in microseconds since 1970."""
        self._told = told
        self._transaction = transaction
        self._shop = shop
        self._types = types
        self._now = now
        self._source = source

    def meet(self, person: Person) -> int:
        """The row of a person, made or merged where needed, with what was said kept; 0: nobody."""
        person.email = contact.email(person.email) or ""
        customer = self._find(person)
        if customer:
            self._describe(customer, person)
            self._agree(customer, person)
        return customer

    # --- who ----------------------------------------------------------------------------

    def _find(self, person: Person) -> int:
        transaction = self._transaction
        box = person.email.casefold()
        owner = identity.find(transaction, "email", [box]).get(box, 0) if box else 0
        customer = 0
        if person.user:
            customer = identity.find(transaction, identity.USER, [person.user]).get(person.user, 0)
            if owner and owner != customer and self._alone(owner, box):
                if customer:
                    self._merge(customer, owner)
                else:
                    customer = owner
                    self._name(person.user, owner)
            if not customer:
                customer = self._create(person.user)
        elif box:
            customer = owner or self._create(box)
        elif number := contact.phone(
            person.traits.get("phone"), contact.country(person.traits.get("country"))
        ):
            # As an import calls them, so that both mean the same person.
            known = identity.find(transaction, identity.USER, [number])
            customer = known.get(number, 0) or self._create(number)
        if person.token:
            customer = self._with_token(customer, f"{self._shop}-cart-{person.token}")
        return customer

    def _alone(self, owner: int, box: str) -> bool:
        """Whether somebody is known by the address alone, without an account."""
        return all(
            value.casefold() == box for _, value in identities.users(self._transaction, [owner])
        )

    def _create(self, user: str) -> int:
        mark = f"{self._shop} customer {user}"
        told = Incoming("identify", mark, user=user, source=self._source)
        (taken,) = take(self._transaction, [told], self._types, self._now)
        return taken.customer

    def _name(self, user: str, customer: int) -> None:
        identities.add(self._transaction, [(identity.USER, user, customer, self._now)])
        about = profile.load(self._transaction, [customer])[customer]
        about.put("id", user)
        profile.save(self._transaction, [about], self._now)

    def _with_token(self, customer: int, token: str) -> int:
        """A cart's token stands for a visitor, until it is known whose cart it is."""
        transaction = self._transaction
        visitor = identity.find(transaction, identity.ANONYMOUS, [token]).get(token, 0)
        if not customer:
            return visitor or self._visitor(token)
        if not visitor:
            identities.add(transaction, [(identity.ANONYMOUS, token, customer, self._now)])
        elif visitor != customer and not identity.known(transaction, [visitor]):
            self._merge(customer, visitor)
        return customer

    def _visitor(self, token: str) -> int:
        told = Incoming("identify", f"{token} visitor", anonymous=token, source=self._source)
        (taken,) = take(self._transaction, [told], self._types, self._now)
        return taken.customer

    def _merge(self, survivor: int, gone: int) -> None:
        mine, theirs = self._record(survivor), self._record(gone)
        for name, known in theirs.detail.items():
            if since(known) > since(mine.detail.get(name, [])):
                mine.detail[name] = known
        merging.merge(self._transaction, survivor, gone, self._now)
        write(self._transaction, mine)

    # --- what ---------------------------------------------------------------------------

    def _record(self, customer: int) -> Record:
        record = read(self._transaction, self._shop, KIND, str(customer))
        record.customer = customer
        return record

    def _describe(self, customer: int, person: Person) -> None:
        told = {**person.traits, **({"email": person.email} if person.email else {})}
        record = self._record(customer)
        newer: dict[str, Any] = {}
        for name, value in told.items():
            statement = [person.at, self._told, digest(value)]
            if since(statement) >= since(record.detail.get(name, [])):
                record.detail[name] = statement
                newer[name] = value
        if not newer:
            return
        write(self._transaction, record)
        self._tell(customer, person.at, newer, traits=newer)

    def _agree(self, customer: int, person: Person) -> None:
        record = self._record(customer)
        for channel, said in person.consent.items():
            name = f"consent.{channel}"
            # When it was said, whether it holds, whether it ever did, when we wrote it down,
            # and how much that weighs.
            before = record.detail.get(name, [-1, False, False, 0, 0])
            weight = _weight(said)
            ever = before[2] or said.agreed
            newest = (said.at, weight) > (before[0], (*before, int(before[1]))[4])
            at, agreed = (said.at, said.agreed) if newest else before[:2]
            written = before[3]
            if newest or ever != before[2]:
                # A no that may mean "never asked" takes back what was agreed to, nothing else.
                says = ever or (newest and said.explicit)
                told = said._replace(agreed=agreed, at=at)
                written = self._write(customer, channel, told, written, says=says)
                kept = weight if newest else (*before, int(before[1]))[4]
                record.detail[name] = [at, agreed, ever, written, kept]
                write(self._transaction, record)

    def _write(
        self, customer: int, channel: str, said: Said, written: Instant, *, says: bool
    ) -> Instant:
        """Let a consent hold or not; when that was. What people took back here stays so, unless
        they agreed in the shop later.
        """
        held = consents.of(self._transaction, customer, channel)
        if not says or (held is not None and held.allowed == said.agreed):
            return written
        if said.agreed and held is not None and held.at != written and said.at <= held.at:
            return written
        detail = {**said.detail, "told_at": said.at}
        self._tell(customer, said.at, [channel, detail], consent={channel: said.agreed},
                   properties=detail)  # fmt: skip
        found = consents.of(self._transaction, customer, channel)
        return found.at if found else written

    def _tell(self, customer: int, at: Instant, content: Any, **more: Any) -> None:
        mark = f"{self._shop} customer {customer} {at} {digest(content)}"
        told = Incoming("identify", mark, customer=customer, source=self._source, **more)
        told.occurred_at = at
        # What was agreed to long ago starts nothing today.
        told.enters = self._now - at <= DAY
        take(self._transaction, [told], self._types, self._now)


def _weight(said: Said) -> int:
    """Of two that were said at the same moment: a withdrawal before a consent, and both before a
    no that may mean "never asked".
    """
    return 1 if said.agreed else 2 if said.explicit else 0
