"""`headrace segments`: how many are inside of each segment, and who."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli import options, verb

if TYPE_CHECKING:
    from engine.store.rows import Rows


def register(app: typer.Typer) -> None:
    app.command()(segments)


def segments(
    name: Annotated[str | None, typer.Argument(help="One segment, with its members.")] = None,
    after: Annotated[int, typer.Option(help="Members behind this customer.")] = 0,
    limit: Annotated[int, typer.Option(min=1, help="At most so many members.")] = 50,
    data: options.Data = options.DATA,
    form: options.Form = "text",
) -> None:
    """Tell the size of every published segment, or one segment's members and who came and went."""
    with verb.reading(data, code=2) as reader:
        found = _all(reader) if name is None else _one(reader, name, after, limit)
    if found is None:
        verb.fail(f"there is no segment {name!r} in {data}")
    if form == "json":
        verb.show(found)
    elif name is None:
        for one in found["segments"]:
            typer.echo(f"{one['members']:>9}  {one['name']}")
    else:
        typer.echo(f"{found['name']}: {found['members']} members")
        for one in found["page"]:
            typer.echo(f"  customer {one['customer']} since {one['since']}")
        for one in found["changes"]:
            what = ("found inside" if one["joined"] else "taken out") if one["found"] else None
            what = what or ("joined" if one["joined"] else "left")
            typer.echo(f"  {one['at']}  customer {one['customer']} {what}")


def _all(reader: Rows) -> dict[str, Any]:
    from engine.segments.declared import sizes

    return {
        "segments": [
            {"name": one.name, "members": one.members, "looked_at": _iso(one.looked_at)}
            for one in sizes(reader)
        ]
    }


def _one(reader: Rows, name: str, after: int, limit: int) -> dict[str, Any] | None:
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
