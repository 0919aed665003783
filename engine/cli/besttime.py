"""`headrace besttime`: at which hour somebody is most active."""

from __future__ import annotations

import typer

from engine.cli import options, verb
from engine.cli.learned import found, opened, show_all


def register(app: typer.Typer) -> None:
    app.command()(besttime)


def besttime(
    customers: options.Customers, data: options.Data = options.DATA, form: options.Form = "text"
) -> None:
    """At which hour of their day these customers are most active."""
    from engine.reports.recommendations import best_times, stored_or_learned

    if not customers:
        verb.fail("name a customer: a user id, an e-mail address or our number", code=2)
    with opened(data) as (reader, now, zone):
        model = stored_or_learned(reader, now, zone)
        answers = best_times(reader, model.habits, found(reader, data, customers), now, zone)
    rows = [{"customer": name, **answer} for name, answer in answers.items()]
    if form == "json":
        show_all(rows)
        return
    for row in rows:
        own = "their own acts" if row["own"] >= 0.5 else "what the shop's people do"
        typer.echo(f"{row['customer']}: {row['hour']} o'clock {row['zone']}, by {own}")
