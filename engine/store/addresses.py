"""Where a PostgreSQL database is, without ever telling its password."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from engine.store.errors import UnusableDatabaseError

EXAMPLE: Final = "postgresql://user@host:5432/database"
_SCHEMES: Final = ("postgresql", "postgres")


@dataclass(frozen=True, slots=True)
class Address:
    """A database's address. Its text and its `repr` hold no password."""

    shown: str
    url: str = field(repr=False)

    def __str__(self) -> str:
        return self.shown


def read_address(text: str) -> Address:
    """The address in `text`, checked as far as that goes without a server.

    Raises:
        ValueError: it is none; the text says what one looks like, and nothing of the one given.
    """
    if text != text.strip() or not text.isprintable():
        raise ValueError(f"this is no PostgreSQL address; write {EXAMPLE}")
    scheme, separator, _ = text.partition("://")
    if not separator or scheme not in _SCHEMES:
        raise ValueError(f"only PostgreSQL is served besides SQLite; write {EXAMPLE}")
    try:
        parts = urlsplit(text)
        user, host = parts.username, parts.netloc.rpartition("@")[2]
    except ValueError:
        raise ValueError(f"this is no PostgreSQL address; write {EXAMPLE}") from None
    if not parts.path.strip("/"):
        raise ValueError(f"the address names no database; write {EXAMPLE}")
    if set("/@") & set(parts.path.strip("/")) or parts.fragment:
        raise ValueError(f"this is no PostgreSQL address; write {EXAMPLE}")
    whose = f"{unquote(user)}@" if user else ""
    return Address(f"postgresql://{whose}{host}{parts.path}", text)


def checked(address: Address) -> Address:
    """The same address, after the driver has read it.

    Raises:
        UnusableDatabaseError: there is no driver, or it cannot read the address.
    """
    try:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict
    except ImportError as error:
        raise UnusableDatabaseError(
            "PostgreSQL needs psycopg, which is not installed here; "
            'install it with: pip install "headrace[postgres]"'
        ) from error
    try:
        conninfo_to_dict(address.url)
    except psycopg.Error:
        # The driver's own words would quote the address, password and all.
        raise UnusableDatabaseError(
            f"the address of {address} cannot be read (is a sign in it not %-encoded, or an option "
            f"unknown?); write {EXAMPLE}"
        ) from None
    return address
