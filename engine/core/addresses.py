"""When two addresses are one. Source: semantics, "One address"."""

from __future__ import annotations

from functools import lru_cache


def normal_address(told: str) -> str:
    """An address trimmed, case-folded, its domain in ASCII; numbers and tokens stay as they are.

    >>> normal_address(" Ada@Bücher.example ")
    'ada@xn--bcher-kva.example'
    """
    address = told.strip().casefold()
    local, at, domain = address.rpartition("@")
    if not at or domain.isascii():
        return address
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return address


@lru_cache(maxsize=4096)
def phone_number(told: str, country: str) -> str:
    """A number as E.164; `country` (DE) is where a national one belongs. "" for what is none.

    >>> phone_number("0151 12345678", "DE"), phone_number("0151 12345678", "")
    ('+4915112345678', '')
    """
    import phonenumbers

    try:
        number = phonenumbers.parse(told, country or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
