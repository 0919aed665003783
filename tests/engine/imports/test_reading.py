"""Files as people write them: every readable row is read, every other one is named."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.imports.json_rows import json_items, json_lines
from engine.imports.reading import Csv, Row, UnreadableFileError, look_at
from tests.engine.imports.counter import Counter

CELL = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20
).filter(lambda text: text == text.strip() and not text.startswith("'"))


def read(path: Path, content: bytes, encoding: str = "") -> list[Row]:
    path.write_bytes(content)
    return list(Csv(look_at(path, encoding)))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(st.tuples(CELL, CELL, CELL), max_size=6),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_was_written_is_read(
    tmp_path: Path, rows: list[tuple[str, ...]], delimiter: str, encoding: str, end: str
) -> None:
    """Cells with quotes, line breaks and delimiters come back, in every dialect and encoding."""
    text = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if end == "\n" else csv.QUOTE_MINIMAL
    out = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting)
    out.writerow(["id", "name", "note"])
    out.writerows(rows)
    found = read(tmp_path / "x.csv", text.getvalue().encode(encoding))
    wanted = [row for row in rows if any(row)]
    assert [row.cells for row in found if any(row.cells)] == [list(row) for row in wanted]
    assert not any(row.reason for row in found)


def test_the_byte_that_is_wrong_is_named(tmp_path: Path) -> None:
    """A byte that is no UTF-8 rejects its row and says where it stands; its neighbours are read."""
    content = b"id,name\n1,Anna\n2,J\xfcrgen\n3,Zo\xc3\xab\n"
    good, bad, last = read(tmp_path / "x.csv", content)
    assert bad.reason == f"not UTF-8 text (byte {content.index(0xFC) + 1} of the file)"
    assert bad.line == 3
    assert (good.told["name"], last.told["name"]) == ("Anna", "Zoë")
    assert read(tmp_path / "x.csv", content[:-8], "latin-1")[1].told["name"] == "Jürgen"
    with pytest.raises(UnreadableFileError, match="no encoding called"):
        look_at(tmp_path / "x.csv", "martian")


def test_an_open_quote_costs_one_line(tmp_path: Path) -> None:
    """A quotation mark that is never closed does not swallow the rows behind it."""
    content = b'id,name\n1,Anna\n2,"Bob\n' + b"".join(b"%d,Carl\n" % n for n in range(3, 50_000))
    found = read(tmp_path / "x.csv", content)
    assert len(found) == 49_999
    (bad,) = [row for row in found if row.reason]
    assert (bad.line, found[2].line, found[2].told["id"]) == (3, 4, "3")
    assert "quotation mark" in bad.reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"id,id\n1,2\n", "names 'id' twice"),
        (b"id,,name\n1,2,3\n", "column 2 of the heading has no name"),
        (b'"id,name\n1,2\n', "heading cannot be read"),
        (b"i\xfcd,name\n1,2\n", "the heading is not UTF-8 text"),
    ],
)
def test_a_heading_that_is_none(tmp_path: Path, content: bytes, reason: str) -> None:
    """A file whose heading cannot be trusted is refused as a whole, with the reason."""
    with pytest.raises(UnreadableFileError, match=reason):
        read(tmp_path / "x.csv", content)


def test_rows_of_another_width(tmp_path: Path) -> None:
    """Too many or too few cells are named; empty cells at the end are forgiven."""
    found = read(tmp_path / "x.csv", b"id,name\n1,a,,\n2\n3,b,c\n\n4,d\n")
    assert [row.reason for row in found] == [
        *("", "1 cells, the heading has 2", "3 cells, the heading has 2", "")
    ]
    assert found[3].line == 6


def test_json_in_three_shapes(tmp_path: Path) -> None:
    """JSON lines, a list, and an object that holds one list are told apart by what they hold."""
    path = tmp_path / "x"
    path.write_bytes(b'{"id":1}\nnonsense\n[1]\n\n{"id":"\xff"}\n{"id":2}')
    assert look_at(path).shape == "jsonl"
    found = list(json_lines(look_at(path)))
    assert [(row.line, bool(row.reason)) for row in found] == [
        *((1, False), (2, True), (3, True), (5, True), (6, False))
    ]
    assert "byte 31 of the file" in found[3].reason
    for text in (b'[{"id":1},\n {"id":2}]', b'{"products": [{"id":1},\n{"id":2}]}'):
        path.write_bytes(text)
        assert [(row.line, row.told) for row in json_items(look_at(path))] == [
            *((1, {"id": 1}), (2, {"id": 2}))
        ]
    path.write_bytes(b'[{"id":1},')
    with pytest.raises(UnreadableFileError, match="does not end"):
        list(json_items(look_at(path)))


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"id,email\n", b"\n\n"])
def test_nothing_to_import(counter: Counter, content: bytes) -> None:
    """An empty file, only a mark or only a heading imports nothing, without a complaint."""
    report = counter.take("customers", content)
    assert (report["read"], report["written"], report["skipped"]) == (0, 0, [])
    assert not (counter.folder / "file.csv.rejected.csv").exists()


def test_giant_cells_reject_their_row_only(counter: Counter) -> None:
    """A cell of 70 KB, or a line of 2 MB, is refused; the rows around it are loaded."""
    rows = ["id,email", "1,a@example.com", f"2,{'x' * 70_000}", f"3,{'y' * 2_000_000}"]
    report = counter.take("customers", "\n".join([*rows, "4,d@example.com", ""]))
    assert [each["line"] for each in report["skipped"]] == [3, 4]
    assert [one["id"] for one in counter.customers()] == ["1", "4"]


def test_the_rejected_rows_can_be_mended_and_imported(counter: Counter) -> None:
    """The file of rejected rows has the original cells; mended, it is imported as it is."""
    content = 'id;email;city\n1;ada@example.com;"=A1;Köln"\n2;bob@example;"-B"\n'
    counter.take("customers", content.replace("bob@example", "bob@@example.com"))
    rejected = counter.folder / "file.csv.rejected.csv"
    text = rejected.read_text()
    assert text == (
        "line,reason,id,email,city\n3,email: is not an e-mail address,2,bob@@example.com,'-B\n"
    )
    report = counter.take("customers", text.replace("@@", "@"), "mended.csv")
    assert report["skipped"] == []
    assert [one["city"] for one in counter.customers()] == ["=A1;Köln", "-B"]
