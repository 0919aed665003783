"""Lines that come to stand deeper, or less deep, than they did."""

from __future__ import annotations

import re

_ROWS = re.compile(r"[^\n]*\n|[^\n]+")


def rows_of(text: str) -> list[str]:
    """The rows of a text, each with its line end."""
    found: list[str] = _ROWS.findall(text)
    return found


def reindent(raw: str, was: str, now: str) -> str | None:
    """The same lines `now` deep instead of `was`; None where blanks do not tell how deep."""
    if was == now:
        return raw
    rows: list[str] = []
    for row in rows_of(raw):
        blanks, body = _split(row)
        if not body.strip():
            rows.append(row)
        elif row.startswith(was):
            rows.append(now + row[len(was) :])
        elif body.startswith("#") and was + now == "\t" * len(was + now):
            # A comment between lines with tabs: two blanks are as deep as a tab, see `depth_of`.
            deeper = max(len(blanks) // 2 - len(was), 0)
            rows.append(now + "\t" * deeper + body)
        elif "\t" in blanks + was + now:
            return None
        else:
            rows.append(" " * max(len(blanks) + len(now) - len(was), 0) + body)
    return "".join(rows)


def reindent_broken(raw: str, was: str, now: str) -> str | None:
    """`reindent` for a broken line and all that belongs to it, which may stand less deep than it
    does: none of that falls out of the block where it is put.
    """
    first, *rest = rows_of(raw)
    said = [_split(row) for row in rest]
    depths = [blanks for blanks, body in said if body.strip() and not body.startswith("#")]
    least = min((was, *depths), key=len)
    below = reindent("".join(rest), least, now)
    if below is None:
        return None
    deep = [
        row if row.startswith(now) or not row.strip() else now + row.lstrip(" \t")
        for row in rows_of(below)
    ]
    return "".join([now + first.removeprefix(was), *deep])


def _split(row: str) -> tuple[str, str]:
    """The blanks in front of a row, and the rest of it."""
    body = row.lstrip(" \t")
    return row[: len(row) - len(body)], body
