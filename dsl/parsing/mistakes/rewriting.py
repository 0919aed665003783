"""A line that other tools would take is answered with the same line in our words."""

from __future__ import annotations

import re
from typing import Protocol

from dsl.parsing.lexer import Refused, Words
from dsl.parsing.mistakes.idioms import further, our_way
from dsl.parsing.mistakes.mistake import short
from dsl.parsing.scanner import Line

_LAYOUT = frozenset(
    [
        "missing-block",
        "missing-colon",
        "unexpected-indent",
        "inconsistent-indent",
        "too-deep",
        "unclosed-text",
        "unclosed-bracket",
        "reserved-name",
        "look-alike-letter",
    ]
)
_LONGEST = 160  # a hint that holds a longer line helps nobody


class _State(Protocol):
    keywords: dict[str, str]

    def accepts(self, symbols: Words) -> bool: ...


def in_our_words(fault: Refused, text: str, line: Line, state: _State) -> Refused:
    """`fault`, or a better answer: what to write instead of the whole line, which can be read."""
    said = text[line.start : line.end]
    if fault.code in _LAYOUT or "\n" in said or len(said) > _LONGEST:
        return fault
    block = bool(line.children)

    def reads(one: str) -> bool:
        if one.endswith(":") != block:
            return False
        return state.accepts(Words(one, state.keywords))

    ours = our_way(said, reads)
    if ours is None and block and not said.endswith(":"):
        ours = our_way(f"{said}:", reads)
    if ours is None or len(ours) > _LONGEST:
        two = None if block else _on_two_lines(said, state)
        if two is None:
            return fault
        return Refused(fault.code, "This line holds two.", two, line.start, line.end)
    start, end = _changed(said, ours)
    hint = f"Write `{ours}`."
    if start == end or _fits(fault, ours):
        return Refused(fault.code, fault.message, hint, fault.start, fault.end)
    message = f"`{short(said[start:end])}` is not how this is said here."
    return Refused(fault.code, message, hint, line.start + start, line.start + end)


_STEPS = "send|exit|go to|add|remove|set|give|call|track|notify|show|wait|start|stop"
_TWO = (
    (
        re.compile(rf"(?P<two>(?:{_STEPS})\b.*?),? if (?P<if>.+?):?"),
        "if {}:",
        " below it, indented,",
    ),
    (
        re.compile(rf"if (?P<if>.+?)(?::| then:?|,)? (?P<two>(?:{_STEPS})\b.*)"),
        "if {}:",
        " below it, indented,",
    ),
    (
        re.compile(r"(?P<two>(?:send|notify|show|call)\b.*?) (?:after|in) (?P<if>\w+ ?\w+)"),
        "wait {}",
        " on the next line",
    ),
    (
        re.compile(r"(?P<two>(?:send|notify|show|call)\b.*?) (?:at|on) (?P<if>[\w.: -]+)"),
        "wait until {}",
        " on the next line",
    ),
)


def _on_two_lines(said: str, state: _State) -> str | None:
    """A hint where one line holds a step and what it depends on."""

    def reads(one: str) -> bool:
        return state.accepts(Words(one, state.keywords))

    for pattern, first, where in _TWO:
        found = pattern.fullmatch(said)
        if found is None:
            continue
        one, two = (
            further(line, reads) if reads(line) else our_way(line, reads)
            for line in (first.format(found["if"]), found["two"])
        )
        if one is not None and two is not None:
            return f"Write `{one}` and{where} `{two}`."
    return None


def _fits(fault: Refused, ours: str) -> bool:
    """Whether what was said of one word holds for the whole line too."""
    match fault.code:
        case "unknown-operator":
            word = fault.message.removesuffix("`.").rpartition("`")[2]
            return f" {word} " in ours
        case "unknown-character":
            return fault.message.startswith(("`;`", "`\\`"))
        case "touching-words":
            return fault.message.endswith("touch.")
        case "impossible-time" | "number-with-comma":
            return True
        case "unknown-word":
            return fault.message.endswith(("unit of time.", "branch is written."))
        case _:
            return False


def _changed(said: str, ours: str) -> tuple[int, int]:
    """Where two lines differ, in whole words of `said`; an empty place where words are missing."""
    start, most = 0, min(len(said), len(ours))
    while start < most and said[start] == ours[start]:
        start += 1
    end, back = len(said), len(ours)
    while end > start and back > start and said[end - 1] == ours[back - 1]:
        end, back = end - 1, back - 1
    if not said[start:end].strip():
        return start, start
    while start and said[start].isalnum() and said[start - 1].isalnum():
        start -= 1
    while end < len(said) and said[end].isalnum() and said[end - 1].isalnum():
        end += 1
    while said[start] == " ":
        start += 1
    while said[end - 1] == " ":
        end -= 1
    return start, end
