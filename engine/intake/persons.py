"""Whom a call is about: found by what it names, made where nobody is known, merged where two rows
turn out to be one person.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.customers import identity, merging
from engine.intake.browser import PAGE_EVENTS
from engine.intake.incoming import Incoming, Taken, refused
from engine.intake.staging import Staging
from engine.store import identities


class Persons:
    """The people of one batch of calls. `look_up` comes first."""

    def __init__(self, staging: Staging, *, by_address: bool = True) -> None:
        """`by_address`: a server's call without a userId may be about whose address it tells."""
        self._by_address = by_address
        self._linked: dict[str, int] = {}
        self._staging = staging
        self._transaction = staging.transaction
        self.users: dict[str, int] = {}
        self.visitors: dict[str, int] = {}
        self._known: set[int] = set()
        self._standing: set[int] = set()
        self._readers: dict[str, int] = {}

    def look_up(self, incoming: Iterable[Incoming]) -> None:
        """Read everybody whom these calls name, with one query per kind of name."""
        incoming = list(incoming)
        users: set[str] = set()
        visitors: set[str] = set()
        for each in incoming:
            if each.user:
                users.add(each.user)
            if each.anonymous:
                visitors.add(each.anonymous)
            if each.previous:
                users.add(each.previous)
                visitors.add(each.previous)
        self.users = identity.find(self._transaction, identity.USER, users)
        self.visitors = identity.find(self._transaction, identity.ANONYMOUS, visitors)
        guests = {one.anonymous for one in incoming if self._may_be_known(one)}
        self._linked = identity.find(self._transaction, identity.LINKED, guests)
        if visitors:
            since = self._staging.at - identity.READER_FOR
            self._readers = identities.find_newer(
                self._transaction, identity.READER, visitors, since
            )
        self._known = set(self.users.values())
        self._known |= identity.known(self._transaction, set(self.visitors.values()) - self._known)
        self._standing = identity.standing(
            self._transaction, {each.customer for each in incoming if each.customer}
        )

    def named(self, incoming: Iterable[Incoming]) -> set[int]:
        """Who of those that stand already is named by these calls."""
        found: set[int | None] = set()
        for each in incoming:
            found |= {
                each.customer,
                self.users.get(each.user),
                self.visitors.get(each.anonymous),
                self._linked.get(each.anonymous),
                self._readers.get(each.anonymous),
            }
        return {customer for customer in found if customer}

    def of(self, each: Incoming) -> int:
        """The row that a call is about, made or merged where needed; 0 if there is no such row."""
        if each.customer:
            if each.customer in self._standing:
                return each.customer
            return identity.living(self._transaction, each.customer)
        if each.anonymous in self._readers:
            reader = self._reader(each)
            if reader:
                return reader
        user = self.users.get(each.user) if each.user else None
        visitor = self.visitors.get(each.anonymous) if each.anonymous else None
        if user is not None and user == visitor:
            return user
        if each.browser and each.user and visitor in self._known:
            # Whoever knows the id of a customer's visitor must not take it from them.
            return user or self._create(each.user, "")
        if self._may_be_known(each) and visitor not in self._known:
            owner = self._whose_address(each) or self._linked.get(each.anonymous)
            if owner:
                return owner
        if not each.user or (each.browser and not each.signed):
            return visitor or self._create("", each.anonymous)
        if not each.anonymous:
            return user or self._create(each.user, "")
        if user is None:
            if visitor is None or visitor in self._known:
                # A second person at this browser: what comes now is theirs.
                return self._create(each.user, each.anonymous)
            self._attach_user(each.user, visitor)
            return visitor
        if visitor is None or (visitor != user and visitor in self._known):
            self._attach_visitor(each.anonymous, user)
        elif visitor != user:
            self._merge(user, visitor)
        return user

    def _may_be_known(self, each: Incoming) -> bool:
        return self._by_address and not each.browser and not each.user and not each.customer

    def _whose_address(self, each: Incoming) -> int:
        """The one customer with a userId whose address a call tells, 0 for nobody or several. The
        call's anonymousId is only linked: pages that know it stay strangers.
        """
        kind, address = each.address
        if not address:
            return 0
        sharing = identity.sharing(self._transaction, kind, address)
        unknown = sharing - self._known - self._staging.fresh
        known = sharing & self._known | identity.known(self._transaction, unknown)
        if len(known) != 1:
            return 0
        (owner,) = known
        self._known.add(owner)
        if each.anonymous and self._linked.get(each.anonymous) != owner:
            self._linked[each.anonymous] = owner
            self._staging.identity(identity.LINKED, each.anonymous, owner)
        return owner

    def is_spoken_for(self, each: Incoming, customer: int) -> bool:
        """Whether a page speaks for a known customer, and nobody vouches that it may."""
        if not each.browser or each.signed:
            return False
        return customer in self._known or self._readers.get(each.anonymous) == customer

    def _reader(self, each: Incoming) -> int:
        """Who reads in the browser that a page speaks for, by their click in a mail; 0 where that
        says nothing. A browser that tells who it is is its visitor's own from then on.
        """
        visitor = self.visitors.get(each.anonymous)
        told = each.address[1] or any(each.traits.get(kind) for kind in identity.ADDRESSES)
        if each.user or told or visitor in self._known:
            del self._readers[each.anonymous]
            identities.drop(self._transaction, identity.READER, each.anonymous)
            return 0
        looks = each.browser and each.kind == "track" and each.event in PAGE_EVENTS
        return self._readers[each.anonymous] if looks else 0

    def alias(self, each: Incoming) -> int | Taken:
        """The row that both ids of an `alias` now name, or why a browser may not say so."""
        previous = self.visitors.get(each.previous)
        if not each.browser:
            previous = previous or self.users.get(each.previous)
        elif not each.signed or each.previous in self.users:
            return refused("forbidden", "A browser key cannot rename a user.", "previousId")
        customer = self.users.get(each.user)
        if previous is None:
            customer = customer or self._create(each.user, "")
            self._attach_visitor(each.previous, customer)
        elif customer is None:
            if previous in self._known and each.browser:
                return refused("forbidden", "A browser key cannot rename a user.", "previousId")
            self._attach_user(each.user, previous)
            customer = previous
        elif customer != previous:
            if previous in self._known and each.browser:
                return refused("forbidden", "A browser key cannot merge users.", "previousId")
            self._merge(customer, previous)
        return customer

    def _create(self, user: str, anonymous: str) -> int:
        customer = self._staging.customer()
        if user:
            self._attach_user(user, customer)
        if anonymous:
            self._attach_visitor(anonymous, customer)
        return customer

    def _attach_user(self, user: str, customer: int) -> None:
        self.users[user] = customer
        self._known.add(customer)
        self._staging.profile(customer).put("id", user)
        self._staging.identity(identity.USER, user, customer)

    def _attach_visitor(self, anonymous: str, customer: int) -> None:
        self.visitors[anonymous] = customer
        self._staging.identity(identity.ANONYMOUS, anonymous, customer)

    def _merge(self, survivor: int, gone: int) -> None:
        self._staging.flush()
        merging.merge(self._transaction, survivor, gone, self._staging.at)
        self._standing.discard(gone)
        self._staging.forget()
        for found in (self.users, self.visitors, self._linked, self._readers):
            for value, customer in found.items():
                if customer == gone:
                    found[value] = survivor
