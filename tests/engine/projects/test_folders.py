"""A path means the same to every verb, and what is missing is said with what mends it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dsl.project import load_project
from engine.messages.checks import check_messages
from engine.projects.folders import NoProjectError, messages_folder, project_folder
from engine.projects.readiness import lacks
from engine.projects.scaffold import scaffold
from engine.publishing.sources import differs, read_sources
from engine.service.service import Service
from engine.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
RUN = "from editor.cli import main; main()"


def headrace(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command as a newcomer types it, in `folder`."""
    return subprocess.run(
        [sys.executable, "-c", RUN, *words],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["check", "."], 0),
        (["run", "."], 2),
        (["run", "--flows", "."], 2),
        (["plan", "."], 2),
        (["publish", "."], 2),
        (["run"], 2),
        (["check"], 2),
        (["plan"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_an_empty_folder_is_told_what_starts_a_shop(
    tmp_path: Path, words: list[str], code: int
) -> None:
    """Whatever a newcomer types first in an empty folder leads to `headrace new`."""
    done = headrace(tmp_path, *words)
    assert done.returncode == code
    assert "`headrace new" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("said", [".", "flows", "flows/cart.flow"])
def test_every_path_into_a_project_finds_it_whole(
    tmp_path: Path, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder above, the folder itself or a file of it: all mean the same flows and messages."""
    scaffold(tmp_path)
    monkeypatch.chdir(tmp_path)
    folder = project_folder(Path(said))
    assert set(load_project(folder).flows) == {"abandoned_cart", "welcome"}
    assert messages_folder(folder).resolve() == tmp_path / "flows" / "messages"


def test_a_path_without_flows_is_refused(tmp_path: Path) -> None:
    """A file that is not there and a folder without flows have their own sentences."""
    with pytest.raises(NoProjectError, match="no file or folder"):
        project_folder(tmp_path / "nothing")
    with pytest.raises(NoProjectError, match=r"no \.flow files"):
        project_folder(tmp_path)


def test_copies_in_a_data_folder_are_no_part_of_the_project(tmp_path: Path) -> None:
    """A shop whose data lies beside its flows can be checked and published from above."""
    scaffold(tmp_path)
    data = tmp_path / "headrace-data"
    (data / "published" / "x").mkdir(parents=True)
    (data / "headrace.lock").touch()
    cart = (tmp_path / "flows/cart.flow").read_text("utf-8")
    for place in (data / "published/x", tmp_path / ".git", tmp_path / "node_modules"):
        place.mkdir(exist_ok=True)
        (place / "cart.flow").write_text(cart, "utf-8")
    assert len(load_project(tmp_path).files) == 3
    assert all(name.startswith("flows/") for name in read_sources(tmp_path).files)


def test_a_store_without_a_sender_is_warned_about(tmp_path: Path) -> None:
    """Every mail would fail, so `check` says it, with the line to add."""
    scaffold(tmp_path)
    store = tmp_path / "flows/store.flow"
    assert check_messages(load_project(tmp_path)) == []
    lines = store.read_text("utf-8").splitlines(keepends=True)
    store.write_text("".join(line for line in lines if "sender email" not in line), "utf-8")
    (found,) = check_messages(load_project(tmp_path))
    assert (found.code, found.severity, Path(found.file)) == ("no-sender", "warning", store)
    assert "sender email" in found.hint


def test_what_keeps_messages_in_the_house_is_named_send_by_send(tmp_path: Path) -> None:
    """Each send without a provider, and a project without messages, has its sentence."""
    scaffold(tmp_path, "welcome")
    project = load_project(tmp_path)
    found = [one.message for one in lacks(project, {"email"})]
    (only,) = found
    assert only.startswith("Flow welcome: `send email else sms else push welcome_1` goes by email")
    assert only.endswith("there is no provider for sms and push.")
    assert lacks(project, {"email", "sms", "push"}) == []
    project.messages = None
    assert [one.code for one in lacks(project, {"email", "sms", "push"})] == ["no-messages"]


def test_an_edit_that_is_not_live_is_seen(tmp_path: Path) -> None:
    """A server that starts with other flows than those that are live says so; moving the folder is
    no other flow.
    """
    flows = tmp_path / "shop" / "flows"
    scaffold(tmp_path / "shop")
    service = Service(tmp_path / "data", flows, Settings(), transports={})
    service.start(background=False)
    with service.database.reader() as reader:
        assert not differs(reader, flows)
        assert not differs(reader, tmp_path / "shop")
        (flows / "welcome.flow").write_text("flow broken:\n", "utf-8")
        assert differs(reader, flows)
    service.stop()
