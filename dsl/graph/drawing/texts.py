"""A step graph in the languages of other drawing tools."""

from __future__ import annotations

from dsl.graph.graph import StepGraph

_SHAPES = {
    "entry": ("([", "])"),
    "end": ("([", "])"),
    "exit": ("([", "])"),
    "if": ("{{", "}}"),
    "switch": ("{{", "}}"),
    "experiment": ("{{", "}}"),
    "repeat": ("{{", "}}"),
    "wait": ("(", ")"),
}
_MERMAID = {
    '"': "#quot;", "#": "#35;", "&": "#amp;", "<": "#lt;", ">": "#gt;", "`": "#96;", ";": "#59;",
    "\\": "#92;",
}  # fmt: skip


_DASHED = {"unreadable": "stroke:#c0392b,stroke-dasharray:4", "go_on": "stroke-dasharray:4"}


def to_mermaid(graph: StepGraph) -> str:
    """Mermaid flowchart text."""
    # Ids such as `end` are words of Mermaid, so steps are numbered.
    numbers = {node.id: f"n{place}" for place, node in enumerate(graph.nodes)}
    rows = ["flowchart TD"]
    for node in graph.nodes:
        before, behind = _SHAPES.get(node.kind, ("[", "]"))
        rows.append(f'  {numbers[node.id]}{before}"{_mermaid(node.label)}"{behind}')
    for edge in graph.edges:
        label = f'|"{_mermaid(edge.label)}"|' if edge.label else ""
        rows.append(f"  {numbers[edge.source]} -->{label} {numbers[edge.target]}")
    for edge in graph.jumps:
        source, target = numbers[edge.source], numbers[edge.target]
        rows.append(f'  {source} -.->|"{_mermaid(edge.label)}"| {target}')
    for kind, style in _DASHED.items():
        of_kind = [numbers[node.id] for node in graph.nodes if node.kind == kind]
        if of_kind:
            rows.append(f"  classDef {kind} {style}")
            rows.append(f"  class {','.join(of_kind)} {kind}")
    return "\n".join(rows) + "\n"


def _mermaid(text: str) -> str:
    return "".join(_MERMAID.get(char, " " if char in "\r\n" else char) for char in text)


_DOT_SHAPES = {
    "entry": "oval",
    "end": "oval",
    "exit": "oval",
    "if": "diamond",
    "switch": "diamond",
    "experiment": "diamond",
    "repeat": "hexagon",
}


_DOT_MORE = {"unreadable": ", color=red, style=dashed", "go_on": ", style=dashed"}


def to_dot(graph: StepGraph) -> str:
    """Graphviz text."""
    rows = [f"digraph {_dot(graph.flow.name)} {{", "  node [shape=box, style=rounded];"]
    for node in graph.nodes:
        more = _DOT_MORE.get(node.kind, "")
        shape = _DOT_SHAPES.get(node.kind, "box")
        rows.append(f"  {_dot(node.id)} [label={_dot(node.label)}, shape={shape}{more}];")
    for edge in graph.edges:
        label = f" [label={_dot(edge.label)}]" if edge.label else ""
        rows.append(f"  {_dot(edge.source)} -> {_dot(edge.target)}{label};")
    for edge in graph.jumps:
        more = f"[label={_dot(edge.label)}, style=dashed]"
        rows.append(f"  {_dot(edge.source)} -> {_dot(edge.target)} {more};")
    return "\n".join([*rows, "}"]) + "\n"


def _dot(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "").replace("\n", "\\n")
    return f'"{escaped}"'
