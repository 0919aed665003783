"""`headrace publish`: make a folder of flows the one that runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer


def register(app: typer.Typer) -> None:
    app.command()(publish)
    app.command()(work)


def publish(
    path: Annotated[Path, typer.Argument(help="The project folder.")] = Path("flows"),
    in_flight: Annotated[
        Literal["follow", "finish"],
        typer.Option(help="Whether people inside move to the new version or finish the old one."),
    ] = "follow",
    data: Annotated[Path, typer.Option(help="The data folder.")] = Path("headrace-data"),
    format: Annotated[Literal["text", "json"], typer.Option()] = "text",  # noqa: A002
) -> None:
    """Publish the flows; a running server does it, else this command itself."""
    from engine.runtime.control import ServerSaidNoError, ask_server
    from engine.runtime.errors import ProjectHasErrorsError, RuntimeRefusalError
    from engine.store.errors import StoreError

    try:
        done = ask_server(
            data, "publish", {"path": str(path.resolve()), "in_flight": in_flight}
        ) or _publish_here(path, data, in_flight)
    except ProjectHasErrorsError as error:
        typer.echo("\n  ".join([str(error), *error.findings]), err=True)
        raise typer.Exit(1) from None
    except (RuntimeRefusalError, StoreError, ServerSaidNoError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if format == "json":
        import orjson

        typer.echo(orjson.dumps(done).decode())
        return
    for flow, version in sorted(done["versions"].items()):
        typer.echo(f"{flow}: version {version} is live")
    for flow in done["removed"]:
        typer.echo(f"{flow}: takes nobody in any more")
    for one in done["moved"]:
        target = one["target"] or "out of the flow"
        typer.echo(f"{one['flow']}: {one['people']} at {one['step']} go to {target}")
    if not done["versions"] and not done["removed"]:
        typer.echo("nothing has changed")


def _publish_here(path: Path, data: Path, in_flight: Literal["follow", "finish"]) -> dict[str, Any]:
    from engine.runtime.control import published_json
    from engine.runtime.service import Service

    service = Service(data, path)
    first = service.start_quietly()
    try:
        done = first or service.publish(path, in_flight=in_flight)
    finally:
        service.stop()
    return published_json(done)


def work() -> None:
    """One more worker on a PostgreSQL database."""
    typer.echo(
        "More workers need PostgreSQL, which is not served yet; on SQLite `headrace run` does "
        "all the work in one process.",
        err=True,
    )
    raise typer.Exit(2)
