"""`headrace start` and `headrace stop`: a flow for one customer, by hand."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from engine.cli import plainly

if TYPE_CHECKING:
    from engine.runtime.manual import Request

Flow = Annotated[str, typer.Argument(help="The flow.")]
Customer = Annotated[str, typer.Argument(help="A user id, an e-mail address or our number.")]
Data = Annotated[Path, typer.Option(help="The data folder.")]
Format = Annotated[Literal["text", "json"], typer.Option()]


def register(app: typer.Typer) -> None:
    app.command()(start)
    app.command()(stop)


def start(
    flow: Flow,
    customer: Customer,
    properties: Annotated[
        str, typer.Option("--properties", help="What `entry.x` speaks of, as a JSON object.")
    ] = "{}",
    data: Data = Path("headrace-data"),
    format: Format = "text",  # noqa: A002
) -> None:
    """Let a customer enter a flow that has `enter manually`."""
    import orjson

    try:
        told = orjson.loads(properties)
    except orjson.JSONDecodeError as error:
        raise typer.BadParameter(f"--properties is not JSON: {error}") from None
    if not isinstance(told, dict):
        raise typer.BadParameter('--properties is a JSON object, such as {"reason": "call"}')
    _say(_do("start", flow, customer, told, data), flow, format)


def stop(
    flow: Flow,
    customer: Customer,
    data: Data = Path("headrace-data"),
    format: Format = "text",  # noqa: A002
) -> None:
    """End all runs of a customer in a flow."""
    _say(_do("stop", flow, customer, {}, data), flow, format)


def _do(
    act: Literal["start", "stop"], flow: str, customer: str, told: dict[str, Any], data: Path
) -> dict[str, Any]:
    """By the server that owns the folder, else here."""
    from engine.runtime.manual import Request
    from engine.service.control import ask_server

    asked = Request(act, flow, customer, f"{act}-{uuid.uuid4()}", "command line", told)
    with plainly():
        return ask_server(data, "by-hand", asked._asdict()) or _here(data, asked)


def _here(data: Path, asked: Request) -> dict[str, Any]:
    from engine.service.service import Service

    service = Service(data)
    service.start_quietly()
    try:
        return service.by_hand(asked)._asdict()
    finally:
        service.stop()


def _say(done: dict[str, Any], flow: str, format: str) -> None:  # noqa: A002
    if format == "json":
        import orjson

        typer.echo(orjson.dumps(done).decode())
    elif done["outcome"] == "stopped":
        ended = len(done["runs"])
        runs = "run" if ended == 1 else "runs"
        typer.echo(f"{flow}: {ended} {runs} of customer {done['customer']} ended")
    elif done["outcome"] == "entered":
        typer.echo(f"{flow}: customer {done['customer']} entered (run {done['runs'][0]})")
    else:
        typer.echo(f"{flow}: customer {done['customer']} did not enter: {done['reason']}")
