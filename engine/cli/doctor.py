"""`headrace doctor`: what is wrong with an installation, in plain words."""

from __future__ import annotations

import typer

from engine.cli import options, verb


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("doctor")(doctor)


def doctor(
    data: options.Data = options.DATA,
    form: options.Form = "text",
) -> None:
    """Look at a data folder and its settings, and say what is wrong. Changes and sends nothing.

    Exit code 1 where something does not work; warnings and notes alone are fine.
    """
    from engine.clock import SystemClock
    from engine.service.doctor import examine
    from engine.settings import read_settings

    settings = read_settings()
    with verb.plainly():
        findings = examine(data, settings, SystemClock(settings.clock_offset).now())
    broken = any(one.severity == "error" for one in findings)
    if form == "json":
        from dataclasses import asdict

        verb.show({"ok": not broken, "findings": [asdict(one) for one in findings]})
        raise typer.Exit(1 if broken else 0)
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    styles = {"error": "bold red", "warning": "yellow", "note": "dim"}
    for one in findings:
        console.print(Text(f"{one.severity:8}", style=styles[one.severity]), Text(one.message))
        if one.mend:
            console.print(Text(f"         {one.mend}", style="dim"))
    if not findings:
        console.print("All is well.")
    raise typer.Exit(1 if broken else 0)
