"""`headrace bench ingest` measures what it says."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest
import typer
from typer.testing import CliRunner

from engine.bench import ingest, load
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


@pytest.mark.parametrize("batch", [1, 10])
def test_ingest_is_measured_by_turns_with_its_bound(batch: int) -> None:
    """What a program written by hand costs on the same requests is known from the same run."""
    told = ingest.run(25, batch, rounds=2)
    assert told["bound_events_per_second"] > 0
    assert told["processor_ratio"] > 0


def test_the_requests_of_a_load_are_what_was_asked_for() -> None:
    """The last batch holds the rest, no message id comes twice, and visitors come again."""
    now = datetime(2026, 1, 5, tzinfo=UTC)
    told = [orjson.loads(body)["batch"] for body in load.bodies(250, 100, now)]
    assert [len(each) for each in told] == [100, 100, 50]
    calls = [call for each in told for call in each]
    assert len({call["messageId"] for call in calls}) == 250
    assert len({call["userId"] for call in calls}) == 250 // load.EACH
