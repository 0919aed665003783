"""`headrace new`: a folder that holds a shop's first flows, ready to check, test and run."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Final

from dsl import tree
from dsl.project import Project, load_project
from engine.errors import RefusedError
from engine.projects.example import example_flows
from engine.projects.excerpt import excerpt

STARTER: Final = Path(__file__).resolve().parent / "starter"
ADDRESS: Final = "hello@shop.example"
_TEMPLATE: Final = Path("TEMPLATE.md")
_HIDDEN: Final = {".git", ".venv", ".gitignore", ".env"}


def templates() -> dict[str, str]:
    """The flows that can be templates, by name, with their titles; in the order of the files."""
    return {name: flow.title or name for name, flow in _example().flows.items()}


def scaffold(folder: Path, template: str | None = None) -> list[Path]:
    """Write a new project into `folder`, which is made if it is not there.

    Args:
        folder: must be empty but for hidden files such as `.git`.
        template: a flow of the example shop instead of the two flows to start with.

    Returns:
        The files, relative to `folder`, sorted.

    Raises:
        RefusedError: the folder holds something, or there is no such template.
        OSError: the folder cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise RefusedError(f"{folder} is a file; name a folder.")
    held = sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []
    if in_the_way := [name for name in held if name not in _HIDDEN]:
        raise RefusedError(
            f"{folder} is not empty (it holds {in_the_way[0]}); name a new folder, so that nothing"
            " of yours is overwritten."
        )
    name = _title(folder)
    files = _starter() if template is None else _from_template(template, name)
    for path, text in files.items():
        target = folder / path
        if path == Path(".gitignore") and target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.replace("SHOP", name), encoding="utf-8")
    return sorted(files)


def _starter() -> dict[Path, str]:
    """What stands in `starter/`."""
    found = {
        file.relative_to(STARTER): file.read_text(encoding="utf-8")
        for file in sorted(STARTER.rglob("*"))
        if file.is_file()
    }
    found[Path(".gitignore")] = found.pop(Path("gitignore"))
    del found[_TEMPLATE]
    return found


def _from_template(template: str, name: str) -> dict[Path, str]:
    project = _example()
    if template not in project.flows:
        raise RefusedError(_no_template(template, list(project.flows)))
    taken = excerpt(project, template, store=name, address=ADDRESS)
    flow, flows = project.flows[template], Path("flows")
    about = next((line.text for line in flow.headers if isinstance(line, tree.About)), "")
    readme = (STARTER / _TEMPLATE).read_text(encoding="utf-8")
    about = f" {about}" if about else ""
    for word, said in (("TITLE", flow.title or template), ("ABOUT", about), ("TEMPLATE", template)):
        readme = readme.replace(word, said)
    return {
        Path("README.md"): readme,
        Path(".gitignore"): _starter()[Path(".gitignore")],
        flows / "store.flow": taken.shop,
        flows / f"{template}.flow": taken.flows,
        **{
            flows / "messages" / file.name: file.read_text(encoding="utf-8")
            for file in taken.messages
        },
    }


def _no_template(template: str, names: list[str]) -> str:
    close = get_close_matches(template, names, n=1)
    hint = f"; did you mean {close[0]}?" if close else "."
    return f"There is no template {template}{hint} `headrace new --list` names all of them."


def _title(folder: Path) -> str:
    """`my-shop` is the shop "My shop"."""
    words = folder.resolve().name.replace("-", " ").replace("_", " ").strip()
    kept = "".join(sign for sign in words if sign.isalnum() or sign == " ").strip()
    return kept[:1].upper() + kept[1:] if kept else "My shop"


def _example() -> Project:
    return load_project(example_flows())
