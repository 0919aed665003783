"""When two addresses are one. Source: semantics, "One address"."""

from __future__ import annotations


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
