"""Which texts are ids of people, and which only look like one.

A page that fills in what it does not have says `undefined` or `guest`. All such visitors would
become one person, who gets everybody's mail; hence these words name nobody (docs/tracking.md).
"""

from __future__ import annotations

PLACEHOLDERS = frozenset(
    (
        *("undefined", "null", "nil", "none", "nan", "infinity", "-infinity"),
        *("true", "false", "0", "0.0", "-0", "-1", "-"),
        *("guest", "anonymous", "unknown", "n/a", "#n/a", "(null)", "(none)", "<null>"),
        *("(not set)", "not set", "<not set>", "not_set", "(not provided)", "(unknown)", "(other)"),
        *("[object object]", "[object undefined]", "[object null]", "[object promise]"),
        *("{}", "[]", "()", "''", '""', "00000000-0000-0000-0000-000000000000"),
    )
)
"""Words that name nobody, in lower case."""


def names_somebody(text: str) -> bool:
    """Whether a text can be the id of one person.

    >>> names_somebody("ada"), names_somebody(" Undefined "), names_somebody("0")
    (True, False, False)
    """
    plain = text.strip().casefold()
    return bool(plain) and plain not in PLACEHOLDERS and not _is_a_template(plain)


def _is_a_template(text: str) -> bool:
    """`{{ customer.id }}`, `${user.id}` and `%user_id%`: a template that nobody filled in."""
    if text[0] not in "{$<":
        return False
    pairs = (("{{", "}}"), ("${", "}"), ("<%", "%>"), ("{%", "%}"))
    return any(text.startswith(begin) and text.endswith(end) for begin, end in pairs)
