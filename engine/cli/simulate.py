"""`headrace simulate`: synthetic customers through a flow, in virtual time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli import options, verb

if TYPE_CHECKING:
    from engine.lab.simulation import Season


def register(app: typer.Typer) -> None:
    app.command()(simulate)


def simulate(
    flow: options.Flow,
    path: options.Project = options.FLOWS,
    customers: Annotated[int, typer.Option(min=1, help="How many people.")] = 1_000,
    days: Annotated[int, typer.Option(min=1, max=3_660, help="How long.")] = 30,
    seed: Annotated[int, typer.Option(min=0, help="The same seed, the same season.")] = 1,
    form: options.Form = "text",
) -> None:
    """Let invented people live for some days with a flow as its file says it now, and count.

    Nothing is sent and nothing is stored.
    """
    from dsl.cli import reading
    from engine.lab import simulation
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
        *_, season = simulation.simulate(deployment, flow, customers, days, seed)
    if form == "json":
        verb.show(season.as_json())
    else:
        typer.echo("\n".join(_text(season)))


def _text(season: Season) -> list[str]:
    told = season.as_json()
    lines = [
        f"{season.flow}: {season.customers:,} people, {season.days} days, seed {season.seed}",
        (
            f"  entered {season.entered:,}, goals {season.goals:,}, {season.moves:,} steps"
            f" in {season.seconds:.1f} s ({told['steps_per_second']:,} steps/s)"
        ),
    ]
    for title, found in (
        ("messages", season.messages),
        ("not sent, and why", season.skipped),
        ("how runs ended", season.ends),
    ):
        if found:
            lines.append(f"  {title}")
            lines += [f"  {number:>9,}  {what}" for what, number in found.most_common()]
    most = max(told["messages_per_day"])
    lines.append(f"  at most {most:,} messages a day")
    lines.append("  steps")
    for step, outcomes in season.steps.items():
        said = ", ".join(f"{outcome} {number:,}" for outcome, number in sorted(outcomes.items()))
        lines.append(f"    {step}: {said}")
    return lines
