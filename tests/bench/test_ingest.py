"""`headrace bench ingest` measures what it says."""

from __future__ import annotations

import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path

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


PEER = """\
import json

seen = set()


async def app(scope, receive, send):
    body = b""
    more = True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    told = json.loads(body)
    for one in told if isinstance(told, list) else [told]:
        assert one["id"] not in seen and {"customer", "type", "ts", "data"} <= one.keys()
        seen.add(one["id"])
    length = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 202, "headers": length})
    await send({"type": "http.response.body", "body": b"ok"})
"""


@pytest.mark.parametrize("batch", [1, 10])
def test_a_bound_that_serves_is_asked_by_turns(tmp_path: Path, batch: int) -> None:
    """A program of one's own gets events of its own kind on a port that it is told."""
    (tmp_path / "peer.py").write_text(PEER, encoding="utf-8")
    python = shlex.quote(sys.executable)
    peer = f"{python} -m uvicorn --lifespan off --app-dir {tmp_path} peer:app --port {{port}}"
    told = ingest.run(25, batch, lean=peer)
    assert told["lean_events_per_second"] > 0
    assert {"processor_ratio", "lean_ratio", "lean_processor_us"} <= told.keys()


def test_a_bound_that_does_not_serve_is_told() -> None:
    """Instead of waiting for what never comes."""
    python = shlex.quote(sys.executable)
    with pytest.raises(RuntimeError, match="does not answer at port"):
        ingest.run(5, 1, lean=f"{python} -c 'import sys; sys.exit(3)' {{port}}")


def test_the_requests_of_a_load_are_what_was_asked_for() -> None:
    """The last batch holds the rest, no message id comes twice, and visitors come again."""
    now = datetime(2026, 1, 5, tzinfo=UTC)
    told = [orjson.loads(body)["batch"] for body in load.bodies(250, 100, now)]
    assert [len(each) for each in told] == [100, 100, 50]
    calls = [call for each in told for call in each]
    assert len({call["messageId"] for call in calls}) == 250
    assert len({call["userId"] for call in calls}) == 250 // load.EACH
