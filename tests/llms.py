"""`python -m tests.llms`: writes docs/llms.txt, the language for a language model, from the docs.

All of its examples together are one project in which nothing is wrong.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from dsl.checks import diagnose
from dsl.project import project_of

ROOT: Final = Path(__file__).resolve().parents[1]
DOCS: Final = ROOT / "docs"
PAGE: Final = DOCS / "llms.txt"
CASES: Final = ROOT / "tests" / "cases" / "diagnostics"
MOST: Final = 40_000
"""Bytes: a model reads it whole before it writes."""
_HEAD: Final = """\
# Headrace

> Marketing automation for online shops. Every flow is a text file, read and written by people and by models; this page is
> all of the language that one needs to write flows that check clean.

How to work: read the files that are there, change as little as the wish takes, propose, and mend what `check` finds until it finds nothing.
Give a flow that sends more than once an `exit when`, a `goal`, and tests that say which messages come when. Run the tests, read the plan. A person publishes.

- Two spaces indent. One statement a line. What is not on this page is not in the language: there is no `delay`, no `trigger`, no `and then`.
- Every message that a flow names is a file `messages/NAME.CHANNEL.EXT`. Propose the missing ones, too.
- Use the events, properties, segments and senders that the project declares; declare what is new.
"""  # noqa: E501
_MESSAGES: Final = ("# Messages", "## The head of a file", "## The body")
_BUILT_IN: Final = """\
## Events that are built in

{events}
"""
_CODES: Final = """\
## What `check` finds

CODE (error or warning): an example of its message, and what to do.

"""
_MARK: Final = re.compile(r"[ \t]*###[^\n]*")


def text() -> str:
    """The page as it would be written now."""
    language = (DOCS / "language.md").read_text("utf-8")
    messages = _sections((DOCS / "messages.md").read_text("utf-8"), _MESSAGES)
    parts = (_HEAD, _deeper(language), _deeper(messages), _events(), _CODES + _codes())
    return "\n".join(_unlinked(one).strip() + "\n" for one in parts)


def _sections(page: str, wanted: tuple[str, ...]) -> str:
    found = re.split(r"^(?=#{1,2} )", page, flags=re.MULTILINE)
    return "".join(one for one in found if one.partition("\n")[0] in wanted)


def _deeper(page: str) -> str:
    """Its headings one step below; what stands in examples is no heading."""
    out, inside = [], False
    for line in page.splitlines():
        inside ^= line.startswith("```")
        out.append(f"#{line}" if line.startswith("#") and not inside else line)
    return "\n".join(out) + "\n"


def _unlinked(page: str) -> str:
    return re.sub(r"\[([^\]\n]+)\]\([^)\n]+\)", r"\1", page)


def _events() -> str:
    from dsl.names import vocabulary

    return _BUILT_IN.format(events=", ".join(f"`{one}`" for one in sorted(vocabulary.EVENTS)))


def _codes() -> str:
    lines = []
    for file in sorted(CASES.glob("*.flow")):
        project = project_of(_MARK.sub("", file.read_text("utf-8")), "example.flow")
        found = [one for one in diagnose(project) if one.code == file.stem]
        if found:
            lines.append(f"- {file.stem} ({found[0].severity}): {found[0].message} {found[0].hint}")
    return "\n".join(one.strip() for one in lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(text(), "utf-8")
