"""A shop's life, drawn from a seed: people, a catalogue, and what they do hour by hour.

Nothing here knows the engine's state, so the same seed tells the same story to every database.
What people do with a message is drawn from the message itself (to whom, which, when), not from the
order in which messages were made.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.core.model import DAY, HOUR, MINUTE, Instant
from engine.intake.incoming import Incoming

CATEGORIES = ("tent", "boots", "shoes", "stove", "rucksack", "jacket", "lamp", "coffee")
ZONES = ("America/New_York", "Pacific/Auckland", "Asia/Kolkata", "America/Los_Angeles")
COUNTRIES = ("DE", "DE", "DE", "AT", "CH", "RS", "FR", "US")

ANY_CODE = "?"
"""Stands for the newest code that this person was given, which only the shop knows."""


@dataclass(slots=True)
class Person:
    """Somebody who may visit. `known` once the shop has their user id."""

    number: int
    zone: str
    visits: float  # a day
    taste: str
    known: bool
    subscribed: bool
    traits: dict[str, Any]
    forgotten: bool = False

    @property
    def user(self) -> str:
        return f"u{self.number}"

    @property
    def visitor(self) -> str:
        return f"a{self.number}"


@dataclass(slots=True)
class Write:
    """The shop changes a product; money in major units, as shops say it."""

    product: str
    changes: dict[str, Any]


@dataclass(slots=True)
class Reaction:
    """What somebody does with a message: `open`, `click` or `leave`."""

    act: str
    key: str


Happening = Incoming | Write | Reaction


@dataclass(slots=True)
class Product:
    id: str
    category: str
    price: float
    stock: int
    more: dict[str, Any] = field(default_factory=dict)


class World:
    """Everything that happens from `start` on, in order of time."""

    def __init__(self, seed: int, people: int, start: Instant) -> None:
        self._seed = seed
        self._start = start
        self._random = random.Random(f"{seed}:world")
        self._coming: list[tuple[Instant, int, Happening]] = []
        self._count = 0
        self._orders = 0
        self.products = self._catalogue(max(24, min(400, people // 20)))
        self._by_category: dict[str, list[Product]] = {}
        for product in self.products:
            self._by_category.setdefault(product.category, []).append(product)
        self.people = [self._person(number) for number in range(people)]
        self._old = [person for person in self.people if person.known]
        self._asking: dict[Instant, list[Person]] = {}
        self.by_user = {person.user: person for person in self.people}

    # --- the beginning --------------------------------------------------------------------

    def _catalogue(self, count: int) -> list[Product]:
        draw = self._random
        found = []
        for number in range(count):
            category = CATEGORIES[number % len(CATEGORIES)]
            more: dict[str, Any] = {
                "name": f"{category.title()} {number}",
                "category": category,
                "brand": f"Brand {number % 7}",
                "url": f"https://shop.example/p/{number}",
                "image_url": f"https://shop.example/p/{number}.png",
            }
            if category == "coffee":
                more["usage_days"] = 20
            if category in ("tent", "stove"):
                more["guide_url"] = f"https://shop.example/guides/{number}"
            price = round(draw.uniform(8, 90) * (4 if category == "tent" else 1), 2)
            found.append(Product(f"p{number}", category, price, draw.randint(0, 60), more))
        return found

    def _person(self, number: int) -> Person:
        draw = self._random
        zone = "" if draw.random() < 0.75 else draw.choice(ZONES)
        subscribed = draw.random() < 0.6
        since = self._start - draw.randint(1, 700) * DAY
        traits: dict[str, Any] = {
            "first_name": f"Name{number}",
            "email": f"u{number}@people.example",
            "country": draw.choice(COUNTRIES),
            "gender": draw.choice(("female", "male")),
            "postal_code": draw.choice(("80331", "81667", "10115", "20095")),
            "created_at": _iso(since),
        }
        if draw.random() < 0.3:
            traits["phone"] = f"+4915{number:08d}"
        if draw.random() < 0.2:
            traits["push"] = f"token-{number}"
        if draw.random() < 0.6:
            day = datetime(1960, 1, 1, tzinfo=UTC) + timedelta(days=draw.randint(0, 16_000))
            traits["birthday"] = day.date().isoformat()
        if draw.random() < 0.1:
            day = datetime(2016, 1, 1, tzinfo=UTC) + timedelta(days=draw.randint(0, 3_000))
            traits["child_birthday"] = day.date().isoformat()
        if draw.random() < 0.05:
            day = _day(self._start + draw.randint(5, 80) * DAY)
            traits["trip_on"] = day.date().isoformat()
        if zone:
            traits["timezone"] = zone
        return Person(
            number,
            zone or "Europe/Berlin",
            draw.choice((0.01, 0.02, 0.02, 0.05, 0.2)),
            draw.choice(CATEGORIES),
            draw.random() < 0.8,
            subscribed,
            traits,
        )

    def opening(self) -> Iterator[Happening]:
        """What the shop brings along: its catalogue, its customers, their history."""
        for product in self.products:
            yield Write(product.id, {**product.more, "price": product.price,
                                     "stock": product.stock})  # fmt: skip
        for person in self.people:
            if not person.known:
                continue
            yield self._identify(person, f"open-{person.user}", self._start, enters=False)
            draw = random.Random(f"{self._seed}:past:{person.number}")
            for count in range(draw.choice((0, 0, 1, 2, 5))):
                at = self._start - draw.randint(1, 400) * DAY
                product = self._pick(person, draw)
                yield self._order(person, product, at, f"past-{person.number}-{count}",
                                  enters=False)  # fmt: skip
            if draw.random() < 0.5:
                at = self._start - draw.randint(1, 300) * DAY
                yield self._call(person, "open_email", at, {"message": "newsletter"},
                                 f"past-open-{person.number}", enters=False)  # fmt: skip

    # --- from then on ---------------------------------------------------------------------

    def day(self, start: Instant) -> None:
        """Draw what people and the shop will do in the day that begins at `start`."""
        draw = random.Random(f"{self._seed}:day:{start}")
        apart = random.Random(f"{self._seed}:forgotten:{start}")
        for person in self._old:
            if apart.random() < 0.0005:
                self._asking.setdefault(start + apart.randrange(24) * HOUR, []).append(person)
        for person in self.people:
            if draw.random() < person.visits and not person.forgotten:
                self._visit(person, start + self._waking(draw), draw)
            if draw.random() < 0.0005 and person.known and not person.forgotten:
                zone = draw.choice((*ZONES, "Europe/Berlin"))
                person.zone = zone
                self._push(start + draw.randrange(DAY), Incoming(
                    "identify", f"zone-{person.user}-{start}", user=person.user,
                    traits={"timezone": zone}, source="key shop"))  # fmt: skip
        for product in self.products:
            fate = draw.random()
            at = start + 6 * HOUR + draw.randrange(12 * HOUR)
            if fate < 0.02:
                product.price = round(max(2.0, product.price * draw.uniform(0.6, 1.3)), 2)
                self._push(at, Write(product.id, {"price": product.price}))
            elif fate < 0.05:
                product.stock = 0 if product.stock else draw.randint(3, 40)
                self._push(at, Write(product.id, {"stock": product.stock}))
            elif fate < 0.15 and product.stock:
                product.stock = max(0, product.stock - draw.randint(1, 12))
                self._push(at, Write(product.id, {"stock": product.stock}))

    def until(self, moment: Instant) -> list[tuple[Instant, Happening]]:
        """What happens before `moment` and has not been told yet."""
        found = []
        while self._coming and self._coming[0][0] < moment:
            at, _, happening = heapq.heappop(self._coming)
            found.append((at, happening))
        return found

    def asking_to_be_forgotten(self, moment: Instant) -> list[Person]:
        """Who has asked for it up to `moment`. They do not come back, but what they ordered still
        arrives.
        """
        found = []
        for at in [at for at in self._asking if at <= moment]:
            found += [person for person in self._asking.pop(at) if not person.forgotten]
        for person in found:
            person.forgotten = True
        return found

    def answer(self, person: Person, key: str, flow: str, message: str, at: Instant) -> None:
        """Draw what `person` does with a message that arrived at `at`."""
        draw = random.Random(f"{self._seed}:{person.number}:{flow}:{message}:{at}")
        later = at + MINUTE + int(draw.expovariate(1 / (3 * HOUR)))
        if draw.random() < 0.45:
            self._push(later, Reaction("open", key))
            if draw.random() < 0.4:
                self._push(later + MINUTE, Reaction("click", key))
                if draw.random() < 0.3:
                    self._visit(person, later + 2 * MINUTE, draw)
        if draw.random() < 0.012:
            self._push(later + 5 * MINUTE, Reaction("leave", key))
        if message == "cart_question" and draw.random() < 0.4:
            reason = draw.choice(("price", "trouble", "question", "just looking"))
            told = {"reason": reason, "comment": "…"}
            self._push(later, self._call(person, "cart_answer", later, told, f"answer-{key}"))

    # --- what a visit is ------------------------------------------------------------------

    @staticmethod
    def _waking(draw: random.Random) -> int:
        return int(min(max(draw.gauss(16, 4), 0.0), 23.9) * HOUR)

    def _pick(self, person: Person, draw: random.Random) -> Product:
        if draw.random() < 0.7:
            return draw.choice(self._by_category[person.taste])
        return draw.choice(self.products)

    def _visit(self, person: Person, at: Instant, draw: random.Random) -> None:
        name = f"{person.number}-{at}"

        def tell(event: str, told: dict[str, Any]) -> None:
            nonlocal at
            at += draw.randrange(10_000, 5 * MINUTE)
            self._push(at, self._call(person, event, at, told, f"{event}-{name}-{at}"))

        tell("page_view", {"path": "/"})
        if draw.random() < 0.15:
            tell("search", {"search_term": person.taste})
        product = self._pick(person, draw)
        for _ in range(draw.choice((0, 1, 1, 2, 4))):
            product = self._pick(person, draw)
            tell("view_item", {"item": product.id, "category": product.category})
        if draw.random() < 0.07:
            tell("add_to_wishlist", {"item": product.id})
        if not product.stock and draw.random() < 0.4:
            tell("notify_me", {"item": product.id})
        if draw.random() < 0.04 and person.known:
            tell("quiz_finished", {"style": draw.choice(("camping", "climbing")), "budget": 200})
        if draw.random() < 0.1 and not person.known:
            self._sign_up(person, at + MINUTE, draw)
        if draw.random() > 0.25:
            if draw.random() < 0.3:
                tell("leave_site", {"path": "/"})
            return
        quantity = draw.choice((1, 1, 1, 2))
        value = round(product.price * quantity, 2)
        tell("add_to_cart", {"item": product.id, "quantity": quantity, "value": value})
        if draw.random() < 0.1:
            tell("remove_from_cart", {"item": product.id})
            return
        if draw.random() < 0.5:
            return
        tell("begin_checkout", {"checkout_id": f"c{name}", "value": value})
        if draw.random() < 0.08:
            tell("payment_failed", {"reason": "3-D Secure timed out"})
        if draw.random() < 0.6:
            if not person.known:
                self._sign_up(person, at + MINUTE, draw)
                at += 2 * MINUTE
            self._buy(person, product, at + 3 * MINUTE, draw)

    def _sign_up(self, person: Person, at: Instant, draw: random.Random) -> None:
        person.known = True
        person.subscribed = draw.random() < 0.7
        person.traits["created_at"] = _iso(at)
        call = self._identify(person, f"signup-{person.user}", at)
        call.anonymous = person.visitor
        self._push(at, call)
        self._push(at + 1_000, self._call(person, "sign_up", at, {}, f"signed-{person.user}"))

    def _buy(self, person: Person, product: Product, at: Instant, draw: random.Random) -> None:
        self._orders += 1
        order = f"o-{self._seed}-{self._orders}"
        bought = self._order(person, product, at, order)
        if draw.random() < 0.4:
            bought.properties["coupon"] = ANY_CODE
        self._push(at, bought)
        about: dict[str, Any] = {"order_id": order}
        fate = draw.random()
        if fate < 0.03:
            return  # never shipped
        shipped = at + draw.randint(10, 60) * HOUR
        self._push(shipped, self._call(person, "shipped", shipped, about, f"ship-{order}"))
        arrived = shipped + draw.randint(20, 90) * HOUR
        told = {**about, "items": [product.id]}
        self._push(arrived, self._call(person, "delivered", arrived, told, f"arrive-{order}"))
        if fate > 0.8:
            at = arrived + draw.randint(1, 20) * DAY
            told = {**about, "stars": draw.choice((1, 3, 4, 5, 5))}
            self._push(at, self._call(person, "review", at, told, f"review-{order}"))
        elif fate > 0.6:
            at = arrived + draw.randint(1, 5) * DAY
            told = {**about, "score": draw.randint(0, 10)}
            self._push(at, self._call(person, "survey_finished", at, told, f"survey-{order}"))
        elif fate < 0.07:
            at = arrived + draw.randint(1, 10) * DAY
            told = {**about, "value": product.price}
            self._push(at, self._call(person, "refund", at, told, f"refund-{order}"))

    # --- calls ----------------------------------------------------------------------------

    def _push(self, at: Instant, happening: Happening) -> None:
        self._count += 1
        heapq.heappush(self._coming, (at, self._count, happening))

    @staticmethod
    def _call(
        person: Person,
        event: str,
        at: Instant,
        told: dict[str, Any],
        message_id: str,
        *,
        enters: bool = True,
    ) -> Incoming:
        return Incoming(
            "track",
            message_id,
            user=person.user if person.known else "",
            anonymous=person.visitor,
            event=event,
            properties=told,
            occurred_at=at,
            enters=enters,
            source="key shop",
        )

    def _order(
        self, person: Person, product: Product, at: Instant, order: str, *, enters: bool = True
    ) -> Incoming:
        told = {
            "order_id": order,
            "value": product.price,
            "items": [{"id": product.id, "price": product.price, "quantity": 1}],
        }
        return self._call(person, "purchase", at, told, f"buy-{order}", enters=enters)

    @staticmethod
    def _identify(person: Person, message_id: str, at: Instant, *, enters: bool = True) -> Incoming:
        agreed = person.subscribed
        consent = {"email": agreed, "sms": agreed, "push": agreed, "tracking": True}
        return Incoming(
            "identify",
            message_id,
            user=person.user,
            traits=dict(person.traits),
            consent=consent,
            occurred_at=at,
            enters=enters,
            source="key shop",
        )


def _day(at: Instant) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)


def _iso(at: Instant) -> str:
    return _day(at).isoformat()
