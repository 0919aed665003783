"""Money and dates as the reader writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MINOR_UNITS = {"BHD": 3, "CLP": 0, "ISK": 0, "JPY": 0, "KRW": 0, "KWD": 3, "OMR": 3, "TND": 3}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def money(minor_units: float | Decimal, currency: str, language: str) -> str:
    """An amount of integer minor units: `money(1890, "EUR", "de")` is "18,90 €".

    The space is an ordinary one, so that an SMS stays in its short alphabet.
    """
    return _money(str(minor_units), currency, language)


@lru_cache(maxsize=4_096)
def _money(minor_units: str, currency: str, language: str) -> str:
    """Prices of a catalogue come again and again, and a locale is slow."""
    from babel.numbers import format_currency

    amount = Decimal(minor_units).scaleb(-_MINOR_UNITS.get(currency, 2))
    text = format_currency(amount, currency, locale=_locale(language))
    return text.replace("\xa0", " ").replace("\u202f", " ")


def day(value: date, style: str, language: str) -> str:
    """A date: `short` is "24.12.", `medium` "24.12.2026", `long` "24. Dezember 2026", `full`
    with the day of the week; anything else is a pattern of Unicode ("EEEE, d. MMMM") or, with
    `%`, of strftime, with the names of the reader's language.
    """
    from babel.dates import format_datetime

    locale = _locale(language)
    if "%" in style:
        style = _unicode_pattern(style)
    if style in {"medium", "long", "full"}:
        from babel.dates import format_date

        return format_date(value, style, locale=locale)
    if style == "short":
        style = "dd.MM." if language[:2] in {"de", "sr", "cs", "pl"} else "d MMM"
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    return format_datetime(value, style, tzinfo=value.tzinfo, locale=locale)


def as_date(value: Any, zone: str) -> date | None:
    """What a date is written as: an instant (milliseconds since the epoch) or an ISO text.

    An instant becomes local time in `zone`; a plain date has no zone and stays. None for what
    is no date.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float, Decimal)):
        try:
            moment = _EPOCH + timedelta(milliseconds=int(value))
        except (OverflowError, ValueError, InvalidOperation):
            return None
        return moment.astimezone(_zone(zone))
    if isinstance(value, datetime):
        return value.astimezone(_zone(zone)) if value.tzinfo else value.replace(tzinfo=_zone(zone))
    if isinstance(value, date):
        return value
    text = str(value).strip()
    try:
        if len(text) == len("2026-12-24"):
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(_zone(zone)) if moment.tzinfo else moment.replace(tzinfo=_zone(zone))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _locale(language: str) -> Any:
    from babel import Locale, UnknownLocaleError

    for name in (language.replace("-", "_"), language[:2], "en"):
        if name:
            try:
                return Locale.parse(_LATIN.get(name, name))
            except (UnknownLocaleError, ValueError):
                continue
    return Locale("en")


_LATIN = {"sr": "sr_Latn", "sr_RS": "sr_Latn_RS"}
"""Serbian shops write mail in the Latin alphabet; whoever wants Cyrillic says `sr-Cyrl`."""

_STRFTIME = {
    "a": "EEE",
    "A": "EEEE",
    "b": "MMM",
    "B": "MMMM",
    "d": "dd",
    "e": "d",
    "H": "HH",
    "I": "hh",
    "j": "DDD",
    "m": "MM",
    "M": "mm",
    "p": "a",
    "S": "ss",
    "y": "yy",
    "Y": "yyyy",
}


def _unicode_pattern(strftime: str) -> str:
    """`%d. %B %Y` as `dd'. 'MMMM' 'yyyy`. Letters outside codes stay letters."""
    pieces: list[tuple[bool, str]] = []
    index = 0
    while index < len(strftime):
        letter = strftime[index]
        if letter == "%" and index + 1 < len(strftime):
            flag = strftime[index + 1 : index + 3] if strftime[index + 1] == "-" else ""
            code = _STRFTIME.get((flag or strftime[index + 1])[-1], "")
            pieces.append((True, code[:1] if flag else code))
            index += 1 + max(1, len(flag))
        else:
            pieces.append((False, letter))
            index += 1
    pattern, literal = "", ""
    for is_code, piece in [*pieces, (True, "")]:
        if not is_code:
            literal += piece
            continue
        if literal:
            pattern += "'" + literal.replace("'", "''") + "'"
            literal = ""
        pattern += piece
    return pattern
