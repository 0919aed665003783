"""What is made of texts is kept for the next time, and no longer than there is room."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from dsl import tree
from editor import language
from editor.documents.kept import Kept, Texts
from editor.flow.reading import Readings


@pytest.fixture
def by_count_alone() -> Iterator[None]:
    """Objects go when nobody holds them, or not at all."""
    gc.disable()
    yield
    gc.enable()
    language.use("en")


def test_the_texts_that_were_asked_for_last_stay_as_far_as_there_is_room() -> None:
    """A long text takes the place of several short ones, and the last one always stays."""
    kept: Kept[str, int] = Kept(10, len)
    made: list[str] = []

    def ask(key: str) -> None:
        kept.get(key, lambda: made.append(key) or 0)  # type: ignore[func-returns-value]

    for key in ("aaaa", "bbbb", "aaaa", "cccc", "aaaa", "bbbb"):
        ask(key)
    assert made == ["aaaa", "bbbb", "cccc", "bbbb"]
    for key in ("d" * 99, "d" * 99, "e", "d" * 99):
        ask(key)
    assert made[4:] == ["d" * 99, "e", "d" * 99]


@pytest.mark.usefixtures("by_count_alone")
@pytest.mark.parametrize("wanted", ["en", "de"])
def test_what_is_known_of_a_text_goes_with_it(wanted: str) -> None:
    """Nothing of a drawing lies about until a collector comes by: an edit would have to wait."""
    language.use(wanted)
    reading = Readings(Texts()).of(
        "a.flow", 'flow a "A":\n  enter when purchase\n\n  wait 1 hour\n'
    )
    [flow] = reading.flows
    drawing = reading.drawing(flow)
    assert drawing.patch("a.flow")["html"]
    gone = weakref.ref(drawing)
    del reading, drawing
    assert isinstance(flow, tree.Flow)
    assert gone() is None
