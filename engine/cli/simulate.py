"""`headrace simulate`: synthetic customers through a flow, in virtual time."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli import options, progress, verb
from engine.errors import PlainError

if TYPE_CHECKING:
    from engine.lab.behaviour import Profile
    from engine.lab.season import Season


def register(app: typer.Typer) -> None:
    app.command()(simulate)


def simulate(
    flow: options.Flow,
    path: options.Project = options.FLOWS,
    customers: Annotated[int, typer.Option(min=1, help="How many people.")] = 1_000,
    days: Annotated[int, typer.Option(min=1, max=3_660, help="How long.")] = 30,
    seed: Annotated[int, typer.Option(min=0, help="The same seed, the same season.")] = 1,
    profile: Annotated[
        Path | None, typer.Option(help="What people do, as a TOML file; not the shop's history.")
    ] = None,
    processes: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="How many share the people; by default one a core."),
    ] = None,
    data: options.Data = options.DATA,
    form: options.Form = "text",
) -> None:
    """Let invented people live for some days with a flow as its file says it now, and count.

    They behave as the shop's own people lately did, where the data folder has enough of them.
    Nothing is sent and nothing is stored.
    """
    from dsl.cli import reading
    from engine.lab import from_history, simulation
    from engine.projects.compiled import compile_folder

    folder = verb.project(path)
    with reading(path):
        compiled = compile_folder(folder)
    if wrong := compiled.errors(folder):
        verb.fail("\n".join(wrong))
    deployment = compiled.deployment(flows={flow}) if flow in compiled.graphs else None
    with verb.plainly(code=2):
        if deployment is None:
            raise simulation.UnfitFlowError(f"there is no flow {flow!r} in {path}")
        rates = (
            _history(data, deployment.programs[flow].entries)
            if profile is None
            else from_history.of_file(profile, deployment.types)
        )
        lives = simulation.simulate(
            deployment, flow, customers, days, seed, rates, processes=processes or _cores()
        )
        with progress.working(f"{customers:,} people"):
            *_, season = lives
    if form == "json":
        verb.show(season.as_json())
    else:
        typer.echo("\n".join(_text(season)))


def _cores() -> int:
    """As many as this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def _history(data: Path, wanted: Iterable[str]) -> Profile | None:
    """The shop's own rates; None where there is no shop, or too little of it."""
    from engine.clock import SystemClock
    from engine.lab.from_history import of_shop
    from engine.reports.recommendations import moment
    from engine.settings import read_settings

    settings = read_settings()
    if not settings.database_url and not data.is_dir():
        return None
    try:
        with settings.database(data).reader() as reader:
            now = moment(reader, SystemClock(settings.clock_offset).now())
            return of_shop(reader, now, frozenset(wanted))
    except PlainError:
        return None  # nothing was ever stored there


def _text(season: Season) -> list[str]:
    from engine.lab.season import ranked

    told = season.as_json()
    lines = [
        (
            f"{season.flow}: {season.customers:,} people, {season.days} days from"
            f" {told['from'][:10]}, seed {season.seed}"
        ),
        f"  what people do: {season.behaviour}",
        (
            f"  entered {season.entered:,}, goals {season.goals:,}, limits hit {season.limits:,},"
            f" {season.moves:,} steps in {season.seconds:.1f} s"
            f" ({season.steps_per_second:,} steps/s in {_processes(season.processes)})"
        ),
    ]
    if season.nobody:
        lines.append(f"  {season.nobody}")
    for title, found in (
        ("did not enter, and why", season.refused),
        ("messages", season.messages),
        ("not sent, and why", season.details("skipped")),
        ("how runs ended", season.details("ended")),
    ):
        if found:
            lines.append(f"  {title}")
            lines += [f"  {number:>9,}  {what}" for what, number in ranked(found)]
    for name, made in season.chosen.items():
        tried = [f"{one['label']} {one['did']:,} of {one['people']:,}" for one in made["seen"]]
        lines.append(f"  of {name} {made['arm']} is chosen for who waits: {', '.join(tried)}")
    most = max(told["messages_per_day"])
    lines.append(f"  at most {most:,} messages a day")
    lines.append("  steps")
    for step, outcomes in season.steps.items():
        said = ", ".join(f"{outcome} {number:,}" for outcome, number in sorted(outcomes.items()))
        lines.append(f"    {step}: {said}")
    return lines


def _processes(number: int) -> str:
    return "one process" if number == 1 else f"{number} processes"
