"""Laws of the language: what is printed reads the same, and formatting is done after one time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsl import tree
from dsl.parsing.parser import parse
from dsl.printing.formatting import format_text
from dsl.printing.heads import print_head
from dsl.printing.printer import print_file
from tests.strategies import LAYOUT_FIELDS, files

LAW = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@given(files())
@LAW
def test_what_is_printed_reads_as_the_same_tree(file: tree.File) -> None:
    """Every tree, printed and read again, is the same tree with the same comments."""
    text = print_file(file)
    parsed = parse(text)
    assert [d.message for d in parsed.diagnostics] == []
    assert parsed.tree == file


@given(files())
@LAW
def test_formatting_twice_changes_nothing(file: tree.File) -> None:
    """A formatted file is left exactly as it is."""
    once = format_text(print_file(file)).text
    assert format_text(once).text == once == print_file(file)


@given(files(), st.data())
@LAW
def test_no_comment_is_lost(file: tree.File, data: st.DataObject) -> None:
    """Comments put anywhere between and behind lines all survive formatting, each once."""
    rows = print_file(file).split("\n")
    added: list[str] = []
    out: list[str] = []
    for row in rows:
        if data.draw(st.integers(0, 4)) == 0:
            note = f"note {len(added)}"
            added.append(note)
            out.append(" " * data.draw(st.integers(0, 6)) + f"# {note}")
        if row and "#" not in row and '"' not in row and data.draw(st.integers(0, 4)) == 0:
            note = f"note {len(added)}"
            added.append(note)
            out.append(f"{row} #{note}")
            continue
        out.append(row)
    formatted = format_text("\n".join(out))
    assert formatted.diagnostics == ()
    assert format_text(formatted.text).text == formatted.text
    found = Counter(re.findall(r"#\s?(note \d+)$", formatted.text, re.MULTILINE))
    assert found == Counter(added)


@given(files(), st.booleans(), st.booleans(), st.booleans())
@LAW
def test_line_ends_and_the_final_newline_are_kept(
    file: tree.File, crlf: bool, final: bool, bom: bool
) -> None:
    """CRLF stays CRLF, a missing final newline stays missing, and neither changes the meaning."""
    plain = print_file(file)
    text = plain if final else plain.removesuffix("\n")
    if crlf:
        text = text.replace("\n", "\r\n")
    parsed = parse("\ufeff" * bom + text)
    assert parsed.diagnostics == ()
    assert parsed.tree == file
    assert format_text("\ufeff" * bom + text).text == text


@given(files(), st.booleans())
@LAW
def test_places_are_exact(file: tree.File, crlf: bool) -> None:
    """Offsets, lines and columns agree; a statement begins and ends where its words do."""
    text = print_file(file)
    if crlf:
        text = text.replace("\n", "\r\n")
    rows = text.split("\n")
    for node in nodes_of(parse(text).tree):
        span = node.span
        assert (text[: span.start].count("\n") + 1, text[: span.end].count("\n") + 1) == (
            span.line,
            span.end_line,
        )
        assert span.start - text.rfind("\n", 0, span.start) == span.column
        assert span.end - text.rfind("\n", 0, span.end) == span.end_column
        if isinstance(node, tree.Statement):
            assert not rows[span.line - 1][: span.column - 1].strip()
            behind = rows[span.end_line - 1][span.end_column - 1 :].strip()
            assert behind in ("", ":") or behind.startswith("#")
            assert not text[span.end - 1].isspace()
            head = text[span.start :].split("\n", 1)[0]
            assert head.startswith(print_head(node))


def nodes_of(node: tree.Node) -> Iterator[tree.Node]:
    """A node and all below it, except empty blocks, which are nowhere."""
    if not isinstance(node, tree.File) and not (isinstance(node, tree.Block) and not node.steps):
        yield node
    for part in fields(node):
        value = getattr(node, part.name)
        for child in value if isinstance(value, tuple) else (value,):
            if isinstance(child, tree.Node):
                yield from nodes_of(child)


@given(st.lists(LAYOUT_FIELDS, min_size=1, max_size=3))
@settings(deadline=None, max_examples=30)
def test_comments_inside_brackets_move_above_the_line(comments: list[str]) -> None:
    """A line broken inside brackets keeps the comments between its parts."""
    inside = "".join(f"# {text}\n" for text in comments)
    parsed = parse(f'test "t" for x:\n  given customer (\n{inside}  )\n')
    assert parsed.diagnostics == ()
    (test,) = parsed.tree.declarations
    assert isinstance(test, tree.Test)
    assert len(test.lines[0].lead) == len(comments)
