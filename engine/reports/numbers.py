"""How many people stand where, out of the store."""

from __future__ import annotations

from collections import defaultdict

from engine.store import run_figures
from engine.store.database import Reader
from engine.store.states import flow_names, flow_number

Numbers = dict[str, int]


def flow_numbers(reader: Reader) -> dict[str, Numbers]:
    """By flow: `entered`, `inside`, `sent` and `goals`, over all versions and all time."""
    names = flow_names(reader)
    found: dict[str, Numbers] = defaultdict(
        lambda: {"entered": 0, "inside": 0, "sent": 0, "goals": 0}
    )
    for flow, entered, inside, goals in run_figures.by_flow(reader):
        found[names[flow]].update(entered=entered, inside=inside, goals=goals)
    for flow, sent in run_figures.sent_by_flow(reader):
        found[names[flow]]["sent"] = sent
    return dict(found)


def step_numbers(reader: Reader, flow: str) -> dict[str, Numbers]:
    """By step of a flow: `passed`, and of messages `sent`, `skipped` and `unknown`."""
    number = flow_number(reader, flow)
    if number is None:
        return {}
    found: dict[str, Numbers] = defaultdict(dict)
    for step, state, count in run_figures.messages_by_step(reader, number):
        found[step][state] = count
    return dict(found)


def standing(reader: Reader, flow: str, version: int) -> dict[int, int]:
    """How many active runs of a version stand at each place of its program."""
    return run_figures.at_places(reader, flow, version)
