"""`headrace bench`: how fast this machine runs Headrace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from engine.cli import options, progress, verb


def register(app: typer.Typer) -> None:
    bench = typer.Typer(help="Measure this machine.", no_args_is_help=True)
    bench.command()(w1)
    bench.command()(ingest)
    bench.command()(latency)
    bench.command()(waiting)
    bench.command()(segments)
    bench.command()(send)
    bench.command()(conditions)
    bench.command()(check)
    bench.command()(recommendations)
    bench.command()(besttime)
    bench.command()(backtest)
    bench.command()(simulate)
    bench.command()(figures)
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
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="How many processes work (PostgreSQL).")
    ] = 1,
    form: options.Form = "text",
) -> None:
    """Six-step journeys through the real path: stored, claimed, applied, recorded, full sync."""
    from engine.bench import w1 as workload
    from engine.bench.bounds import measure

    before = measure(bound) if bound else None
    with verb.plainly(), progress.working(f"{runs:,} journeys"):
        figures: dict[str, Any] = workload.run(runs, database, workers).as_json()
    if bound and before:
        after = measure(bound)
        figures["bound_steps_per_second"] = round((before + after) / 2)
        figures["ratio"] = round(figures["steps_per_second"] * 2 / (before + after), 3)
    if form == "json":
        verb.show(figures)
        return
    typer.echo(
        f"{figures['runs']:,} journeys, {figures['steps']:,} steps in {figures['seconds']} s: "
        f"{figures['steps_per_second']:,} steps/s ({figures['database']}, "
        f"synchronous {figures['synchronous']}, {figures['peak_rss_mb']} MB)"
    )
    if "ratio" in figures:
        typer.echo(f"bound {figures['bound_steps_per_second']:,} steps/s, ratio {figures['ratio']}")


def ingest(
    events: Annotated[int, typer.Option(min=1, help="How many events.")] = 20_000,
    batch: Annotated[int, typer.Option(min=1, max=500, help="Events of a request.")] = 1,
    rounds: Annotated[
        int,
        typer.Option(min=0, help="So many times, by turns with a bound written by hand; medians."),
    ] = 0,
    bound: Annotated[
        str | None,
        typer.Option(
            help="A command that prints its events_per_second, run before and after; or one that"
            " serves HTTP at {port}, asked by turns with ours and the bound."
        ),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(help="A PostgreSQL address; a schema of its own is made and dropped there."),
    ] = None,
    form: options.Form = "text",
) -> None:
    """Calls of the tracking API over HTTP, stored with full sync, singly or in batches."""
    from engine.bench import ingest as workload
    from engine.bench.bounds import measure

    served = bound if bound and "{port}" in bound else ""
    printed = None if served else bound
    if rounds and (database or printed):
        raise typer.BadParameter(
            "The bound is written for SQLite, and there is one.", param_hint="--rounds"
        )
    before = measure(printed) if printed else None
    with verb.plainly(), progress.working(f"{events:,} events"):
        figures = workload.run(events, batch, database, rounds, served)
    if printed and before:
        both = before + measure(printed)
        figures["bound_events_per_second"] = round(both / 2)
        figures["ratio"] = round(figures["events_per_second"] * 2 / both, 3)
    if form == "json":
        verb.show(figures)
        return
    typer.echo(
        f"{figures['events']:,} events in batches of {figures['batch']} in {figures['seconds']} s: "
        f"{figures['events_per_second']:,} events/s, {figures['processor_us']} us of processor "
        f"time each ({figures['database']})"
    )
    if "ratio" in figures:
        typer.echo(
            f"bound {figures['bound_events_per_second']:,} events/s, ratio {figures['ratio']}"
        )
    if "processor_ratio" in figures:
        typer.echo(
            f"bound {figures['bound_processor_us']} us of processor time each, "
            f"ratio {figures['processor_ratio']}"
        )
    if "lean_processor_ratio" in figures:
        typer.echo(
            f"the given one {figures['lean_processor_us']} us of processor time each, "
            f"ratio {figures['lean_processor_ratio']}"
        )


def latency(
    seconds: Annotated[float, typer.Option(min=1, help="For how long events come.")] = 120,
    rate: Annotated[float, typer.Option(min=1, help="Events a second, each alone.")] = 1_000,
    orders: Annotated[
        int, typer.Option(min=1, max=100, help="So many of a hundred are answered by a message.")
    ] = 10,
    slices: Annotated[int, typer.Option(min=1, help="Spans of time told by themselves.")] = 6,
    database: Annotated[
        str | None,
        typer.Option(help="A PostgreSQL address; a schema of its own is made and dropped there."),
    ] = None,
) -> None:
    """From an event over HTTP to its first message, at a steady rate against `run`; JSON."""
    from engine.bench import latency as workload

    with verb.plainly(), progress.working(f"{rate:,.0f} events a second for {seconds:,.0f} s"):
        figures = workload.run(seconds, rate, orders, slices, database)
    verb.show(figures)


def waiting(
    runs: Annotated[int, typer.Option(min=1, help="How many people wait in flows.")] = 1_000_000,
    due: Annotated[int, typer.Option(min=0, help="So many of them are due at the start.")] = 0,
    seconds: Annotated[float, typer.Option(min=1, help="For how long the server is watched.")] = 60,
) -> None:
    """Memory and processor time of `headrace run` while people wait in flows; prints JSON."""
    from engine.bench import waiting as workload

    with verb.plainly(), progress.working(f"{runs:,} people wait"):
        figures = workload.run(runs, due, seconds)
    verb.show(figures)


Seeds = Annotated[
    list[int] | None,
    typer.Option("--seed", help="A shop is invented for each; several may be given."),
]


def recommendations(
    seed: Seeds = None,
    customers: Annotated[int, typer.Option(min=10)] = 1_500,
    products: Annotated[int, typer.Option(min=20)] = 400,
    clusters: Annotated[int, typer.Option(min=2)] = 20,
    skew: Annotated[float, typer.Option(help="Zipf's exponent of what sells.")] = 0.9,
    noise: Annotated[float, typer.Option(help="Acts that no taste explains.")] = 0.15,
    form: options.Form = "text",
) -> None:
    """How often the next purchase is among 10 recommendations, and among 10 best sellers."""
    from engine.bench.invented import Kind
    from engine.bench.learned import recommendations as measure

    kind = Kind(customers, products, clusters, skew=skew, noise=noise)
    with progress.working("learning from invented shops"):
        figures = measure(seed or [1, 2, 3], kind)
    if form == "json":
        verb.show(figures)
        return
    typer.echo(
        f"hit rate at 10: {figures['hit_rate']:.1%}, best sellers "
        f"{figures['bestsellers_hit_rate']:.1%}: {figures['ratio']:.2f} times "
        f"(at least {figures['lowest_ratio']:.2f} over {len(figures['shops'])} invented shops)"
    )


def besttime(
    seed: Seeds = None,
    people: Annotated[int, typer.Option(min=10)] = 500,
    spread: Annotated[float, typer.Option(help="Hours, a standard deviation.")] = 1.0,
    noise: Annotated[float, typer.Option(help="Acts at any hour.")] = 0.2,
    form: options.Form = "text",
) -> None:
    """How often a planted best hour is found for people with 20 or more clicks and purchases."""
    from engine.bench.learned import best_hours

    figures = best_hours(seed or [1, 2, 3], people, spread=spread, noise=noise)
    if form == "json":
        verb.show(figures)
        return
    typer.echo(
        f"the exact hour for {figures['exact']:.1%}, within an hour for "
        f"{figures['within_an_hour']:.1%}; by the most frequent hour alone "
        f"{figures['most_frequent_hour']:.1%}"
    )


def segments(
    customers: Annotated[int, typer.Option(min=1, help="How many customers.")] = 100_000,
    events: Annotated[int, typer.Option(min=1, help="How many events they did.")] = 1_000_000,
    project: Annotated[Path, typer.Option(help="The project whose segments are asked for.")] = Path(
        "flows"
    ),
    database: Annotated[
        str | None,
        typer.Option(help="A PostgreSQL address; a schema of its own is made and dropped there."),
    ] = None,
) -> None:
    """All segments of a project over a made-up shop, beside SQL written by hand; prints JSON."""
    import orjson

    from engine.bench import segments as workload

    with verb.plainly(), progress.working(f"{customers:,} customers"):
        figures = workload.run(customers, events, project, database)
    typer.echo(orjson.dumps(figures, option=orjson.OPT_INDENT_2).decode())


def send(
    mails: Annotated[int, typer.Option(min=10, help="How many mails.")] = 2_000,
    kind: Annotated[str, typer.Option(help="mjml or text.")] = "mjml",
    connections: Annotated[int, typer.Option(min=1, max=64)] = 8,
    rounds: Annotated[int, typer.Option(min=1, help="By turns with the bound; medians.")] = 3,
) -> None:
    """Mails rendered and delivered to a server on loopback, beside aiosmtplib alone; JSON."""
    from engine.bench import send as workload

    if kind not in ("mjml", "text"):
        raise typer.BadParameter("It is mjml or text.", param_hint="--kind")
    with verb.plainly(), progress.working(f"{mails:,} mails"):
        figures = workload.run(mails, "mjml" if kind == "mjml" else "text", connections, rounds)
    verb.show(figures)


def conditions(
    customers: Annotated[int, typer.Option(min=1, help="How many customers.")] = 10_000,
) -> None:
    """A hundred conditions over customers in memory, beside CEL where it is installed; JSON."""
    from engine.bench import conditions as workload

    with progress.working(f"{customers:,} customers"):
        figures = workload.run(customers)
    verb.show(figures)


def check(
    project: Annotated[Path, typer.Option(help="The project that is checked.")] = Path("flows"),
    rounds: Annotated[int, typer.Option(min=1, help="So many times; medians.")] = 5,
    bound: Annotated[
        str | None,
        typer.Option(help="A parser that prints its mb_s as JSON; run before and after."),
    ] = None,
) -> None:
    """`headrace check` from nothing, and what reading and checking a byte costs; prints JSON."""
    from engine.bench import check as workload
    from engine.bench.bounds import measure

    before = measure(bound) if bound else None
    with verb.plainly(), progress.working("checking"):
        figures = workload.run(project, rounds)
    if bound and before:
        both = (before + measure(bound)) / 2
        figures["bound_mb_s"] = round(both, 3)
        figures["times_the_bound"] = round(both / figures["mb_s"], 2)
    verb.show(figures)


def backtest(
    events: Annotated[
        list[int] | None, typer.Option(min=100, help="Events of a shop; said again, of another.")
    ] = None,
) -> None:
    """A made-up shop's past played again, beside a simulation of its flow; speed and memory, JSON.

    The memory of the last size is compared with that of the first.
    """
    from engine.bench import backtest as workload
    from engine.lab.simulation import simulate
    from engine.projects.compiled import compile_folder

    def simulated(flows: Path, people: int, days: int) -> int:
        deployment = compile_folder(flows).deployment()
        *_, season = simulate(deployment, "carts", people, days, 1)
        return int(season.as_json()["steps_per_second"])

    sizes = events or [100_000, 1_000_000]
    with verb.plainly(), progress.working(f"{sizes[-1]:,} events"):
        figures = workload.run(sizes, simulated)
    verb.show(figures)


def simulate(
    customers: Annotated[int, typer.Option(min=1, help="How many people.")] = 20_000,
    processes: Annotated[
        int, typer.Option(min=1, max=64, help="How many share the people, beside one alone.")
    ] = 2,
    rounds: Annotated[int, typer.Option(min=1, help="So many times, by turns; the best.")] = 3,
    form: options.Form = "text",
) -> None:
    """Invented people live with two flows for 30 days, in memory: steps a second."""
    from engine.bench import simulate as workload
    from engine.lab.simulation import measured

    with verb.plainly(), progress.working(f"{customers:,} people"):
        figures = workload.run(customers, processes, rounds, measured)
    if form == "json":
        verb.show(figures)
        return
    for one in figures["flows"]:
        shared = (
            f"; {one['shared_steps_per_second']:,} by {one['processes']} processes"
            if "processes" in one
            else ""
        )
        typer.echo(
            f"{one['flow']}: {one['steps']:,} steps, {one['steps_per_second']:,} steps/s by one"
            f" process, {one['processor_us']} us of processor time each{shared}"
        )


def figures(
    runs: Annotated[int, typer.Option(min=1, help="How many journeys.")] = 40_000,
    rounds: Annotated[int, typer.Option(min=1, help="How often each is done, by turns.")] = 3,
    every: Annotated[
        float, typer.Option(min=0.1, help="Seconds from one rolling up to the next.")
    ] = 3.0,
    events: Annotated[
        int,
        typer.Option(min=0, help="Measure instead what noting changes costs, with so many events."),
    ] = 0,
) -> None:
    """What counting figures costs W1, and what noting what changed costs it and ingest; JSON."""
    from engine.bench import figures as workload

    with verb.plainly(), progress.working(f"{runs:,} journeys"):
        verb.show(
            workload.noted(runs, events, rounds) if events else workload.beside(runs, rounds, every)
        )
