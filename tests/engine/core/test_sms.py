"""What a text message costs, and what an answer asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.sms import size, wish

GSM = st.text(st.sampled_from("abcXYZ äöüÄÖÜßéñ@£$0123456789\n.,:;!?/"), min_size=1)


@pytest.mark.parametrize(
    ("text", "encoding", "letters", "segments"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("€" * 81, "GSM-7", 162, 2),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3),
        ("ć" * 70, "UCS-2", 70, 1),
        ("ć" * 71, "UCS-2", 71, 2),
        ("ć" * 134, "UCS-2", 134, 2),
        ("😀" * 35, "UCS-2", 70, 1),
        ("😀" * 36, "UCS-2", 72, 2),
        ("😀" * 67, "UCS-2", 134, 3),
    ],
)
def test_the_segments_of_a_message(text: str, encoding: str, letters: int, segments: int) -> None:
    """160 or 70 letters are one, longer ones have parts of 153 or 67, and no letter is cut."""
    assert size(text)[:3] == (encoding, letters, segments)


def test_the_letters_that_make_a_message_dear_are_named() -> None:
    """Typographic quotes and letters such as ć have no place in GSM-7; each is named once."""
    assert size("„Ćao“ ć ć").beyond == ("„", "Ć", "“", "ć")


@given(GSM, GSM)
def test_more_text_never_costs_less(one: str, more: str) -> None:
    """Text added to a message takes at least as many segments, and none is left out."""
    assert size(one).segments <= size(one + more).segments
    assert size(one + more).letters == size(one).letters + size(more).letters


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("STOP", "stop"),
        (" stop. ", "stop"),
        ("Stopp!", "stop"),
        ("Abmelden", "stop"),
        ("stop  all", "stop"),
        ("START", "start"),
        ("help", "help"),
        ("Hilfe", "help"),
        ("please stop by tomorrow", ""),
        ("", ""),
    ],
)
def test_an_answer_asks_for_something(text: str, asks: str) -> None:
    """One word alone is understood, however it is written; a sentence that holds it is not."""
    assert wish(text) == asks
