"""`products ..` below a send: which lines can be written, and what is said of the others."""

from __future__ import annotations

import pytest

from dsl.checks import diagnose
from dsl.printing.formatting import format_text
from dsl.project import project_of

HEAD = "product:\n  roast text\n\nflow f:\n  enter when sign_up\n\n  send email hello:\n    "


@pytest.mark.parametrize(
    "line",
    [
        "products 4 bought with order else bestsellers",
        "products 3 to 8 recently viewed else similar to viewed",
        "products 4 dearer than order",
        "products 2 to 4 new in last 30 days else for customer",
        'products 4 bestsellers where category is "coffee"',
        'products 3 to 4 for customer where (roast is "dark" or price < 9) else new in last 1 week',
    ],
)
def test_a_product_line_is_read_and_printed_as_it_stands(line: str) -> None:
    """A filling, a `where` about products, and the two strategies of the catalogue are read."""
    text = f"{HEAD}{line}\n"
    assert diagnose(project_of(text)) == ()
    assert format_text(text).text == text


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("products 4 dearer than cart", "unknown-strategy"),
        ("products 4 dearer than this product", "not-here"),
        ("products 4 bestsellers else bought with shoes", "unknown-strategy"),
        ("products 4 bestsellers else similar to this product", "not-here"),
        ("products 4 bestsellers else bestsellers", "duplicate-value"),
        ("products 4 new in last 0 days", "zero-duration"),
        ("products 4 new in last (2 + 3) days", "computed-duration"),
        ('products 4 bestsellers where rost is "dark"', "unknown-property"),
        ('products 4 bestsellers where price is "dark"', "type-mismatch"),
        ("products 4 new", "syntax"),
        ("products 4 bestsellers else", "syntax"),
    ],
)
def test_a_product_line_that_finds_nothing_is_refused(line: str, code: str) -> None:
    """What could never be found, or fills nothing up, is an error at its place."""
    assert [one.code for one in diagnose(project_of(f"{HEAD}{line}\n"))] == [code]
