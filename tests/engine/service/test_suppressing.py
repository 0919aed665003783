"""Who works with the list of addresses that get nothing any more."""

from __future__ import annotations

from typing import Any

import orjson
import typer
from typer.testing import CliRunner

from engine.cli import suppress
from tests.engine.customers.test_addresses import FLOW, call
from tests.harness.workshop import DAY

REASON = ("--reason", "they wrote to us")


def test_a_suppression_is_listed_and_lifted(workshop: Any) -> None:
    """An address that bounced by mistake gets mail again once somebody says why, on record."""
    shop = workshop(FLOW)
    told = {"email": "ada@shop.example", "consent": {"email": True}}
    call(shop, "identify", userId="ada", traits=told)
    call(shop, "track", userId="ada", event="Email Bounced")
    shop.service.stop()

    app = typer.Typer()
    suppress.register(app)

    def run(*words: str) -> Any:
        data = ("--data", str(shop.folder / "data"))
        return CliRunner().invoke(app, ["suppress", *words, *data])

    listed = run("list", "--format", "json")
    (one,) = orjson.loads(listed.output)["suppressed"]
    assert (one["channel"], one["address"]) == ("email", "ada@shop.example")
    assert one["reason"] == "bounced"
    assert run("lift", "ada@shop.example").exit_code == 2, "it wants a reason"
    assert run("lift", "bob@shop.example", *REASON).exit_code == 1
    lifted = run("lift", "ADA@shop.example", *REASON)
    assert (lifted.exit_code, lifted.output) == (
        0,
        "lifted: ADA@shop.example may get email again\n",
    )
    assert run("list").output == "nothing is suppressed\n"
    assert run("add", "bob@shop.example", *REASON).exit_code == 0
    assert run("lift", "bob@shop.example", *REASON).exit_code == 0
    assert run("add", "bob@shop.example", *REASON).exit_code == 0
    assert run("lift", "bob@shop.example", *REASON).exit_code == 0
    shop.service = shop.open()
    call(shop, "track", userId="ada", event="add_to_cart")
    shop.forward(2 * DAY)
    assert shop.notebook.messages == ["one"]
    acts = shop.rows("select act, detail from audit where act like 'suppress%' order by id")
    assert [what for what, _ in acts] == ["suppress lift", *["suppress add", "suppress lift"] * 2]
    assert "ada@" not in str(acts)
