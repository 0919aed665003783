"""`headrace coupons`: what was given and redeemed. `headrace import coupons NAME FILE` lies here
too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from engine.cli import plainly

MAX_CODE = 100


def register(app: typer.Typer) -> None:
    app.command(name="coupons")(coupons)


def coupons(
    data: Annotated[Path, typer.Option(help="The data folder.")] = Path("headrace-data"),
    format: Annotated[Literal["text", "json"], typer.Option()] = "text",  # noqa: A002
) -> None:
    """Say of each coupon how many codes were given, redeemed, and are left in its pool."""
    import orjson

    from engine.settings import read_settings
    from engine.store.coupons import overview

    with plainly(), read_settings().database(data).reader() as reader:
        found = overview(reader)
    if format == "json":
        typer.echo(orjson.dumps({"coupons": found}).decode())
        return
    if not found:
        typer.echo("No code was given or imported yet.")
    for one in found:
        left = "" if one["left"] is None else f", {one['left']:,} left in the pool"
        others = f" ({one['by_others']:,} by others)" if one["by_others"] else ""
        typer.echo(
            f"{one['coupon']}: {one['given']:,} given, {one['redeemed']:,} redeemed{others},"
            f" revenue {one['revenue'] / 100:,.2f}{left}"
        )


def import_codes(coupon: str, file: Path, data: Path, *, as_json: bool) -> None:
    """Put the codes of a file into the pool of a coupon."""
    import orjson

    from engine.service.control import ask_server

    with plainly(OSError, UnicodeError):
        codes, rejected = read_codes(file.read_bytes())
        told = {"coupon": coupon, "codes": codes}
        done = ask_server(data, "coupons", told) or _here(data, told)
    skipped = [{"line": line, "reason": reason} for line, reason in rejected]
    if as_json:
        typer.echo(orjson.dumps({**done, "skipped": skipped}).decode())
    else:
        typer.echo(
            f"{done['added']:,} codes added to {coupon}, {done['known']:,} known before,"
            f" {done['left']:,} left to give"
        )
        for one in skipped[:20]:
            typer.echo(f"line {one['line']}: {one['reason']}")
    if skipped:
        raise typer.Exit(1)


def _here(data: Path, told: dict[str, Any]) -> dict[str, Any]:
    from engine.service.operations import add_coupons
    from engine.service.service import Service

    service = Service(data)
    service.start_quietly()
    try:
        return add_coupons(service, told)
    finally:
        service.stop()


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
