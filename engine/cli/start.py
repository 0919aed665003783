"""`headrace start`: let one customer into a flow, by hand."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from engine.cli import options, verb


def register(app: typer.Typer) -> None:
    app.command()(start)


def start(
    flow: options.Flow,
    customer: options.Customer,
    properties: Annotated[
        str, typer.Option("--properties", help="What `entry.x` speaks of, as a JSON object.")
    ] = "{}",
    data: options.Data = options.DATA,
    form: options.Form = "text",
) -> None:
    """Let a customer enter a flow that has `enter manually`."""
    import orjson

    try:
        entry = orjson.loads(properties)
    except orjson.JSONDecodeError as error:
        raise typer.BadParameter(f"--properties is not JSON: {error}") from None
    if not isinstance(entry, dict):
        raise typer.BadParameter('--properties is a JSON object, such as {"reason": "call"}')
    done = ask("start", flow, customer, entry, data)
    if form == "json":
        verb.show(done)
    elif done["outcome"] == "entered":
        typer.echo(f"{flow}: customer {done['customer']} entered (run {done['runs'][0]})")
    else:
        typer.echo(f"{flow}: customer {done['customer']} did not enter: {done['reason']}")


def ask(
    act: Literal["start", "stop"],
    flow: str,
    customer: str,
    properties: dict[str, Any],
    data: Path,
) -> dict[str, Any]:
    """Start or stop, under a message id of its own: asked again it is a new request."""
    request = {
        "act": act,
        "flow": flow,
        "who": customer,
        "message_id": f"{act}-{uuid.uuid4()}",
        "by": "command line",
        "properties": properties,
    }
    return verb.run("by-hand", data, request)
