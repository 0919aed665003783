"""`headrace trace`: what it tells scripts."""

from __future__ import annotations

import orjson
from typer.testing import CliRunner

from engine.core.model import HOUR
from tests.harness.workshop import HEAD

FLOW = """\
flow f:
  enter when ordered
  wait 1 hour
  send email one
"""


def test_the_document(workshop) -> None:
    """A script finds every run with its steps and lines, and refused entries apart from them."""
    import typer

    from engine.cli import trace as cli_trace

    shop = workshop(FLOW)
    ada = shop.customer()
    shop.happen(ada, "ordered")
    shop.forward()
    shop.happen(ada, "ordered")
    shop.forward(HOUR)
    app = typer.Typer()
    cli_trace.register(app)
    told = []
    for who in ("ada", "ada@shop.example", str(ada)):
        arguments = [who, "--data", str(shop.folder / "data"), "--format", "json"]
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == 0, done.output
        told.append(orjson.loads(done.stdout))
    assert told[0] == told[1] == told[2]
    assert told[0]["customer"] == "ada"
    (run,) = told[0]["runs"]
    assert (run["flow"], run["version"], run["state"]) == ("f", 1, "ended")
    assert run["entered_at"].endswith("Z")
    head = HEAD.count("\n")
    lines = [(step["kind"], step["line"], step["outcome"]) for step in run["steps"]]
    assert ("entry", head + 1, "entered") in lines
    assert ("wait", head + 3, "waiting") in lines
    assert ("send", head + 4, "sent") in lines
    assert set(run["steps"][0]) == {"at", "step", "kind", "line", "outcome", "detail"}
    (refused,) = told[0]["skipped"]
    assert (refused["flow"], refused["line"]) == ("f", head + 1)
    assert refused["reason"]
