"""`headrace flow`: pause, resume or stop a flow, and see its versions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from engine.cli import plainly

_Name = Annotated[str, typer.Argument(help="The flow's name.")]
_Data = Annotated[Path, typer.Option(help="The data folder.")]
_Form = Annotated[Literal["text", "json"], typer.Option("--format")]
_HERE = Path("headrace-data")

flows = typer.Typer(no_args_is_help=True, help="Pause, resume or stop a flow; see its versions.")


def register(app: typer.Typer) -> None:
    app.add_typer(flows, name="flow")


@flows.command()
def pause(name: _Name, data: _Data = _HERE, form: _Form = "text") -> None:
    """Nobody enters and nobody goes on; exits and goals still hold, waits go on counting."""
    done = _hold(name, "pause", data)
    _say(done, f"{name} is paused; {done['people']} people inside stay where they are", form)


@flows.command()
def resume(name: _Name, data: _Data = _HERE, form: _Form = "text") -> None:
    """The flow goes on; what is too late by now is skipped with a reason."""
    done = _hold(name, "resume", data)
    _say(done, f"{name} goes on; {done['people']} people inside were waiting for it", form)


@flows.command()
def stop(
    name: _Name,
    data: _Data = _HERE,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    form: _Form = "text",
) -> None:
    """End everybody's run and let nobody in until it is resumed or published anew."""
    if not yes:
        typer.confirm(f"End the runs of everybody in {name}?", abort=True, err=True)
    done = _hold(name, "stop", data)
    _say(done, f"{name} is stopped; the runs of {done['people']} people have ended", form)


@flows.command()
def versions(name: _Name, data: _Data = _HERE, form: _Form = "text") -> None:
    """The versions of a flow: when each was published, by whom, and who is still in it."""
    from engine.publishing.versions import versions_of
    from engine.settings import read_settings

    with plainly(code=2), read_settings().database(data).reader() as reader:
        found = versions_of(reader, name)
    if not found:
        typer.echo(f"there never was a flow called {name}", err=True)
        raise typer.Exit(1)
    if form == "json":
        _say({"flow": name, "versions": found}, "", form)
        return
    for one in found:
        live = "live" if one["live"] else "    "
        typer.echo(
            f"{one['version']:>4}  {live}  {one['at']}  {one['inside']:>7} inside  {one['author']}"
        )


def _hold(flow: str, act: Literal["pause", "resume", "stop"], data: Path) -> dict[str, Any]:
    from engine.service.control import ask_server

    told = {"flow": flow, "act": act, "author": "command line"}
    with plainly():
        return ask_server(data, "flow", told) or _hold_here(flow, act, data)


def _hold_here(flow: str, act: Literal["pause", "resume", "stop"], data: Path) -> dict[str, Any]:
    from engine.service.service import Service

    service = Service(data)
    service.start_quietly()
    try:
        return service.hold(flow, act, "command line")._asdict()
    finally:
        service.stop()


def _say(document: dict[str, Any], words: str, form: str) -> None:
    if form == "json":
        import orjson

        typer.echo(orjson.dumps(document).decode())
    else:
        typer.echo(words)
