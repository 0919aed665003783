"""What a test needs from npm, installed once however many processes ask."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from pathlib import Path

import pytest


def node_with(folder: Path) -> str:
    """The path of Node, once the packages of `folder`'s lock file lie in its `node_modules`.

    Skips the test where Node or npm is missing or npm cannot install. Processes that ask at the
    same time wait for the one that installs: half a folder is no folder.
    """
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None or npm is None:
        pytest.skip("needs Node and npm, which this machine does not have")
    whole = folder / "node_modules" / ".package-lock.json"  # npm writes it last
    with (folder / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, timeout=110, check=False
            )
            if done.returncode:
                pytest.skip(f"npm could not install {folder.name}: {done.stderr.strip()[-200:]}")
    return program
