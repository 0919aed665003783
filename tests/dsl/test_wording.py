"""What authors read when a line is wrong: source and rendered message side by side.

The snapshots in `__snapshots__/` are reviewed like code: read them aloud.
"""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from dsl.diagnostics import Diagnostic, Related, Span
from dsl.parsing.parser import parse
from dsl.rendering import render, render_all

# Each stands as a step of a flow.
STEPS = {
    "typo in a keyword": "wiat 2 days",
    "typo in another": "sned email hello",
    "typo in a channel": "send emial hello",
    "typo in a later word": "if not customer can recieve email:\n    exit",
    "short unit": "wait 2 mins",
    "seconds": "wait 30 seconds",
    "no unit": "wait 2",
    "nothing to wait for": "wait",
    "touching words": "waituntil 18:00",
    "touching number": "repeat3times:\n    exit",
    "touching unit": "wait 2days",
    "typographic quotes": "exit “done”",
    "single quotes": "add tag 'x'",
    "umlaut in a name": "send email größe",
    "hyphen in a name": "send email cart-reminder",
    "capital in a name": "send email Welcome",
    "underscore first": "set customer.__class__ to 3",
    "Cyrillic letter": "send email с\u0430rt",
    "thousands": "if cart.value > 1,000:\n    exit",
    "decimal comma": "if cart.value > 18,90:\n    exit",
    "assignment": "if cart.value = 3:\n    exit",
    "double equals": 'if customer.country == "DE":\n    exit',
    "not equal": 'if customer.country != "DE":\n    exit',
    "ampersands": "if a is 3 && b is 4:\n    exit",
    "semicolon": "wait 2 days;",
    "braces": "if a is 3 {",
    "non-breaking space": "wait\u00a02 days",
    "zero-width space": "wait\u200b 2 days",
    "elif": "if a is 3:\n    exit\n  elif a is 4:\n    exit",
    "orphaned else": "else:\n    exit",
    "orphaned case": 'case "DE":\n    exit',
    "header in a block": "if a is 3:\n    goal purchase within 3 days",
    "exit when in a block": "if a is 3:\n    exit when purchase",
    "header after a step": "exit\n  goal purchase within 3 days",
    "missing colon": "if cart.value > 3\n    exit",
    "missing block": "if cart.value > 3:",
    "block without a head": "exit\n    exit",
    "wrong dedent": "if a is 3:\n      exit\n    exit",
    "missing message": "send email",
    "missing label": "send email hello as",
    "missing staff": "notify with cart_alert",
    "missing comparison": "if customer.country:\n    exit",
    "missing value": "if cart.value >:\n    exit",
    "half an or": "if cart.value > 3 or:\n    exit",
    "words too many": "wait 2 days please",
    "colon too many": "go to reminder:\n    exit",
    "share without percent": "experiment x:\n    60 as a:\n      exit",
    "unclosed text": 'exit "done',
    "unclosed bracket": "call crm (a: 1",
    "unknown escape": 'exit "C:\\temp"',
    "impossible time": "wait until 25:61",
    "short time": "wait until 8:30",
    "impossible date": "wait until 2026-02-30",
    "too long a wait": "wait 10000000000 days",
    "caret": "wait 10^10 days",
    "block on the same line": "if a is 3: exit",
    "wait without an event": "wait up to 2 days:\n    exit",
    "two durations": "wait 1 day 2 hours",
    "number and a word": "if a is 3 then:\n    exit",
    "reserved label": "send email hello as order",
    "NUL": "send em\0ail hello",
    "control over direction": 'exit "a\u202eb"',
}

# Each is a whole file.
FILES = {
    "unknown declaration": "flwo welcome:\n  enter manually\n",
    "step without a flow": "send email hello\n",
    "store line": 'store "Shop":\n  timzone "Europe/Berlin"\n',
    "currency": 'store "Shop":\n  currency eur\n',
    "property type": "customer:\n  size string\n",
    "score": "score warmth:\n  10 on purchase\n",
    "coupon": "coupon ten:\n  10 % off\n",
    "schedule": "flow x:\n  enter every day for segment vip\n",
    "goal": "flow x:\n  goal purchase\n",
    "only if": "flow x:\n  only if customer has newsletter\n",
    "test line": 'test "t" for x:\n  assume customer\n',
    "expectation": 'test "t" for x:\n  expect cart_reminder\n',
    "group": "segment s:\n  any of:\n    did purchse in last\n",
    "reserved name": "flow cart:\n  enter manually\n",
    "tabs": "flow x:\n\tenter manually\n",
    "indented declaration": "  flow x:\n    enter manually\n",
    "two in one file": "flow x:\n  enter whn purchase\n  re-enter nevr\n",
}


@pytest.mark.parametrize("name", STEPS)
def test_a_wrong_step_is_explained(name: str, snapshot: SnapshotAssertion) -> None:
    """A wrong step gets one message that says what is wrong and what to write."""
    text = f"flow x:\n  enter when purchase\n\n  {STEPS[name]}\n  exit\n"
    parsed = parse(text, "x.flow")
    assert len(parsed.diagnostics) == 1
    assert render_all(parsed.diagnostics, {"x.flow": text}) == snapshot


@pytest.mark.parametrize("name", FILES)
def test_a_wrong_file_is_explained(name: str, snapshot: SnapshotAssertion) -> None:
    """A wrong line outside of steps gets its message too."""
    text = FILES[name]
    parsed = parse(text, "x.flow")
    assert parsed.diagnostics
    assert render_all(parsed.diagnostics, {"x.flow": text}) == snapshot


def test_a_long_line_is_cropped_around_the_place() -> None:
    """A message about a line of a thousand characters shows the part that matters."""
    text = f"flow x:\n  exit if {'a is 1 or ' * 100}b is?\n"
    (fault,) = parse(text).diagnostics
    rows = render(fault, text).split("\n")
    excerpt, carets = rows[3], rows[4]
    assert len(excerpt) < 120
    assert excerpt[carets.index("^")] == "?"


def test_carets_stand_below_wide_characters() -> None:
    """Tabs and double-width characters in front of the place do not move the carets."""
    text = 'flow x:\n  exit "漢字" ?\n'
    (fault,) = parse(text).diagnostics
    excerpt, carets = render(fault, text).split("\n")[3:5]
    assert carets.index("^") == excerpt.index("?") + 2  # two characters take a column more each


def test_color_marks_the_severity_and_changes_no_word() -> None:
    """Colour is added to the same words."""
    import re

    text = "flow x:\n  wiat 2 days\n"
    (fault,) = parse(text).diagnostics
    colored = render(fault, text, color=True)
    assert "\x1b[1;31merror:" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render(fault, text)


def test_related_places_are_drawn_with_their_line() -> None:
    """A second place that explains the first is shown below it."""
    text = "flow x:\n  exit\nflow x:\n  exit\n"
    fault = Diagnostic(
        "duplicate",
        "warning",
        "There are two flows `x`.",
        "a.flow",
        Span(22, 23, 3, 6, 3, 7),
        "Rename one.",
        (Related("The first is here.", "a.flow", Span(5, 6, 1, 6, 1, 7)),),
    )
    drawn = render(fault, text)
    assert drawn.startswith("warning: There are two flows `x`.")
    assert "a.flow:3:6" in drawn
    assert "a.flow:1:6" in drawn
