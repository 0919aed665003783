"""`headrace bench edit` measures what it says."""

from __future__ import annotations

import orjson
import pytest
import typer
from typer.testing import CliRunner

from dsl.checks import diagnose
from dsl.printing.printer import print_file
from dsl.project import flow_file, load_project
from editor.bench.long import NAME, long_flow
from editor.cli import bench
from engine.projects.example import example_flows


def told(*options: str) -> dict:
    app = typer.Typer()
    bench.register(app)
    done = CliRunner().invoke(app, ["bench", "edit", *options, "--format", "json"])
    assert done.exit_code == 0, done.output
    return orjson.loads(done.stdout)


def test_an_edit_is_measured_on_a_server_of_its_own() -> None:
    """Every kind of edit is done on a flow of that length, and both clocks are read."""
    figures = told("--steps", "12", "--edits", "9")
    (row,) = figures["flows"]
    assert (figures["workload"], row["steps"], row["edits"]) == ("edit", 12, 9)
    assert set(row["kinds"]) == {
        *("insert", "set", "move", "duplicate", "delete", "type", "wrap", "flip"),
    }
    for part in ("server", "process", "wall", "problems", "page"):
        assert 0 < row[part]["median"] <= row[part]["p95"], part
    assert row["parts"]["parse"] > 0


@pytest.mark.parametrize("steps", [10, 33, 200])
def test_a_long_flow_is_one_that_people_could_have_written(steps: int) -> None:
    """It has as many steps as were asked for, nothing is wrong with it, and it is formatted."""
    project = load_project(example_flows())
    file = flow_file(example_flows() / f"{NAME}.flow", "long.flow", long_flow(steps))
    with_it = project.with_files([file])
    assert len(with_it.graphs[NAME].nodes) - 2 == steps
    assert [one for one in diagnose(with_it) if one.file == "long.flow"] == []
    assert print_file(file.tree) == file.text
