"""What people write into the cells of a file, as values: amounts, moments, yes and no.

Every function raises `Refusal` with a sentence that holds no value of the cell: reasons are
stored, and what is stored of a person must be found again when that person is erased.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import orjson

from engine.core import calendar
from engine.core.model import DAY, Instant
from engine.core.values import Types
from engine.intake.refusal import Refusal, invalid

_SIGNS: Final = {"€": "EUR", "$": "", "£": "GBP", "zł": "PLN", "Fr.": "CHF", "kr": ""}
_CODE: Final = re.compile(r"(?<![A-Za-z])[A-Za-z]{3}(?![A-Za-z])")
_DIGITS: Final = re.compile(r"[+-]?(\d[\d.,' \u00a0\u202f]*|[.,]\d+)")
_SPACED_ZONE: Final = re.compile(r"\s+(?=[+-]\d{2}:?\d{2}$)")
_SLASHED: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:[ T](.+))?")
_DAY_FIRST: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[ T](.+))?")
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
_QUOTED: Final = re.compile(r"'+[=+\-@\t\r]")
_YES: Final = frozenset(
    (
        *("true", "yes", "1", "y", "t", "ja", "j", "subscribed", "on", "x", "wahr", "oui"),
        *("opted_in", "opt_in", "optin", "angemeldet", "abonniert", "aktiv", "active"),
        *("double_opt_in", "single_opt_in", "double_opted_in", "confirmed"),
    )
)
_NO: Final = frozenset(
    (
        *("false", "no", "0", "n", "f", "nein", "unsubscribed", "off", "falsch", "non"),
        *("opted_out", "opt_out", "optout", "abgemeldet", "inaktiv", "inactive"),
        *("cleaned", "blocklisted", "suppressed"),
    )
)
NEVER: Final = frozenset(
    ("never_subscribed", "not_subscribed", "non_subscribed", "nonsubscribed", "pending", "unknown")
)
"""What says that somebody was never asked, or has not answered: neither yes nor no."""

MAX_AMOUNT: Final = Decimal(10) ** 13
"""More than any shop takes: a column in the wrong place."""
EARLIEST: Final[Instant] = 0
"""Moments before 1970 are a broken export; birthdays are dates and may be earlier."""


def harmless(text: str) -> str:
    """A cell as a spreadsheet may open it: what it would take for a formula gets a `'` before it.

    >>> harmless("=1+1"), harmless("'=1"), plain(harmless("'=1"))
    ("'=1+1", "''=1", "'=1")
    """
    return "'" + text if _FORMULA.match(text) else text


def plain(text: str) -> str:
    """The cell before `harmless`."""
    return text[1:] if text[:1] == "'" and _QUOTED.match(text) else text


def decimal(name: str, told: str) -> Decimal:
    """A number with its decimal point or comma: `1.234,56`, `1,234.56`, `19,9`, `-3`."""
    text = told.strip()
    if not _DIGITS.fullmatch(text):
        raise invalid(name, "is not a number")
    text = re.sub(r"[' \u00a0\u202f]", "", text)
    comma, dot = text.rfind(","), text.rfind(".")
    if comma >= 0 and dot >= 0:
        thousands = "," if dot > comma else "."
        text = text.replace(thousands, "")
    elif text.count(",") > 1 or text.count(".") > 1:
        text = text.replace(",", "").replace(".", "")
    elif comma >= 0 and len(text) - comma == 4 and text[:comma].lstrip("+-0"):
        # Three digits after a lone comma: nobody writes an amount with three decimals so.
        text = text.replace(",", "")
    text = text.replace(",", ".")
    if text.count(".") > 1:
        raise invalid(name, "is not a number")
    return Decimal(text)


def amount(name: str, told: Any, currency: str, *, stated: str = "") -> Decimal:
    """An amount of money in the store's currency: `19.90`, `19,90 €`, `EUR 1.234,50`.

    `stated` is the currency that another column names.
    """
    text = str(told).strip() if isinstance(told, str | int | float | Decimal) else ""
    if isinstance(told, bool) or not text:
        raise invalid(name, "is no amount of money")
    codes = [code.upper() for code in _CODE.findall(text)]
    rest = _CODE.sub(" ", text)
    for sign, code in _SIGNS.items():
        if sign in rest:
            rest = rest.replace(sign, " ")
            codes += [code] if code else []
    try:
        if "e" in rest.lower():
            raise invalid(name, "is no amount of money")
        value = decimal(name, rest)
    except Refusal:
        raise invalid(name, "is no amount of money") from None
    for code in (*codes, stated.upper()):
        if code and code != currency:
            raise invalid(name, f"is in {code[:3]}, the store's currency is {currency}")
    if abs(value) >= MAX_AMOUNT:
        raise invalid(name, "is larger than any amount of money can be")
    return value


def moment(name: str, told: Any, zone: str, now: Instant) -> Instant:
    """A point in time; without a zone it is the store's (`zone`).

    ISO 8601, `2026-01-05 10:00:00 +0100`, `05.01.2026 10:00`, seconds or milliseconds since 1970.
    """
    text = told.strip() if isinstance(told, str) else told
    if isinstance(text, int | float) and not isinstance(text, bool):
        text = str(int(text))
    at = _moment(text, zone) if isinstance(text, str) and len(text) <= 40 else None
    if at is None:
        raise invalid(name, "is no moment, like 2026-01-05T10:00:00Z")
    if at < EARLIEST:
        raise invalid(name, "lies before 1970")
    if at > now + DAY:
        raise invalid(name, "lies in the future")
    return at


@lru_cache(maxsize=8192)
def _moment(text: str, zone: str) -> Instant | None:
    if text.isascii() and text.isdigit() and len(text) in (10, 13):
        return int(text) * (1000 if len(text) == 10 else 1)
    text = iso(text.removesuffix(" UTC") + "Z" * text.endswith(" UTC"))
    try:
        when = datetime.fromisoformat(text)
        return calendar.instant(when if when.tzinfo is None else when.astimezone(UTC), zone)
    except (ValueError, OverflowError):
        return None


def iso(text: str) -> str:
    """A day written `05.01.2026` or `31/12/2026`, or a zone after a blank, as ISO 8601 has it.

    `05/06/2026` may be either day and stays as it is: nobody can read it.
    """
    if found := _SLASHED.fullmatch(text):
        one, other, year, clock = found.groups()
        if int(one) > 12 >= int(other) or one == other:
            text = f"{one}.{other}.{year}" + (f" {clock}" if clock else "")
        elif int(other) > 12 >= int(one):
            text = f"{other}.{one}.{year}" + (f" {clock}" if clock else "")
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year, clock = found.groups()
        return f"{year}-{int(month):02}-{int(day):02}" + (f"T{clock}" if clock else "")
    return _SPACED_ZONE.sub("", text) if len(text) > 19 else text


def spoken(told: Any) -> str:
    """A word as tables of words have it: `Never Subscribed` as `never_subscribed`."""
    return re.sub(r"[\s-]+", "_", str(told).strip().lower())


def yes(name: str, told: Any) -> bool:
    """Yes or no in the words of common exports."""
    if isinstance(told, bool):
        return told
    word = spoken(told)
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise invalid(name, "is neither yes nor no")


def typed(told: Mapping[str, Any], kinds: Mapping[str, str], types: Types) -> dict[str, Any]:
    """The cells of a row in a form that `Types.read` reads, by the types of their columns."""
    return {name: _typed(name, value, kinds.get(name), types) for name, value in told.items()}


def _typed(name: str, told: Any, kind: str | None, types: Types) -> Any:
    if not isinstance(told, str):
        if kind == "money" and told is not None:
            return str(amount(name, told, types.currency))
        return told
    if kind == "money":
        return str(amount(name, told, types.currency))
    if kind == "number":
        return decimal(name, told)
    if kind == "boolean":
        return yes(name, told)
    if kind == "list":
        return words(name, told)
    if kind == "date":
        return _date(told)
    return told


def words(name: str, told: str) -> list[Any]:
    """A list in a cell: `a, b`, or JSON where it begins with a bracket."""
    if told.lstrip().startswith("["):
        try:
            found = orjson.loads(told)
        except orjson.JSONDecodeError:
            raise invalid(name, "begins like a JSON list and is none") from None
        return list(found)
    if '"' in told:  # as Mailchimp writes it: `"VIP","Summer, 2025"`
        (found,) = csv.reader([told.replace("\n", " ")], skipinitialspace=True)
        return [word.strip() for word in found if word.strip()]
    return [word.strip() for word in told.split(",") if word.strip()]


def _date(told: str) -> str | int:
    """As `Types.read` takes a date: ISO text, or a number."""
    text = told.strip()
    if text.isascii() and text.isdigit() and len(text) in (10, 13):
        return int(text)
    return iso(text)
