"""Headings as people write them: `E-mail`, `First Name` and `User ID` for ours."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, Literal

from engine.core.values import Types
from engine.imports import events as happened
from engine.imports import people
from engine.intake import products
from engine.intake.names import TRAITS, snake_case

Kind = Literal["customers", "products", "orders", "events", "suppressions"]

_MEANS: Final = {
    "e_mail": "email",
    "mail": "email",
    "email_address": "email",
    "e_mail_address": "email",
    "phone_number": "phone",
    "mobile_phone": "phone",
    "mobile": "phone",
    "telephone": "phone",
    "given_name": "first_name",
    "family_name": "last_name",
    "surname": "last_name",
    "date_of_birth": "birthday",
    "birth_date": "birthday",
    "birthdate": "birthday",
    "zip_code": "postal_code",
    "postcode": "postal_code",
    "zip_postal_code": "postal_code",
    "state_region": "region",
    "province": "region",
    "country_region": "country",
    "country_code": "country",
    "full_name": "name",
    "customer_name": "name",
    "user_email": "email",
    "subscriber_email": "email",
    "contact_email": "email",
    "profile_created_on": "created_at",
    "date_added": "created_at",
    "sign_up": "created_at",
    "sign_up_date": "created_at",
    "signup_date": "created_at",
    "user_registered": "created_at",
    "date_created": "created_at",
    "newsletter": "consent_email",
    "newsletter_subscribed": "consent_email",
    "subscribed": "consent_email",
    "opt_in": "consent_email",
    "email_opt_in": "consent_email",
    "email_consent": "consent_email",
    "email_marketing": "consent_email",
    "email_marketing_consent": "consent_email",
    "email_subscription_status": "consent_email",
    "accepts_marketing": "consent_email",
    "accepts_email_marketing": "consent_email",
    "marketing_consent": "consent_email",
    "email_marketing_consent_timestamp": "consent_email_at",
    "sms_consent": "consent_sms",
    "sms_marketing_consent": "consent_sms",
    "accepts_sms_marketing": "consent_sms",
    "sms_marketing_consent_timestamp": "consent_sms_at",
    # As WooCommerce's users and its plugins for orders say it.
    **{f"billing_{name}": name for name in ("email", "phone", "first_name", "last_name", "city")},
    **{f"{name}_billing": name for name in ("email", "phone", "first_name", "last_name", "city")},
    "billing_country": "country",
    "country_code_billing": "country",
    "country_billing": "country",
    "billing_postcode": "postal_code",
    "postcode_billing": "postal_code",
    "billing_state": "region",
    "state_code_billing": "region",
    "order_status": "status",
    "order_currency": "currency",
    "order_total_amount": "total",
    "order_total_tax_amount": "tax",
    "order_shipping_amount": "shipping",
    "cart_discount_amount": "discount",
    "order_refund_amount": "refunded",
    "coupon_code": "coupon",
    "item_cost": "item_price",
    # German.
    "emailadresse": "email",
    "mailadresse": "email",
    "e_mailadresse": "email",
    "email_adresse": "email",
    "e_mail_adresse": "email",
    "vorname": "first_name",
    "nachname": "last_name",
    "familienname": "last_name",
    "geburtstag": "birthday",
    "geburtsdatum": "birthday",
    "telefon": "phone",
    "telefonnummer": "phone",
    "handy": "phone",
    "handynummer": "phone",
    "mobil": "phone",
    "mobilnummer": "phone",
    "mobiltelefon": "phone",
    "ort": "city",
    "stadt": "city",
    "wohnort": "city",
    "plz": "postal_code",
    "postleitzahl": "postal_code",
    "land": "country",
    "bundesland": "region",
    "sprache": "language",
    "geschlecht": "gender",
    "kundennummer": "id",
    "kundennr": "id",
    "kunden_nr": "id",
    "kunden_id": "id",
    "angelegt_am": "created_at",
    "erstellt_am": "created_at",
    "registriert_am": "created_at",
    "registriert_seit": "created_at",
    "kunde_seit": "created_at",
    "schlagworte": "tags",
    "schlagwörter": "tags",
    "newsletter_anmeldung": "consent_email",
    "newsletter_abonniert": "consent_email",
    "werbeeinwilligung": "consent_email",
    "einwilligung": "consent_email",
    "bestellnummer": "order_id",
    "bestell_nr": "order_id",
    "bestellnr": "order_id",
    "bestelldatum": "order_date",
    "gesamtsumme": "total",
    "gesamtbetrag": "total",
    "summe": "total",
    "betrag": "total",
    "währung": "currency",
    "versandkosten": "shipping",
    "rabatt": "discount",
    "gutschein": "coupon",
    "gutscheincode": "coupon",
    "artikelnummer": "sku",
    "artikelname": "item_name",
    "menge": "quantity",
    "anzahl": "quantity",
    "preis": "price",
    "einzelpreis": "price",
    "bestand": "stock",
    "lagerbestand": "stock",
}
"""What people and other systems write above a column, as `snake_case` has it."""


def plain(heading: str) -> str:
    """As we would write it."""
    name = snake_case(heading)
    return _MEANS.get(name, name)


def words(kind: Kind, types: Types) -> frozenset[str]:
    """What a column may be called."""
    match kind:
        case "customers":
            return frozenset((*people.WORDS, *TRAITS, "name", *types.customer))
        case "products":
            return frozenset((*products.WORDS, *types.product))
        case "orders":
            return frozenset((*happened.ORDER_WORDS, *types.events.get("purchase", ())))
    properties = {name for kinds in types.events.values() for name in kinds}
    return frozenset((*happened.EVENT_WORDS, *properties))


def read(row: Mapping[str, Any], known: frozenset[str]) -> Mapping[str, Any]:
    """A row by our names, as far as `known` has them. Other columns keep theirs."""
    ours = _ours(tuple(row), known)
    return row if ours is None else {ours.get(name, name): told for name, told in row.items()}


@lru_cache(maxsize=256)
def _ours(columns: tuple[str, ...], known: frozenset[str]) -> dict[str, str] | None:
    found: dict[str, str] = {}
    taken = set(columns)
    for column in columns:
        if column in known:
            continue
        name = plain(column)
        if name not in taken and (name in known or name.startswith(people.CONSENT)):
            found[column] = name
            taken.add(name)
    return found or None
