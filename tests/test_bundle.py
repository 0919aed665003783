"""Others' JavaScript: built once from what the lock names, carried from then on."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
specification = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
assert specification is not None
assert specification.loader is not None
hatch_build = importlib.util.module_from_spec(specification)
specification.loader.exec_module(hatch_build)


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """What an unpacked sdist holds of it."""
    for folder in ("frontend", "static/built"):
        shutil.copytree(ROOT / "editor" / folder, tmp_path / "editor" / folder)
    return tmp_path


@pytest.fixture
def nothing_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without Node, npm and the Python package that brings them."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(hatch_build.importlib.util, "find_spec", lambda name: None)


def hook(root: Path):
    made = hatch_build.CustomBuildHook.__new__(hatch_build.CustomBuildHook)
    # Hatchling keeps the folder so, where it is there; a bare class has no such property.
    for name in ("root", "_BuildHookInterface__root"):
        try:
            setattr(made, name, str(root))
        except AttributeError:
            continue
    return made


@pytest.mark.usefixtures("nothing_here")
def test_what_is_built_installs_without_node(packed: Path) -> None:
    """An sdist asks for no Node, runs none, and hands the bundle on to the wheel."""
    data: dict = {"artifacts": []}
    assert hook(packed).dependencies() == []
    hook(packed).initialize("standard", data)
    assert data["artifacts"] == ["/editor/static/built/"]


@pytest.mark.usefixtures("nothing_here")
@pytest.mark.parametrize("name", hatch_build.INPUTS)
def test_a_changed_input_is_built_anew(packed: Path, name: str) -> None:
    """Whoever changes what the bundle is made of gets a new one, or hears what is missing."""
    with (packed / "editor" / "frontend" / name).open("a") as file:
        file.write("\n")
    assert hook(packed).dependencies() == [hatch_build.PACKAGE]
    with pytest.raises(SystemExit, match="Install Node, or"):
        hatch_build.Bundle(packed).bring()
    assert (packed / "editor/static/built/parts.js").exists(), "what was there stays"


def test_the_lock_holds_hashes_and_no_address() -> None:
    """Each machine asks its own registry, and takes only what has the hash that was locked."""
    lock = (ROOT / "editor/frontend/package-lock.json").read_text("utf-8")
    assert '"resolved"' not in lock
    assert "registry." not in lock
    assert lock.count('"integrity"') == lock.count('"node_modules/')


def test_a_package_without_a_licence_file_is_named(tmp_path: Path) -> None:
    """`licences.txt` names every package of the bundle, and says what its licence is."""
    for name, licence in (("@a/one", "MIT"), ("two", "0BSD")):
        folder = tmp_path / "node_modules" / name
        folder.mkdir(parents=True)
        (folder / "package.json").write_text(f'{{"version": "1.2.3", "license": "{licence}"}}')
    (tmp_path / "node_modules/two/LICENSE").write_text("Do what you like.\n")
    text = hatch_build.licences(
        tmp_path, ["parts.js", "node_modules/@a/one/dist/index.js", "node_modules/two/two.js"]
    )
    assert "@a/one 1.2.3 (MIT)\n\nThe package brings no text of its licence." in text
    assert "two 1.2.3 (0BSD)\n\nDo what you like." in text


def test_the_bundle_of_this_checkout_is_what_its_lock_names() -> None:
    """The pages that the other tests open run what a user gets."""
    assert hatch_build.Bundle(ROOT).is_fresh()
