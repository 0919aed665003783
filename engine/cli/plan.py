"""`headrace plan`: say what publishing a folder of flows would do."""

from __future__ import annotations

from typing import Any, Final

import typer

from engine.cli import options, readiness, verb

_STYLES: Final = {
    "head": "bold",
    "add": "green",
    "change": "yellow",
    "remove": "red",
    "note": "dim",
    "warn": "bold yellow",
}


def register(app: typer.Typer) -> None:
    app.command()(plan)


def plan(
    path: options.Folder = options.FLOWS,
    flows: options.Flows = None,
    in_flight: options.InFlight = "follow",
    data: options.Data = options.DATA,
    form: options.Form = "text",
) -> None:
    """Say what publishing would do, step by step, to the people inside. Changes nothing."""
    folder = verb.project(flows or path)
    done = verb.run("plan", data, {"path": str(folder.resolve()), "in_flight": in_flight})
    say(done["plan"], done["words"], form)
    readiness.tell(folder)


def say(document: dict[str, Any], words: list[list[str]], form: str) -> None:
    """The document for scripts, or a plan's words (marks and lines) in colour."""
    if form == "json":
        verb.show(document)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for mark, text in words:
        console.print(Text(text, style=_STYLES.get(mark, "")))
