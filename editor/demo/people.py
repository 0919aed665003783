"""Who buys at the example shop, and what they did before the demo began."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from editor.demo.products import PRODUCTS, Product
from engine.core import draws
from engine.core.calendar import iso
from engine.core.draws import draw
from engine.core.model import Instant

ADA: Final = "ada"
COUNT: Final = 200

_WOMEN: Final = """
    Lena Marie Anna Sophie Hannah Emilia Clara Johanna Leonie Paula Greta Ida Frieda Mathilda Elif
    Nora Theresa Katharina Franziska Veronika Miriam Zeynep Birgit Sabine Ulrike Heike
""".split()  # noqa: SIM905 - easier to read than a list
_MEN: Final = """
    Jonas Lukas Felix Paul Leon Ben Maximilian Jakob Anton Emil Moritz Noah David Tobias Florian
    Sebastian Korbinian Mehmet Andreas Stefan Markus Wolfgang Dieter Aleksandar Marko Jan
""".split()  # noqa: SIM905
_LAST: Final = """
    Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Richter Klein
    Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Werner Krause
    Lehmann Huber Mayer Kaiser Fuchs Lang Scholz Möller Weiß Jung Hahn Vogel Friedrich Keller
    Günther Frank Berger Winkler Roth Beck Lorenz Baumann Yılmaz Petrović Graf Sommer Bergmann
""".split()  # noqa: SIM905
_PLACES: Final = (
    ("München", "80331", "DE", "Europe/Berlin"),
    ("München", "81541", "DE", "Europe/Berlin"),
    ("Berlin", "10437", "DE", "Europe/Berlin"),
    ("Hamburg", "20357", "DE", "Europe/Berlin"),
    ("Köln", "50674", "DE", "Europe/Berlin"),
    ("Leipzig", "04229", "DE", "Europe/Berlin"),
    ("Freiburg", "79098", "DE", "Europe/Berlin"),
    ("Garmisch-Partenkirchen", "82467", "DE", "Europe/Berlin"),
    ("Kempten", "87435", "DE", "Europe/Berlin"),
    ("Innsbruck", "6020", "AT", "Europe/Vienna"),
    ("Wien", "1070", "AT", "Europe/Vienna"),
    ("Zürich", "8004", "CH", "Europe/Zurich"),
    ("London", "E8 3NJ", "GB", "Europe/London"),
    ("New York", "11211", "US", "America/New_York"),
)
_LANGUAGES: Final = {"GB": "en", "US": "en"}
_DAY: Final = 86_400_000
_ASCII: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ı": "i", "ć": "c", "Y": "y"}
)


def customers(now: Instant) -> list[dict[str, Any]]:
    """Rows as `headrace import customers` takes them in, Ada first."""
    return [_ada(now), *(_customer(number, now) for number in range(1, COUNT))]


def history(now: Instant) -> list[dict[str, Any]]:
    """What they looked at and bought: rows as `headrace import events` takes them in."""
    rows = _adas_history(now)
    things = [product for product in PRODUCTS.values() if not product.sold_out]
    for number in range(1, COUNT):
        who, since = f"c-{number:03d}", _since(number)
        for visit in range(draws.number("visits", number) % 6):
            days = 1 + draws.number("when", number, visit) % since
            # An import holds what is past: never today, which belongs to the demo.
            at = now - days * _DAY - draws.number("hour", number, visit) % (_DAY // 2)
            product = things[draws.number("thing", number, visit) % len(things)]
            rows.append(_looked(who, product, at))
            if draw("buys", number, visit) < 0.4:
                order = f"A{10_000 + number * 10 + visit}"
                quantity = 1 + draws.number("how many", number, visit) % 2
                rows.append(_bought(who, product, quantity, order, at + 900_000))
    return sorted(rows, key=lambda row: str(row["timestamp"]))


def _ada(now: Instant) -> dict[str, Any]:
    return {
        "userId": ADA,
        "email": "ada@example.com",
        "first_name": "Ada",
        "last_name": "Lechner",
        "phone": "+4915112345678",
        "gender": "female",
        "birthday": "1990-05-17",
        "language": "de",
        "country": "DE",
        "city": "München",
        "postal_code": "80331",
        "timezone": "Europe/Berlin",
        "created_at": iso(now - 400 * _DAY),
        "shoe_size": 42,
        "consent": {"email": True, "sms": True, "tracking": True},
    }


def _adas_history(now: Instant) -> list[dict[str, Any]]:
    first = [PRODUCTS["coffee-1kg"], PRODUCTS["boots-42"], PRODUCTS["mug"]]
    days = (310, 120, 41)
    return [
        row
        for number, (product, ago) in enumerate(zip(first, days, strict=True), 1)
        for row in (
            _looked(ADA, product, now - ago * _DAY - 1_200_000),
            _bought(ADA, product, 1, f"A{number:05d}", now - ago * _DAY),
        )
    ]


def _customer(number: int, now: Instant) -> dict[str, Any]:
    woman = draw("gender", number) < 0.5
    names = _WOMEN if woman else _MEN
    first = names[draws.number("first", number) % len(names)]
    last = _LAST[draws.number("last", number) % len(_LAST)]
    city, postal_code, country, zone = _PLACES[draws.number("place", number) % len(_PLACES)]
    plain = f"{first}.{last}".lower().translate(_ASCII)
    born = datetime(1952, 1, 1, tzinfo=UTC) + timedelta(days=draws.number("born", number) % 19_000)
    row: dict[str, Any] = {
        "userId": f"c-{number:03d}",
        "email": f"{plain}.{number}@example.com",
        "first_name": first,
        "last_name": last,
        "gender": "female" if woman else "male",
        "birthday": born.date().isoformat(),
        "language": _LANGUAGES.get(country, "de"),
        "country": country,
        "city": city,
        "postal_code": postal_code,
        "timezone": zone,
        "created_at": iso(now - _since(number) * _DAY),
    }
    consent = {"email": draw("mail", number) < 0.55, "tracking": draw("track", number) < 0.5}
    if country == "DE" and draw("phone", number) < 0.4:
        row["phone"] = f"+49151{10_000_000 + number * 7_919}"
        consent["sms"] = draw("sms", number) < 0.5
    # Saying no is nothing that an import has to record.
    row["consent"] = {what: True for what, given in consent.items() if given}
    return row


def _since(number: int) -> int:
    """For how many days somebody has been a customer."""
    return 5 + draws.number("since", number) % 720


def _looked(who: str, product: Product, at: Instant) -> dict[str, Any]:
    return {
        "userId": who,
        "event": "view_item",
        "timestamp": iso(at),
        "properties": {"item": product.item()},
    }


def _bought(who: str, product: Product, quantity: int, order: str, at: Instant) -> dict[str, Any]:
    return {
        "userId": who,
        "event": "purchase",
        "timestamp": iso(at),
        "properties": {
            "order_id": order,
            "items": [product.item(quantity)],
            "value": round(product.price * quantity, 2),
        },
    }
