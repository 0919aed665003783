"""`headrace segments`: how many are inside of each segment, and who."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from engine.cli import plainly

if TYPE_CHECKING:
    from engine.store.segments import Readable


def register(app: typer.Typer) -> None:
    app.command()(segments)


def segments(
    name: Annotated[str | None, typer.Argument(help="One segment, with its members.")] = None,
    after: Annotated[int, typer.Option(help="Members behind this customer.")] = 0,
    limit: Annotated[int, typer.Option(min=1, help="At most so many members.")] = 50,
    data: Annotated[Path, typer.Option(help="The data folder.")] = Path("headrace-data"),
    format: Annotated[Literal["text", "json"], typer.Option()] = "text",  # noqa: A002
) -> None:
    """Tell the size of every published segment, or one segment's members and who came and went."""
    from engine.settings import read_settings

    with plainly(code=2), read_settings().database(data).reader() as reader:
        told = _all(reader) if name is None else _one(reader, name, after, limit)
    if told is None:
        typer.echo(f"there is no segment {name!r} in {data}", err=True)
        raise typer.Exit(1)
    if format == "json":
        import orjson

        typer.echo(orjson.dumps(told).decode())
    elif name is None:
        for one in told["segments"]:
            typer.echo(f"{one['members']:>9}  {one['name']}")
    else:
        typer.echo(f"{told['name']}: {told['members']} members")
        for one in told["page"]:
            typer.echo(f"  customer {one['customer']} since {one['since']}")
        for one in told["changes"]:
            what = ("found inside" if one["joined"] else "taken out") if one["found"] else None
            what = what or ("joined" if one["joined"] else "left")
            typer.echo(f"  {one['at']}  customer {one['customer']} {what}")


def _all(reader: Readable) -> dict[str, Any]:
    from engine.segments.declared import sizes

    return {
        "segments": [
            {"name": one.name, "members": one.members, "looked_at": _iso(one.looked_at)}
            for one in sizes(reader)
        ]
    }


def _one(reader: Readable, name: str, after: int, limit: int) -> dict[str, Any] | None:
    from engine.segments.declared import changes, members, sizes

    size = next((one for one in sizes(reader) if one.name == name), None)
    if size is None:
        return None
    inside = members(reader, name, after=after, limit=limit + 1)
    return {
        "name": name,
        "members": size.members,
        "looked_at": _iso(size.looked_at),
        "page": [{"customer": one.customer, "since": _iso(one.since)} for one in inside[:limit]],
        "next": inside[limit - 1].customer if len(inside) > limit else None,
        "changes": [
            {
                "customer": one.customer,
                "joined": one.joined,
                "found": one.found,
                "at": _iso(one.at),
            }
            for one in changes(reader, name)
        ],
    }


def _iso(at: int | None) -> str | None:
    from engine.core.calendar import iso

    return None if at is None else iso(at)
