"""`headrace plan` and `headrace publish`: make a folder of flows the one that runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from engine.cli import plainly

_Folder = Annotated[Path, typer.Argument(help="The project folder.")]
_InFlight = Annotated[
    Literal["follow", "finish"],
    typer.Option(help="Whether people inside move to the new version or finish the old one."),
]
_Data = Annotated[Path, typer.Option(help="The data folder.")]
_Form = Annotated[Literal["text", "json"], typer.Option("--format")]
_STYLES = {
    "head": "bold",
    "add": "green",
    "change": "yellow",
    "remove": "red",
    "note": "dim",
    "warn": "bold yellow",
}


def register(app: typer.Typer) -> None:
    app.command()(plan)
    app.command()(publish)
    app.command()(work)


def plan(
    path: _Folder = Path("flows"),
    in_flight: _InFlight = "follow",
    data: _Data = Path("headrace-data"),
    form: _Form = "text",
) -> None:
    """Say what publishing would do, step by step, to the people inside. Changes nothing."""
    from engine.service.control import ask_server

    told = {"path": str(path.resolve()), "in_flight": in_flight}
    with plainly():
        done = ask_server(data, "plan", told) or _plan_here(path, data, in_flight)
    _say(done["plan"], done["words"], form)


def publish(
    path: _Folder = Path("flows"),
    in_flight: _InFlight = "follow",
    expected: Annotated[
        str | None,
        typer.Option("--plan", help="Publish only if the plan still is the one with this hash."),
    ] = None,
    data: _Data = Path("headrace-data"),
    form: _Form = "text",
) -> None:
    """Publish the flows; a running server does it, else this command itself."""
    from engine.service.control import ask_server

    told = {"path": str(path.resolve()), "in_flight": in_flight, "plan": expected}
    with plainly():
        done = ask_server(data, "publish", told) or _publish_here(path, data, in_flight, expected)
    _say({key: done[key] for key in done if key != "words"}, done["words"], form)
    if form == "json":
        return
    for flow, version in sorted(done["versions"].items()):
        typer.echo(f"{flow}: version {version} is live")
    for flow in done["removed"]:
        typer.echo(f"{flow}: takes nobody in any more")


def _say(document: dict[str, Any], words: list[list[str]], form: str) -> None:
    if form == "json":
        import orjson

        typer.echo(orjson.dumps(document).decode())
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for mark, text in words:
        console.print(Text(text, style=_STYLES.get(mark, "")))


def _plan_here(path: Path, data: Path, in_flight: Literal["follow", "finish"]) -> dict[str, Any]:
    """Without a server: read what the folder holds, and change nothing in it."""
    import tempfile

    from engine.clock import SystemClock
    from engine.core.model import HOUR
    from engine.publishing import publish as publishing
    from engine.service.control import plan_json
    from engine.settings import read_settings
    from engine.store.errors import NoDatabaseError
    from engine.store.rows import NoRows

    settings = read_settings()
    now = SystemClock(settings.clock_offset).now()
    lateness = round(settings.max_lateness * HOUR)
    with tempfile.TemporaryDirectory(prefix="headrace-plan-") as made:
        published = Path(made)
        prepared = publishing.prepare(path, published)
        how: Any = {"in_flight": in_flight, "max_lateness": lateness}
        try:
            reader = settings.database(data).reader()
        except NoDatabaseError:
            return plan_json(publishing.plan(NoRows(), prepared, published, now, **how))
        with reader:
            return plan_json(publishing.plan(reader, prepared, published, now, **how))


def _publish_here(
    path: Path, data: Path, in_flight: Literal["follow", "finish"], expected: str | None
) -> dict[str, Any]:
    from engine.service.control import published_json
    from engine.service.service import Service

    service = Service(data, path)
    first = service.start_quietly()
    try:
        done = first or service.publish(
            path, in_flight=in_flight, author="command line", expected=expected
        )
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
