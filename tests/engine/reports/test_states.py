"""The page about states."""

from pathlib import Path

from engine.reports.states import page

DOCS = Path(__file__).resolve().parents[3] / "docs"


def test_the_page_of_states_is_up_to_date():
    """docs/states.md shows what the tables in the code say today."""
    assert (DOCS / "states.md").read_text("utf-8") == page()
