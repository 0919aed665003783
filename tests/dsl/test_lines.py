"""Where a statement's lines and comments stand, which edits of the text rest on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dsl import tree
from dsl.parsing.parser import parse
from dsl.parsing.scanner import comment_text
from dsl.printing.printer import print_file
from tests.dsl.test_laws import LAW
from tests.harness.strategies import files


@given(files(), st.booleans(), st.booleans(), st.integers(0, 30))
@LAW
def test_the_lines_of_each_statement_are_known(
    file: tree.File, crlf: bool, bom: bool, broken: int
) -> None:
    """Every statement knows where its line and its comments begin, also beside broken lines."""
    rows = print_file(file).split("\n")
    if broken < len(rows) and not rows[broken].lstrip().startswith("#"):
        rows[broken] += " ?!"
    parsed = parse("\ufeff" * bom + ("\r\n" if crlf else "\n").join(rows))
    text, first = parsed.text, int(bom)
    for node in tree.walk(parsed.tree):
        if not isinstance(node, tree.Statement):
            continue
        line = parsed.lines[node.span.start]
        for begin in (line.begin, line.lead_begin):
            assert begin == first or text[begin - 1] == "\n"
        assert not text[line.begin : line.start].strip()
        above = [row.strip() for row in text[line.lead_begin : line.begin].split("\n")]
        assert [comment_text(row) if row else "" for row in above[:-1]] == list(node.lead)
