"""Draws the rooms of the engine from its imports into docs/architecture.md; `make picture`.

Only arrows that no other way implies are drawn (the transitive reduction of who imports whom); the
floors are those of the import contract in pyproject.toml.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import grimp
import networkx as nx

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- drawn by `make picture` -->\n", "<!-- end of the drawing -->\n"


def floors() -> list[list[str]]:
    """The rooms of the engine, a list a floor, from the top."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    layers = next(
        one["layers"] for one in contracts["contracts"] if one.get("containers") == ["engine"]
    )
    return [[room.strip() for room in layer.split("|")] for layer in layers]


def drawing() -> str:
    """The picture as a Mermaid flowchart."""
    graph = grimp.build_graph("dsl", "engine", "editor", cache_dir=None)
    rooms = [room for floor in floors() for room in floor]
    arrows = nx.DiGraph()
    nodes = {room: f"engine.{room}" for room in rooms} | {"editor": "editor", "dsl": "dsl"}
    names = {name: room for room, name in nodes.items()}
    arrows.add_nodes_from(nodes)
    for module in graph.modules:
        importer = _room(module, names)
        for imported in graph.find_modules_directly_imported_by(module):
            target = _room(imported, names)
            if importer and target and importer != target:
                arrows.add_edge(importer, target)
    lines = ["```mermaid", "flowchart TD", "  editor"]
    for number, floor in enumerate(floors()):
        if len(floor) == 1:
            lines.append(f"  {floor[0]}")
            continue
        lines.append(f'  subgraph floor{number}[" "]')
        lines.append("    direction LR")
        lines += [f"    {room}" for room in floor]
        lines.append("  end")
    lines.append("  dsl")
    lines += [f"  {a} --> {b}" for a, b in sorted(nx.transitive_reduction(arrows).edges)]
    lines.append("```")
    return "\n".join(lines) + "\n"


def _room(module: str, names: dict[str, str]) -> str | None:
    parts = module.split(".")
    return names.get(".".join(parts[:2])) or names.get(parts[0])


def page() -> str:
    """The page with the picture as it would be drawn now."""
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + drawing() + END + rest.partition(END)[2]


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
