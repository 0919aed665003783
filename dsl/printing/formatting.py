"""Formatting a `.flow` file: what is style is mended, what the author decided stays.

Line ends (LF or CRLF) and the state of the final newline are kept. A file with errors is left
alone: nothing can be said about the layout of what could not be read.
"""

from __future__ import annotations

from dataclasses import dataclass

from dsl.diagnostics import Diagnostic
from dsl.parsing.parser import parse
from dsl.printing.printer import print_file

MENDED = frozenset({"tab"})  # errors that formatting puts right


@dataclass(frozen=True, slots=True)
class Formatted:
    """The text after formatting; the same text with `diagnostics` when it cannot be formatted."""

    text: str
    diagnostics: tuple[Diagnostic, ...] = ()


def format_text(text: str, file: str = "<text>") -> Formatted:
    """Formats the source of a `.flow` file."""
    parsed = parse(text, file)
    if any(one.code not in MENDED for one in parsed.diagnostics):
        return Formatted(text, parsed.diagnostics)
    printed = print_file(parsed.tree)
    again = parse(printed)
    if again.tree != parsed.tree or again.diagnostics:
        # The law of the formatter, checked on every file: never write what reads differently.
        message = "Formatting would change what this file says, so it is left as it is."
        hint = "This is a fault in Headrace; please report it with the file."
        fault = Diagnostic("format-fault", "error", message, file, parsed.tree.span, hint)
        return Formatted(text, (fault,))
    if not text.endswith("\n"):
        printed = printed.removesuffix("\n")
    elif not printed:
        printed = "\n"
    breaks = text.count("\n")
    if breaks and text.count("\r\n") * 2 > breaks:
        printed = printed.replace("\n", "\r\n")
    return Formatted(printed)
