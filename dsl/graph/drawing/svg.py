"""A layout as SVG that reads well on light and dark pages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from html import escape
from types import MappingProxyType
from typing import get_args

from dsl.graph.drawing.layout import lay_out
from dsl.graph.drawing.places import (
    ICON,
    LABEL_ROW,
    LINE_HEIGHT,
    PADDING,
    Box,
    Layout,
    Line,
    label_size,
)
from dsl.graph.graph import ELSE, StepGraph
from dsl.graph.kinds import KINDS, Family

STYLE = """
.headrace{--ink:#1c2430;--soft:#5b6675;--page:#fff;--line:#8a94a3;--jump:#7a5cc0;
--edge:#e8ecf1;--edge-b:#8a94a3;--send:#e3effc;--send-b:#3b7fc4;--wait:#fdf1d8;--wait-b:#c08a1e;
--branch:#efe8fb;--branch-b:#7a5cc0;--staff:#e2f4f1;--staff-b:#2e8f83;--gift:#fde6ec;--gift-b:#c4476b;
--change:#eef3e3;--change-b:#71903a;--unreadable:#fde4e1;--unreadable-b:#c0392b;--empty:none;--empty-b:#8a94a3}
@media (prefers-color-scheme:dark){.headrace{--ink:#e8ecf2;--soft:#a9b3c1;--page:#14181f;
--line:#76808f;--jump:#b49af0;--edge:#252c36;--edge-b:#76808f;--send:#16304c;--send-b:#5fa3e6;
--wait:#3c3014;--wait-b:#d9a840;--branch:#2e2546;--branch-b:#a98de8;--staff:#14362f;--staff-b:#4fb8aa;
--gift:#431c2a;--gift-b:#e2718f;--change:#2a331a;--change-b:#9dbb62;--unreadable:#47201c;
--unreadable-b:#f0766a;--empty-b:#76808f}}
.headrace text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;
font-size:13px;fill:var(--ink)}
.headrace .note{font-size:11px;font-style:italic;fill:var(--soft)}
.headrace .words{font-size:11.5px;fill:var(--soft);text-anchor:middle}
.headrace .line{fill:none;stroke:var(--line);stroke-width:1.5}
.headrace .jump{stroke:var(--jump);stroke-dasharray:5 4}
.headrace .tip{fill:var(--line)}.headrace .jump-tip{fill:var(--jump)}
.headrace .plate{fill:var(--page)}
.headrace .shape{stroke-width:1.5}.headrace .icon{fill:none;stroke-width:1.4;
stroke-linecap:round;stroke-linejoin:round}
.headrace .unreadable .shape,.headrace .empty .shape{stroke-dasharray:5 3}
.headrace .empty text{fill:var(--soft)}
""" + "".join(
    f".headrace .{family} .shape{{fill:var(--{family});stroke:var(--{family}-b)}}"
    f".headrace .{family} .icon{{stroke:var(--{family}-b)}}\n"
    for family in get_args(Family)
)
_CORNER = 8


def to_svg(graph: StepGraph, layout: Layout | None = None) -> str:
    """The whole drawing as one SVG document."""
    layout = lay_out(graph) if layout is None else layout
    width, height = f"{layout.width:g}", f"{layout.height:g}"
    title = escape(_plain(graph.flow.title or graph.flow.name))
    rows = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="headrace" role="img" width="{width}" '
            f'height="{height}" viewBox="0 0 {width} {height}">'
        ),
        f"<title>{title}</title>",
        f"<style>{STYLE}</style>",
        '<rect class="plate" width="100%" height="100%"/>',
        edges_svg(layout),
        *(_box(box) for box in layout.boxes),
        "</svg>",
    ]
    return "\n".join(rows) + "\n"


def picture(
    graph: StepGraph,
    marks: Mapping[str, str] = MappingProxyType({}),
    lit: Collection[str] = (),
    notes: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The drawing as an `svg` element of a page, whose sheet colours it.

    `marks` says of steps what they are (`data-mark`), `lit` are edges (`SOURCE/ARM`) on a way that
    was taken, `notes` are a few words below steps.
    """
    layout = lay_out(graph)
    width, height = f"{layout.width:g}", f"{layout.height:g}"
    rows = [
        f'<svg class="picture" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
    ]
    for line in layout.lines:
        arm = "" if line.arm is None else "else" if line.arm == ELSE else str(line.arm)
        marked = marks.get(line.source) == "removed" or marks.get(line.target) == "removed"
        taken = ' data-lit=""' if f"{line.source}/{arm}" in lit else ""
        taken += ' data-mark="removed"' if marked else ""
        rows.append(f"<g{taken}>{_line(line)}</g>")
    rows += [_words(line) for line in layout.lines if line.label]
    for box in layout.boxes:
        rows.append(_box(box, marks.get(box.id, "")))
        if notes.get(box.id):
            rows.append(_below(box, notes[box.id]))
    return "\n".join([*rows, "</svg>"])


def _below(box: Box, note: str) -> str:
    most = int(box.w / 6.2)
    said = note if len(note) <= most else f"{note[: most - 1].rstrip()}…"
    return (
        f'<g class="below"><title>{_text(note)}</title><rect x="{box.x + 8:g}" '
        f'y="{box.y + box.h - 4:g}" width="{len(said) * 6.2 + 8:g}" height="16" rx="3"/>'
        f'<text x="{box.x + 12:g}" y="{box.y + box.h + 8:g}">{_text(said)}</text></g>'
    )


def edges_svg(layout: Layout) -> str:
    """The edges alone, with their arrow heads and words, for a page with its own steps."""
    rows = [_line(line) for line in layout.lines]
    rows += [_words(line) for line in layout.lines if line.label]
    return "\n".join(rows)


def _line(line: Line) -> str:
    extra = " jump" if line.jump else ""
    x, y = line.points[-1]
    before = line.points[-2]
    if before[0] == x:
        tip = f"M{x:g} {y:g}l-4.5 -8h9z" if before[1] < y else f"M{x:g} {y:g}l-4.5 8h9z"
    else:
        tip = f"M{x:g} {y:g}l8 -4.5v9z" if before[0] > x else f"M{x:g} {y:g}l-8 -4.5v9z"
    return (
        f'<path class="line{extra}" d="{rounded(line.points)}"/>'
        f'<path class="{"jump-tip" if line.jump else "tip"}" d="{tip}"/>'
    )


def rounded(points: tuple[tuple[float, float], ...]) -> str:
    """The path (SVG's `d`) through these corners, rounded."""
    parts = [f"M{points[0][0]:g} {points[0][1]:g}"]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        one = _towards(here, before)
        other = _towards(here, after)
        parts.append(f"L{one[0]:g} {one[1]:g}Q{here[0]:g} {here[1]:g} {other[0]:g} {other[1]:g}")
    parts.append(f"L{points[-1][0]:g} {points[-1][1]:g}")
    return "".join(parts)


def _towards(here: tuple[float, float], there: tuple[float, float]) -> tuple[float, float]:
    dx, dy = there[0] - here[0], there[1] - here[1]
    length = max(abs(dx), abs(dy))
    reach = min(_CORNER, length / 2)
    return (here[0] + dx / length * reach, here[1] + dy / length * reach) if length else here


def _words(line: Line) -> str:
    assert line.label_at is not None
    x, y = line.label_at
    width, height = label_size(line.label)
    top = y - height / 2
    rows = [
        (
            f'<rect class="plate" x="{x - width / 2:g}" y="{top:g}" width="{width:g}" '
            f'height="{height:g}" rx="4"/>'
        )
    ]
    for at, row in enumerate(line.label):
        rows.append(
            f'<text class="words" x="{x:g}" y="{top + 13 + LABEL_ROW * at:g}">{_text(row)}</text>'
        )
    return "".join(rows)


def _box(box: Box, mark: str = "") -> str:
    node = box.node
    family = KINDS[node.kind].family
    marked = f' data-mark="{mark}"' if mark else ""
    rows = [
        (
            f'<g class="step {family}" data-step="{escape(node.id)}" data-kind="{node.kind}" '
            f'data-line="{node.line}"{marked}><title>{_text(node.label)}</title>'
        ),
        _shape(box),
        (
            f'<path class="icon" transform="translate({box.x + 13:g} '
            f'{box.y + PADDING + 1:g})" d="{KINDS[node.kind].icon}"/>'
        ),
    ]
    for at, line in enumerate(box.lines):
        y = box.y + PADDING + 13 + LINE_HEIGHT * at
        rows.append(f'<text x="{box.x + ICON + 8:g}" y="{y:g}">{_text(line)}</text>')
    for at, line in enumerate(box.note):
        y = box.y + PADDING + 14 + LINE_HEIGHT * max(len(box.lines), 1) + 15 * at
        rows.append(f'<text class="note" x="{box.x + 14:g}" y="{y:g}">{_text(line)}</text>')
    return "".join([*rows, "</g>"])


def _shape(box: Box) -> str:
    x, y, w, h = box.x, box.y, box.w, box.h
    kind = box.node.kind
    if kind in ("if", "switch", "experiment", "repeat"):
        cut = 9
        corners = (
            f"{x + cut:g},{y:g} {x + w - cut:g},{y:g} {x + w:g},{y + h / 2:g} "
            f"{x + w - cut:g},{y + h:g} {x + cut:g},{y + h:g} {x:g},{y + h / 2:g}"
        )
        return f'<polygon class="shape" points="{corners}"/>'
    radius = min(h / 2, 21) if kind in ("entry", "end", "exit", "wait") else 7
    return f'<rect class="shape" x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" rx="{radius:g}"/>'


def _text(text: str) -> str:
    return escape(_plain(text))


def _plain(text: str) -> str:
    """XML cannot hold control characters."""
    return "".join(char if char >= " " and char not in "\ufffe\uffff" else " " for char in text)
