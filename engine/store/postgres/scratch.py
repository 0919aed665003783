"""A place of one's own in a database that holds something else: measurements leave nothing."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg

from engine.store.addresses import Address
from engine.store.errors import UnusableDatabaseError
from engine.store.postgres.session import connect, said


@contextmanager
def scratch(address: Address) -> Iterator[str]:
    """The address of a new, empty schema, which is dropped afterwards.

    Raises:
        UnusableDatabaseError: the database cannot be reached, or the role may not make a schema.
    """
    schema = f"headrace_scratch_{os.getpid()}_{secrets.token_hex(3)}"
    with connect(address, "scratch") as connection:
        try:
            connection.execute(f"create schema {schema}".encode())
        except psycopg.Error as error:
            raise UnusableDatabaseError(f"{address} cannot be used: {said(error)}") from None
        try:
            yield _within(address.url, schema)
        finally:
            connection.execute(f"drop schema {schema} cascade".encode())


def _within(url: str, schema: str) -> str:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    query["options"] = f"{query.get('options', '')} -csearch_path={schema}".strip()
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote)))
