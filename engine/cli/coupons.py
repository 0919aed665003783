"""`headrace coupons`: what was given and redeemed. `headrace import coupons NAME FILE` lies here
too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import typer

from engine.cli import options, verb
from engine.cli.export import published_types

MAX_CODE: Final = 100
AT_ONCE: Final = 100_000
"""Codes that are put into the pool in one transaction."""


def register(app: typer.Typer) -> None:
    app.command(name="coupons")(coupons)


def coupons(data: options.Data = options.DATA, form: options.Form = "text") -> None:
    """Say of each coupon how many codes were given, redeemed, and are left in its pool."""
    from engine.core.values import minor_digits
    from engine.store.coupons import overview

    with verb.reading(data) as reader:
        found = overview(reader)
        types = published_types(reader, data)
    digits = minor_digits(types.currency if types is not None else "EUR")
    if form == "json":
        verb.show({"coupons": found})
        return
    if not found:
        typer.echo("No code was given or imported yet.")
    for one in found:
        left = "" if one["left"] is None else f", {one['left']:,} left in the pool"
        others = f" ({one['by_others']:,} by others)" if one["by_others"] else ""
        typer.echo(
            f"{one['coupon']}: {one['given']:,} given, {one['redeemed']:,} redeemed{others},"
            f" revenue {one['revenue'] / 10**digits:,.{digits}f}{left}"
        )


def import_codes(coupon: str, file: Path, data: Path, *, as_json: bool) -> None:
    """Put the codes of a file into the pool of a coupon."""
    with verb.plainly(OSError, UnicodeError):
        codes, rejected = read_codes(file.read_bytes())
    done: dict[str, Any] = {"added": 0, "known": 0}
    for start in range(0, max(len(codes), 1), AT_ONCE):
        request = {"coupon": coupon, "codes": codes[start : start + AT_ONCE]}
        part = verb.run("coupons", data, request)
        both = {count: done[count] + part[count] for count in ("added", "known")}
        done = {**part, **both}
    skipped = [{"line": line, "reason": reason} for line, reason in rejected]
    if as_json:
        verb.show({**done, "skipped": skipped})
    else:
        typer.echo(
            f"{done['added']:,} codes added to {coupon}, {done['known']:,} known before,"
            f" {done['left']:,} left to give"
        )
        for one in skipped[:20]:
            typer.echo(f"line {one['line']}: {one['reason']}")
    if skipped:
        raise typer.Exit(1)


def read_codes(told: bytes) -> tuple[list[str], list[tuple[int, str]]]:
    r"""The codes of a file, one a line or in the column `code`; and lines that hold none.

    >>> read_codes(b"code,note\\nA-1,x\n\nB-2,\n")
    (['A-1', 'B-2'], [])
    """
    import csv

    lines = told.decode("utf-8-sig").splitlines()
    separator = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
    codes: list[str] = []
    rejected: list[tuple[int, str]] = []
    column = 0
    for number, row in enumerate(csv.reader(lines, delimiter=separator), 1):
        heading = [cell.strip().lower() for cell in row]
        if number == 1 and set(heading) & {"code", "coupon", "discount code", "name"}:
            names = ("code", "discount code", "coupon", "name")
            column = heading.index(next(name for name in names if name in heading))
            continue
        code = row[column].strip() if len(row) > column else ""
        if not any(cell.strip() for cell in row):
            continue
        if not code or len(code) > MAX_CODE or not code.isprintable() or " " in code:
            rejected.append((number, "is no code: 1 to 100 visible characters without a space"))
        else:
            codes.append(code)
    return codes, rejected
