"""The demo's own copy of the example shop."""

import subprocess
from pathlib import Path

import pytest

from editor import git
from editor.demo.shop import NoShopError, own_shop
from engine.projects.example import example_flows
from tests.editor.pages import NOW


def _files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(root).parts
    }


def test_the_copy_is_the_shop_in_a_repository(tmp_path: Path) -> None:
    """All files are there byte for byte, committed; what visitors change stays theirs."""
    made = own_shop(tmp_path / "data", NOW)
    assert _files(made) == _files(example_flows())
    assert git.is_repository(made)
    command = ["git", "-C", str(made)]
    assert subprocess.check_output([*command, "status", "--porcelain"]) == b""
    assert subprocess.check_output([*command, "log", "--format=%an: %s"]) == (
        b"Headrace: Begin with the example shop\n"
    )
    (made / "cart.flow").write_text("# mine\n")
    (made / "welcome.flow").unlink()
    assert own_shop(tmp_path / "data", NOW) == made
    assert (made / "cart.flow").read_text() == "# mine\n"
    assert not (made / "welcome.flow").exists()


def test_a_start_that_was_cut_off_leaves_no_half_shop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever fails on the way, the next start lays out the whole."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(git, "begin", full)
        with pytest.raises(NoShopError, match="No space"):
            own_shop(tmp_path, NOW)
    assert not (tmp_path / "flows").exists()
    assert _files(own_shop(tmp_path, NOW)) == _files(example_flows())
