"""`headrace stop`: end a customer's runs in a flow, by hand."""

from __future__ import annotations

import typer

from engine.cli import options, verb
from engine.cli.start import ask


def register(app: typer.Typer) -> None:
    app.command()(stop)


def stop(
    flow: options.Flow,
    customer: options.Customer,
    data: options.Data = options.DATA,
    form: options.Form = "text",
) -> None:
    """End all runs of a customer in a flow."""
    done = ask("stop", flow, customer, {}, data)
    if form == "json":
        verb.show(done)
        return
    ended = len(done["runs"])
    runs = "run" if ended == 1 else "runs"
    typer.echo(f"{flow}: {ended} {runs} of customer {done['customer']} ended")
