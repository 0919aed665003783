"""`headrace new`: what it writes is whole, and what is there is never overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from dsl.printing.formatting import format_text
from dsl.project import load_project
from engine.errors import RefusedError
from engine.lab.suite import Suite
from engine.projects.scaffold import scaffold, templates


def problems(folder: Path) -> list[str]:
    from engine.projects.findings import findings

    return [f"{one.code} {one.message}" for one in findings(load_project(folder))[0]]


@pytest.mark.parametrize("template", [None, *templates()])
def test_every_start_is_clean_formatted_and_passes_its_own_tests(
    tmp_path: Path, template: str | None
) -> None:
    """Whatever one starts from checks without a warning, and its tests run and pass."""
    folder = tmp_path / "my-shop"
    scaffold(folder, template)
    assert problems(folder) == []
    for file in folder.rglob("*.flow"):
        text = file.read_text("utf-8")
        assert format_text(text).text == text
    suite = Suite.read(folder / "flows")
    outcomes = [suite.run(case) for case in suite.cases]
    assert outcomes
    assert [one.test.title for one in outcomes if one.failures] == []
    assert "My shop" in (folder / "README.md").read_text("utf-8")


def test_there_are_as_many_templates_as_example_flows() -> None:
    """Every flow of the example shop can be started from."""
    assert len(templates()) >= 36


def test_a_template_brings_nothing_of_the_other_flows(tmp_path: Path) -> None:
    """A birthday flow needs no cart messages and no webhook."""
    scaffold(tmp_path / "shop", "birthday")
    project = load_project(tmp_path / "shop")
    assert list(project.flows) == ["birthday"]
    assert not project.webhooks
    names = {file.name for file in (tmp_path / "shop/flows/messages").iterdir()}
    assert "birthday.email.mjml" in names
    assert "cart_reminder.email.mjml" not in names


@pytest.mark.parametrize("held", ["README.md", "flows/cart.flow", "notes.txt"])
def test_nothing_that_is_there_is_overwritten(tmp_path: Path, held: str) -> None:
    """A folder that holds something is refused, by name, and stays as it is."""
    file = tmp_path / held
    file.parent.mkdir(exist_ok=True)
    file.write_text("mine", "utf-8")
    with pytest.raises(RefusedError, match=held.partition("/")[0]):
        scaffold(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == [held.partition("/")[0]]
    assert file.read_text("utf-8") == "mine"


def test_a_fresh_repository_is_no_obstacle(tmp_path: Path) -> None:
    """`git init` and a `.gitignore` of one's own come first for many; both stay."""
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("mine\n", "utf-8")
    scaffold(tmp_path)
    assert (tmp_path / ".gitignore").read_text("utf-8") == "mine\n"
    assert (tmp_path / "flows/store.flow").exists()


def test_a_mistyped_template_is_answered_with_the_right_one(tmp_path: Path) -> None:
    """The command line says which template was meant, with exit code 2, and writes nothing."""
    import typer

    from engine.cli.new import register

    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    asked = CliRunner().invoke(app, ["new", str(tmp_path / "x"), "--template", "birthdy"])
    assert asked.exit_code == 2
    assert "did you mean birthday?" in asked.output
    assert not (tmp_path / "x").exists()
