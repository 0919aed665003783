"""The words of the interface, for what Python says rather than a template."""

from __future__ import annotations


def _(text: str, **values: object) -> str:
    """A text in the reader's language, with its values: `_("Line {line}", line=3)`."""
    return text.format(**values) if values else text
