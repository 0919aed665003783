"""`python -m dsl.checks FOLDER`: writes docs/diagnostics.md to stdout.

FOLDER holds an example for each code: `CODE.flow`, where `### CODE` at the end of a line says that
the diagnostic stands there.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

_MARK = re.compile(r"[ \t]*###[^\n]*")
_HEAD = """# Diagnostics

What `headrace check` can find, with an example and the message that it prints.
Errors stop publishing, warnings do not.
This page is written by `python -m dsl.checks tests/cases/diagnostics > docs/diagnostics.md`;
a test fails when it is stale.
"""


def page(folder: Path) -> str:
    """The page, from the examples."""
    from dsl.checks import diagnose
    from dsl.project import project_of
    from dsl.rendering import render_all

    parts = [_HEAD]
    for file in sorted(folder.glob("*.flow")):
        source = _MARK.sub("", file.read_text("utf-8"))
        project = project_of(source, "example.flow")
        found = [one for one in diagnose(project) if one.code == file.stem]
        severity = found[0].severity if found else "error"
        parts.append(f"## `{file.stem}` ({severity})\n")
        parts.append(f"```\n{source.strip()}\n```\n")
        parts.append(f"```text\n{render_all(found, project.sources)}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(page(Path(sys.argv[1])))
