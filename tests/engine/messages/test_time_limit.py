"""A template that goes on and on, and those that wait behind it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from engine.messages import time_limit
from engine.messages.errors import MessageError
from engine.messages.library import Messages

SLOW = """
{% assign list = "a,b,c,d,e,f,g,h,i,j" | split: "," %}
{% assign text = long %}
{% for a in list %}{% for b in list %}{% for c in list %}
{% assign x = customer.note | split: "" | reverse | sort | join: "" | split: "" | uniq | size %}
{% endfor %}{% endfor %}{% endfor %}
"""
HUGE = '{{ customer.note | replace: "", customer.note | replace: "", customer.note | size }}'


def _render(folder: Path, body: str) -> object:
    (folder / "m.email.txt").write_text(f"---\nsubject: Hi\n---\n{body}\n", encoding="utf-8")
    return Messages(folder).render("m", "email", {"customer": {"note": "ab" * 5_000}})


@pytest.mark.parametrize("body", [SLOW, HUGE])
def test_rendering_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """A template that would run for long ends after its time, with an error that says so."""
    monkeypatch.setattr(time_limit, "SECONDS", 0.1)
    began = time.monotonic()
    with pytest.raises(MessageError, match=r"longer than|too long"):
        _render(tmp_path, body)
    assert time.monotonic() - began < 10


def test_what_is_quick_is_rendered(tmp_path: Path) -> None:
    """Filters work as ever: the limit is looked at beside them."""
    rendered = _render(tmp_path, '{{ "a,b" | split: "," | join: "-" | replace: "a", "c" }}')
    assert "c-b" in rendered.text  # type: ignore[attr-defined]
