"""What all verbs of the command line have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import orjson
import pytest
import typer
from typer.testing import CliRunner

import dsl.cli
import engine.cli
from editor.cli import serving, user
from editor.rendering import money
from engine.service.service import Service
from engine.settings import Settings


def _app() -> typer.Typer:
    app = typer.Typer()
    for layer in (dsl.cli, engine.cli, serving, user):
        layer.register(app)
    return app


def _commands(command: Any, name: str = "headrace") -> list[tuple[str, click.Command]]:
    if not hasattr(command, "commands"):
        return [(name, command)]
    return [
        found
        for word, below in command.commands.items()
        for found in _commands(below, f"{name} {word}")
    ]


COMMANDS = _commands(typer.main.get_command(_app()))


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_options_are_called_alike(name: str, command: click.Command) -> None:
    """`--data` and `--format` are called and answered alike by every verb that has them."""
    spoken = {option: param for param in command.params for option in param.opts}
    if "--format" in spoken and name != "headrace graph":
        assert spoken["--format"].default == "text"
    if "--data" in spoken and name != "headrace preview":
        assert spoken["--data"].default == Path("headrace-data")
    assert "--form" not in spoken
    assert command.help


@pytest.mark.parametrize(
    ("currency", "revenue"), [("EUR", "1,234.56"), ("JPY", "123,456"), ("KWD", "123.456")]
)
def test_coupons_in_the_currency_of_the_shop(tmp_path: Path, currency: str, revenue: str) -> None:
    """What a coupon brought in is written with as many decimals as the currency has."""
    flows = tmp_path / "flows"
    flows.mkdir()
    text = f'store "Shop":\n  currency {currency}\n\nflow idle:\n  enter manually\n  wait 1 day\n'
    (flows / "shop.flow").write_text(text)
    service = Service(tmp_path / "data", flows, Settings())
    service.start_quietly()
    service.writer.run(
        lambda tx: tx.execute(
            "insert into coupon_code (code, folded, coupon, customer, run, given_at, redeemed_at,"
            " redeemed_by, order_value) values ('A', 'A', 'spring', 1, 1, 1, 2, 1, 123456)"
        )
    )
    service.stop()
    done = CliRunner().invoke(_app(), ["coupons", "--data", str(tmp_path / "data")])
    assert done.exit_code == 0, done.output
    assert f"revenue {revenue}\n" in done.stdout


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (123_456, "EUR", "1.234,56 €"),
        (-5, "EUR", "-0,05 €"),
        (123_456, "JPY", "123.456 JPY"),
        (123_456, "KWD", "123,456 KWD"),
        (7, "KWD", "0,007 KWD"),
        (0, "JPY", "0 JPY"),
    ],
)
def test_amounts_on_pages(amount: int, currency: str, text: str) -> None:
    """A page writes an amount with as many decimals as its currency has."""
    assert money(amount, currency) == text


def test_a_plan_holds_for_a_new_folder_too(tmp_path: Path) -> None:
    """`publish --plan` into a folder that is new does what that plan said, or nothing."""
    flows, data = tmp_path / "flows", str(tmp_path / "data")
    flows.mkdir()
    (flows / "shop.flow").write_text("flow idle:\n  enter manually\n  wait 1 day\n")
    plan = CliRunner().invoke(_app(), ["plan", str(flows), "--data", data, "--format", "json"])
    told = orjson.loads(plan.stdout)["hash"]
    words = ["publish", str(flows), "--data", data, "--plan"]
    wrong = CliRunner().invoke(_app(), [*words, "0123456789abcdef"])
    assert (wrong.exit_code, wrong.stdout) == (1, "")
    assert wrong.stderr.count("\n") == 1
    right = CliRunner().invoke(_app(), [*words, told])
    assert right.exit_code == 0, right.stderr
    assert "idle: version 1 is live" in right.stdout
