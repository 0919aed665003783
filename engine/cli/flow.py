"""`headrace flow`: pause, resume or stop a flow, and see its versions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from engine.cli import options, verb

_Name = Annotated[str, typer.Argument(help="The flow's name.")]

flows = typer.Typer(no_args_is_help=True, help="Pause, resume or stop a flow; see its versions.")


def register(app: typer.Typer) -> None:
    app.add_typer(flows, name="flow")


@flows.command()
def pause(name: _Name, data: options.Data = options.DATA, form: options.Form = "text") -> None:
    """Nobody enters and nobody goes on; exits and goals still hold, waits go on counting."""
    done = _hold(name, "pause", data, form)
    if form == "text":
        typer.echo(f"{name} is paused; {done['people']} people inside stay where they are")


@flows.command()
def resume(name: _Name, data: options.Data = options.DATA, form: options.Form = "text") -> None:
    """The flow goes on; what is too late by now is skipped with a reason."""
    done = _hold(name, "resume", data, form)
    if form == "text":
        typer.echo(f"{name} goes on; {done['people']} people inside were waiting for it")


@flows.command()
def stop(
    name: _Name,
    data: options.Data = options.DATA,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    form: options.Form = "text",
) -> None:
    """End everybody's run and let nobody in until it is resumed or published anew."""
    if not yes:
        typer.confirm(f"End the runs of everybody in {name}?", abort=True, err=True)
    done = _hold(name, "stop", data, form)
    if form == "text":
        typer.echo(f"{name} is stopped; the runs of {done['people']} people have ended")


@flows.command()
def versions(name: _Name, data: options.Data = options.DATA, form: options.Form = "text") -> None:
    """The versions of a flow: when each was published, by whom, and who is still in it."""
    from engine.publishing.versions import versions_of

    with verb.reading(data, code=2) as reader:
        found = versions_of(reader, name)
    if not found:
        verb.fail(f"there never was a flow called {name}")
    if form == "json":
        verb.show({"flow": name, "versions": found})
        return
    for one in found:
        live = "live" if one["live"] else "    "
        typer.echo(
            f"{one['version']:>4}  {live}  {one['at']}  {one['inside']:>7} inside  {one['author']}"
        )


def _hold(
    flow: str, act: Literal["pause", "resume", "stop"], data: Path, form: str
) -> dict[str, Any]:
    """Do it; for scripts the answer is shown as it came."""
    done = verb.run("flow", data, {"flow": flow, "act": act, "author": "command line"})
    if form == "json":
        verb.show(done)
    return done
