"""The language page speaks the language."""

import re
from pathlib import Path

from dsl.names import vocabulary
from dsl.parsing.parser import parse

PAGE = Path(__file__).resolve().parents[2] / "docs" / "language.md"


def test_every_example_of_the_page_is_read() -> None:
    """What the reference shows can be typed as it stands."""
    examples = re.findall(r"```flow\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(examples) >= 6
    for example in examples:
        assert parse(example).diagnostics == ()


def test_every_name_of_the_specs_leads_to_a_word_of_ours() -> None:
    """Each Segment or GA4 name is mapped to an event that projects can use."""
    assert set(vocabulary.SEGMENT.values()) <= set(vocabulary.EVENTS)
