"""`headrace bench`: how fast this machine runs Headrace."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer


def register(app: typer.Typer) -> None:
    bench = typer.Typer(help="Measure this machine.", no_args_is_help=True)
    bench.command()(w1)
    # A group with a single command would swallow its name.
    bench.callback()(lambda: None)
    app.add_typer(bench, name="bench")


def w1(
    runs: Annotated[int, typer.Option(min=1, help="How many journeys.")] = 100_000,
    bound: Annotated[
        str | None,
        typer.Option(help="A command that prints its steps_s as JSON; run before and after."),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(help="A PostgreSQL address; a schema of its own is made and dropped there."),
    ] = None,
    format: Annotated[Literal["text", "json"], typer.Option()] = "text",  # noqa: A002
) -> None:
    """Six-step journeys through the real path: stored, claimed, applied, recorded, full sync."""
    from engine.bench import w1 as workload
    from engine.bench.bounds import measure
    from engine.store.errors import StoreError

    before = measure(bound) if bound else None
    try:
        figures: dict[str, Any] = workload.run(runs, database).as_json()
    except StoreError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if bound and before:
        after = measure(bound)
        figures["bound_steps_per_second"] = round((before + after) / 2)
        figures["ratio"] = round(figures["steps_per_second"] * 2 / (before + after), 3)
    if format == "json":
        import orjson

        typer.echo(orjson.dumps(figures).decode())
        return
    typer.echo(
        f"{figures['runs']:,} journeys, {figures['steps']:,} steps in {figures['seconds']} s: "
        f"{figures['steps_per_second']:,} steps/s ({figures['database']}, "
        f"synchronous {figures['synchronous']}, {figures['peak_rss_mb']} MB)"
    )
    if "ratio" in figures:
        typer.echo(f"bound {figures['bound_steps_per_second']:,} steps/s, ratio {figures['ratio']}")
