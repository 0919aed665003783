"""`headrace bench simulate` measures what it says."""

from __future__ import annotations

import orjson
import typer
from typer.testing import CliRunner

from engine.cli import bench


def test_simulate_prints_its_figures() -> None:
    """Two flows, by one process and by two, which lived the same season."""
    app = typer.Typer()
    bench.register(app)
    arguments = ["bench", "simulate", "--customers", "600", "--rounds", "1", "--format", "json"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    told = orjson.loads(done.stdout)
    assert (told["workload"], told["people"]) == ("simulate", 600)
    assert [one["flow"] for one in told["flows"]] == ["w1", "carts"]
    for one in told["flows"]:
        assert (one["processes"], one["same"]) == (2, True)
        assert one["steps"] > 600
        assert min(one["steps_per_second"], one["shared_steps_per_second"]) > 0
        assert one["straight"] > 0.9
