"""`headrace bench ingest` measures what it says."""

from __future__ import annotations

import orjson
import pytest
import typer
from typer.testing import CliRunner

from engine.cli import bench


@pytest.mark.parametrize("batch", [1, 10])
def test_ingest_prints_its_figures(batch: int) -> None:
    """Events singly or in batches are stored and counted, beside a bound that was given."""
    bound = """echo '{"events_per_second": 1000}'"""
    arguments = ["bench", "ingest", "--events", "25", "--batch", str(batch), "--bound", bound]
    app = typer.Typer()
    bench.register(app)
    done = CliRunner().invoke(app, [*arguments, "--format", "json"])
    assert done.exit_code == 0, done.output
    told = orjson.loads(done.stdout)
    assert (told["workload"], told["events"], told["batch"]) == ("ingest", 25, batch)
    assert told["requests"] == (25 if batch == 1 else 3)
    assert told["events_per_second"] > 0
    assert told["bound_events_per_second"] == 1_000
    assert told["ratio"] == pytest.approx(told["events_per_second"] / 1_000, abs=0.01)
