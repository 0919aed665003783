"""Marked-up text is the text."""

from hypothesis import given
from hypothesis import strategies as st

from editor.highlight import highlight


@given(st.text())
def test_nothing_is_lost_or_added(line: str) -> None:
    """The pieces of a line together are that line, whatever it holds."""
    assert "".join(piece.text for piece in highlight(line)) == line


def test_a_product_line_is_of_known_words() -> None:
    """What a products line may say is marked as the language's own."""
    line = "    products 3 dearer than order else new in last 30 days"
    words = [one.text for one in highlight(line) if one.kind == "keyword"]
    assert words == ["products", "dearer", "than", "else", "new", "in", "last", "days"]


def test_words_have_their_kinds() -> None:
    """Keywords, names, text, numbers and comments are told apart."""
    pieces = [(one.kind, one.text) for one in highlight('  wait 2 days  # "x"') if one.kind]
    assert pieces == [
        ("keyword", "wait"),
        ("number", "2"),
        ("keyword", "days"),
        ("comment", '# "x"'),
    ]
