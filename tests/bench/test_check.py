"""`headrace bench check` measures what it says."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
import typer
from typer.testing import CliRunner

from engine.bench import check as workload
from engine.cli import bench

FLOW = 'store "Shop":\n  currency EUR\n\nflow f:\n  enter when purchase\n  wait 1 day\n'


def test_check_prints_its_figures(tmp_path: Path) -> None:
    """A project is checked cold and warm, beside a parser that was given."""
    (tmp_path / "shop.flow").write_text(FLOW, encoding="utf-8")
    app = typer.Typer()
    bench.register(app)
    arguments = ["bench", "check", "--project", str(tmp_path), "--rounds", "1"]
    done = CliRunner().invoke(app, [*arguments, "--bound", """echo '{"mb_s": 1}'"""])
    assert done.exit_code == 0, done.output
    told = orjson.loads(done.stdout)
    assert (told["workload"], told["bytes"], told["bound_mb_s"]) == ("check", len(FLOW), 1)
    assert told["cold_processor_seconds"] > told["warm_processor_seconds"] > 0
    assert told["times_the_bound"] == pytest.approx(1 / told["mb_s"], rel=0.5)


def test_a_project_with_errors_is_not_measured(tmp_path: Path) -> None:
    """What ends early costs little and says nothing."""
    (tmp_path / "shop.flow").write_text("flow f:\n  go nowhere\n", encoding="utf-8")
    with pytest.raises(RuntimeError, match="cannot be checked"):
        workload.run(tmp_path, 1)
