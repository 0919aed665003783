"""Projects: which files belong to them, and whom they lend their names."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from dsl import cli
from dsl.checks import diagnose
from dsl.project import load_project
from engine.cli import check as cli_check

ROOT = Path(__file__).resolve().parents[2]
RUN = CliRunner()


@pytest.fixture
def app() -> typer.Typer:
    verbs = typer.Typer()
    cli.register(verbs)
    cli_check.register(verbs)
    return verbs


def test_all_files_of_a_folder_are_one_project(tmp_path: Path) -> None:
    """A name of one file is known in all others, in folders below too."""
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "a.flow").write_text("segment buyers:\n  did purchase\n")
    (tmp_path / "b.flow").write_text(
        "flow f:\n  enter when customer joins segment buyers\n\n  exit\n"
    )
    project = load_project(tmp_path)
    assert diagnose(project) == ()
    assert set(project.flows) == {"f"}


def test_one_file_borrows_the_names_of_its_neighbours(tmp_path: Path) -> None:
    """A file is checked as part of its project, and answers only for itself."""
    (tmp_path / "a.flow").write_text("segment buyers:\n  did purchase\nbroken\n")
    own = tmp_path / "b.flow"
    own.write_text("flow f:\n  enter when customer joins segment buyers\n\n  exit\n")
    project = load_project(own)
    assert diagnose(project) == ()
    assert len(project.files) == 1


def test_the_messages_beside_the_flows_are_found(tmp_path: Path) -> None:
    """The nearest `messages/` folder is the project's."""
    (tmp_path / "messages").mkdir()
    (tmp_path / "a.flow").write_text("")
    assert load_project(tmp_path).messages == tmp_path / "messages"
    assert load_project(tmp_path / "a.flow").messages == tmp_path / "messages"


def test_check_prints_one_document(app: typer.Typer, tmp_path: Path) -> None:
    """Scripts get exactly one JSON document, and exit code 1 with errors."""
    (tmp_path / "a.flow").write_text("flow f:\n  enter when purchse\n\n  send email hello\n")
    result = RUN.invoke(app, ["check", str(tmp_path), "--format", "json"])
    document = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (document["files"], document["flows"], document["errors"], document["warnings"]) == (
        1, 1, 1, 0,
    )  # fmt: skip
    found = document["diagnostics"][0]
    assert (found["code"], found["line"], found["column"], found["end_column"]) == (
        "unknown-event", 2, 14, 21,
    )  # fmt: skip


def test_check_of_no_such_path_is_wrong_usage(app: typer.Typer, tmp_path: Path) -> None:
    """Exit code 2 says that the question was wrong."""
    assert RUN.invoke(app, ["check", str(tmp_path / "nowhere")]).exit_code == 2


def test_warnings_alone_are_fine(app: typer.Typer, tmp_path: Path) -> None:
    """A warning does not stop anything."""
    (tmp_path / "a.flow").write_text("flow f:\n  enter when purchase\n\n  exit\n  exit\n")
    result = RUN.invoke(app, ["check", str(tmp_path)])
    assert result.exit_code == 0
    assert "1 warning" in result.stdout


@pytest.mark.parametrize("form", ["json", "mermaid", "dot", "svg"])
def test_graph_prints_every_form(app: typer.Typer, form: str) -> None:
    """Each form of a graph is printed."""
    args = ["graph", "abandoned_cart", "--path", str(ROOT / "flows"), "--format", form]
    assert RUN.invoke(app, args).exit_code == 0


def test_a_broken_flow_still_has_its_graph(app: typer.Typer, tmp_path: Path) -> None:
    """What can be read is drawn, the entry first."""
    file = tmp_path / "a.flow"
    file.write_text("flow f:\n  enter when purchase\n\n  wait 1 dya\n  send email hello\n")
    result = RUN.invoke(app, ["graph", "f", "--path", str(file)])
    document = json.loads(result.stdout)
    kinds = [node["kind"] for node in document["nodes"]]
    assert kinds == ["entry", "unreadable", "send", "end"]
    assert document["nodes"][1]["line"] == 4


def test_graph_of_no_such_flow_helps(app: typer.Typer) -> None:
    """A misspelt flow gets a suggestion and exit code 2."""
    result = RUN.invoke(app, ["graph", "abandoned_crat", "--path", str(ROOT / "flows")])
    assert result.exit_code == 2
    assert "abandoned_cart" in result.output


def test_a_text_in_an_editor_is_checked_among_the_files_on_disk(tmp_path: Path) -> None:
    """What is being typed replaces its file, its neighbours stay, and nothing on disk changes."""
    buyers = tmp_path / "a.flow"
    buyers.write_text("segment buyers:\n  did purchase\n")
    own = tmp_path / "b.flow"
    own.write_text("flow f:\n  enter when customer joins segment buyers\n\n  exit\n")
    project = load_project(tmp_path)
    typed = project.with_text(str(own), own.read_text("utf-8").replace("buyers", "payers"))
    assert [(one.file, one.code) for one in diagnose(typed)] == [(str(own), "unknown-segment")]
    declared = project.with_text(str(buyers), "segment payers:\n  did purchase\n")
    assert [one.file for one in diagnose(declared)] == [str(own)]
    assert diagnose(project) == ()
    assert typed.files[0] is project.files[0]
    single = load_project(own).with_text(str(own), "flow f:\n  enter manually\n\n  exit\n")
    assert [file.name for file in single.neighbours] == [str(buyers)]
    assert diagnose(single) == ()
    with pytest.raises(KeyError):
        project.with_text(str(tmp_path / "c.flow"), "")


def test_the_graph_of_a_broken_flow_is_printed(app: typer.Typer, tmp_path: Path) -> None:
    """A flow whose own line is broken is found by its name, jumps from its header included."""
    (tmp_path / "a.flow").write_text(
        'flow win_back "Win back:\n  enter manually\n  go to thanks when purchase\n\n'
        "  if cart.value >:\n    send email a\n  exit\n  send email b as thanks\n"
    )
    result = RUN.invoke(app, ["graph", "win_back", "--path", str(tmp_path)])
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    kinds = [node["kind"] for node in document["nodes"]]
    assert kinds == ["entry", "unreadable", "send", "exit", "send", "end"]
    assert {"source": "entry", "target": "thanks", "label": "when purchase"} in document["edges"]
