"""The parse table: compiled by Lark without conflicts, kept safely, built again when it must be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dsl.parsing import table
from dsl.parsing.building import Builder
from dsl.parsing.table import GRAMMAR, build_table, load_table


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """Every test reads the table anew."""
    load_table.cache_clear()
    yield
    load_table.cache_clear()


def test_the_grammar_has_no_conflict_and_every_rule_its_builder() -> None:
    """Lark accepts the grammar in strict mode, and each construct has a method that builds it."""
    built = build_table(GRAMMAR.read_text(encoding="utf-8"))
    missing = {
        rule.action for rule in built.rules if rule.action and not hasattr(Builder, rule.action)
    }
    assert missing == set()


def test_the_table_is_kept_and_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second start reads what the first one kept, and it is the same table."""
    monkeypatch.setattr(table, "_places", lambda name: iter([tmp_path / "deep" / name]))
    built = load_table()
    load_table.cache_clear()
    monkeypatch.setattr(table, "build_table", lambda _grammar: pytest.fail("built again"))
    assert load_table() == built


@pytest.mark.parametrize("rubbish", [b"", b"rubbish", b"\xe3", b"i\x01\x00\x00\x00"])
def test_a_damaged_table_is_built_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rubbish: bytes
) -> None:
    """A kept table that cannot be read costs a fraction of a second, not the start."""
    monkeypatch.setattr(table, "_places", lambda name: iter([tmp_path / name]))
    built = load_table()
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(rubbish)
    load_table.cache_clear()
    again = load_table()
    assert (len(again.states), len(again.rules)) == (len(built.states), len(built.rules))
    assert kept.read_bytes() != rubbish


def test_a_table_that_cannot_be_kept_is_used_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no folder can be written, parsing works from memory."""
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    monkeypatch.setattr(table, "_places", lambda name: iter([blocked / name]))
    assert load_table().rules
    assert blocked.read_text(encoding="utf-8") == "in the way"
