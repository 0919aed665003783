"""Laws of the language: what is printed reads the same, and formatting is done after one time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsl import tree
from dsl.parsing.parser import parse
from dsl.printing.formatting import format_text
from dsl.printing.heads import print_head
from dsl.printing.printer import print_file
from tests.harness.strategies import LAYOUT_FIELDS, files

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


@given(files())
@LAW
def test_no_parenthesis_that_guides_is_lost(file: tree.File) -> None:
    """Parentheses around a history, a calculation or an `and` beside an `or` outlive formatting."""
    again = parse(print_file(file)).tree
    for before, after in zip(guided(file), guided(again), strict=True):
        assert type(before) is type(after)
        assert before.parens == "none" or after.parens != "none"


_GUIDED = (tree.Did, tree.Count, tree.Aggregate, tree.TimeSince, tree.Arithmetic)


def guided(node: tree.Node) -> Iterator[tree.Expression]:
    """All histories and calculations, and each `and` beside an `or`."""
    for one in nodes_of(node):
        if isinstance(one, _GUIDED):
            yield one
        elif isinstance(one, tree.AnyOf):
            yield from (part for part in one.conditions if isinstance(part, tree.All))


# A day with its time of day is one word.
_WORDS = re.compile(
    r'\d{4}-\d\d-\d\d \d\d:\d\d|"(?:\\.|[^"\\\n])*"|#[^\n]*|\n| |[()\[\]]|[^\s()\[\]"#]+'
)


@given(files(), st.integers(0, 2**32))
@LAW
def test_a_line_broken_inside_brackets_stays_broken(file: tree.File, seed: int) -> None:
    """Where the author breaks a line inside brackets it stays broken, its comments in place."""
    chance = Random(seed)
    out: list[str] = []
    notes = open_brackets = breaks = 0
    for match in _WORDS.finditer(print_file(file)):
        word = match.group()
        open_brackets += (word in ("(", "[")) - (word in (")", "]"))
        closes = word in (")", "]") and open_brackets >= 0
        if word == " " and open_brackets and chance.random() < 0.3:
            note = f"  # note {notes}" if chance.random() < 0.5 else ""
            notes += bool(note)
            breaks += 1
            word = f"{note}\n" + " " * chance.randrange(6)
        elif closes and chance.random() < 0.2 and not out[-1].isspace():
            breaks += 1
            word = f"\n{word}"
        out.append(word)
    broken = "".join(out)
    formatted = format_text(broken)
    assert formatted.diagnostics == ()
    assert format_text(formatted.text).text == formatted.text
    parsed = parse(formatted.text)
    assert parsed.tree == parse(broken).tree
    assert sum(node.rows.count("\n") for node in statements_of(parsed.tree)) == breaks
    for n in range(notes):
        assert len(re.findall(rf"# note {n}$", formatted.text, re.MULTILINE)) == 1


def statements_of(node: tree.Node) -> Iterator[tree.Statement]:
    return (one for one in nodes_of(node) if isinstance(one, tree.Statement))


@given(st.lists(LAYOUT_FIELDS, min_size=1, max_size=3))
@settings(deadline=None, max_examples=30)
def test_comments_inside_brackets_stay_there(comments: list[str]) -> None:
    """A line broken inside brackets keeps the comments between its parts, even without any part."""
    inside = "".join(f"# {text}\n" for text in comments)
    text = f'test "t" for x:\n  given customer (\n{inside}  )\n'
    parsed = parse(text)
    assert parsed.diagnostics == ()
    (test,) = parsed.tree.declarations
    assert isinstance(test, tree.Test)
    assert len(test.lines[0].inner) == len(comments)
    assert format_text(text).text.count("\n    #") == len(comments)
