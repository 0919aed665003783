"""How many people stand where, out of the store."""

from __future__ import annotations

from collections import defaultdict

from engine.store.database import Reader

Numbers = dict[str, int]


def flow_numbers(reader: Reader) -> dict[str, Numbers]:
    """By flow: `entered`, `inside`, `sent` and `goals`, over all versions and all time."""
    names: dict[int, str] = dict(reader.rows("select id, name from flow"))
    found: dict[str, Numbers] = defaultdict(
        lambda: {"entered": 0, "inside": 0, "sent": 0, "goals": 0}
    )
    for flow, entered, inside, goals in reader.rows(
        "select flow, count(*), sum(case when ended_at is null then 1 else 0 end),"
        " count(goal_at) from run group by flow"
    ):
        found[names[flow]].update(entered=entered, inside=inside, goals=goals)
    for flow, sent in reader.rows(
        "select flow, count(*) from intent where state = 'sent' and recipient = 0 group by flow"
    ):
        found[names[flow]]["sent"] = sent
    return dict(found)


def step_numbers(reader: Reader, flow: str) -> dict[str, Numbers]:
    """By step of a flow: `passed`, and of messages `sent`, `skipped` and `unknown`."""
    row = reader.row("select id from flow where name = ?", (flow,))
    if row is None:
        return {}
    found: dict[str, Numbers] = defaultdict(dict)
    for step, state, count in reader.rows(
        "select step, state, count(*) from intent where flow = ? group by step, state", (row[0],)
    ):
        found[step][state] = count
    return dict(found)


def standing(reader: Reader, flow: str, version: int) -> dict[int, int]:
    """How many active runs of a version stand at each place of its program."""
    return dict(
        reader.rows(
            "select node, count(*) from run join flow on flow.id = run.flow"
            " where flow.name = ? and version = ? and ended_at is null group by node",
            (flow, version),
        )
    )
