"""`make words`: brings the catalogues of the interface up to date with what its pages say."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from editor.language import LOCALES

ROOT = Path(__file__).resolve().parents[1]
_METHODS = [
    ("editor/templates/**.html", "jinja2"),
    ("editor/static/built/**", "ignore"),
    ("editor/static/**.js", "javascript"),
    ("editor/**.py", "python"),
]
_OPTIONS = {"editor/templates/**.html": {"trimmed": "true", "extensions": "jinja2.ext.i18n"}}
_KEYWORDS = {"_": None, "noop": None, "gettext": None, "ngettext": (1, 2)}


_STEPS = [
    ("dsl/printing/**.py", "python"),
    ("dsl/graph/**.py", "python"),
    ("engine/reports/**.py", "python"),
]
"""What the language says of steps, by the `say` that the pages give it; what reports say."""


def found(root: Path = ROOT) -> Catalog:
    """Every sentence that goes through `_`, `ngettext`, `noop` or, in the language, `say`, with the
    files that say it.
    """
    catalog = Catalog()
    rows = [*_found(root, _METHODS, _KEYWORDS), *_found(root, _STEPS, {"say": None})]
    for file, _line, message, _comments, context in sorted(rows, key=lambda row: (row[0], row[1])):
        if message:
            catalog.add(message, locations=[(file, 0)], context=context)
    return catalog


def _found(
    root: Path, methods: list[tuple[str, str]], keywords: dict[str, Any]
) -> Iterable[tuple[str, int, str | tuple[str, ...], list[str], str | None]]:
    return extract_from_dir(
        root,
        method_map=methods,
        options_map=_OPTIONS,
        keywords=keywords,
        directory_filter=lambda folder: (
            Path(folder).name not in {"node_modules", "built", "tests", ".venv", "build", "dist"}
            and not Path(folder).name.startswith(".")
        ),
    )


def known(language: str) -> Catalog:
    with (LOCALES / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def bring_up_to_date(language: str) -> list[str]:
    """Write the catalogue anew; gives the sentences that nobody has said in this language yet."""
    old, new = known(language), Catalog(locale=language, domain="headrace", fuzzy=False)
    new.header_comment = "# The words of Headrace's interface in another language."
    for one in found():
        if one.id:
            before = old.get(one.id)
            new.add(one.id, before.string if before else "", locations=one.locations)
    with (LOCALES / f"{language}.po").open("wb") as file:
        write_po(file, new, width=0, include_lineno=False, omit_header=False)
    lines = (LOCALES / f"{language}.po").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [row for row in lines if not row.startswith(_CLOCKS)]
    (LOCALES / f"{language}.po").write_text("".join(kept), encoding="utf-8")
    return [str(one.id) for one in new if one.id and not _said(one.string)]


_CLOCKS = ('"POT-Creation-Date', '"PO-Revision-Date', '"Last-Translator', '"Language-Team',
           '"Project-Id', '"Report-Msgid', '"Generated-By')  # fmt: skip


def _said(text: str | tuple[str, ...]) -> bool:
    return all(text) if isinstance(text, tuple) else bool(text)


if __name__ == "__main__":
    for sentence in bring_up_to_date("de"):
        print("not said yet:", sentence)  # noqa: T201
