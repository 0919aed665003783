"""The plain-text part of a mail, made from its HTML."""

from __future__ import annotations

import re
from typing import Any

_HIDDEN = re.compile(r"display\s*:\s*none|max-height\s*:\s*0", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n{3,}")
_TRAILING = re.compile(r"[ \t\xa0]+$", re.MULTILINE)
_LEADING = re.compile(r"^[ \t\xa0]+", re.MULTILINE)
_INVISIBLE = re.compile("[\u00ad\u034f\u200b-\u200d\u2060\ufeff]")


def plain_text(document: str) -> str:
    """`document` as text: hidden parts are left out, a link's address follows its words.

    Layout tables of mails are read as running text, line by line.
    """
    from inscriptis import Inscriptis
    from inscriptis.model.config import ParserConfig
    from lxml import etree, html

    if not document.strip():
        return ""
    root = html.document_fromstring(document)
    etree.strip_elements(root, etree.Comment, "style", "script", "head", with_tail=False)
    for element in list(root.iter()):
        if not isinstance(element.tag, str):
            continue
        if element.get("aria-hidden") == "true" or _HIDDEN.search(element.get("style") or ""):
            _remove(element)
    for struck in root.iter("s", "del", "strike"):
        struck.text = f"({struck.text_content().strip()})"
        del struck[:]
    for link in root.iter("a"):
        _spell_out(link)
    _flatten_tables(root)
    text = Inscriptis(root, ParserConfig()).get_text()
    text = _INVISIBLE.sub("", text).replace("\xa0", " ")
    text = _LEADING.sub("", _TRAILING.sub("", text))
    return _BLANK_LINES.sub("\n\n", text).strip() + "\n"


def _remove(element: Any) -> None:
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def _spell_out(link: Any) -> None:
    """`<a href="U">words</a>` becomes "words: U"; a link around a picture alone says nothing."""
    words = " ".join((link.text_content() or "").split())
    url = (link.get("href") or "").strip()
    if not words or not url or url == "#":
        return
    address = url.removeprefix("mailto:")
    if address == words or url.startswith("tel:"):
        return
    last = link[-1] if len(link) else None
    addition = f": {address}"
    tail = link.tail or ""
    if tail[:1].isalnum() or (not tail and link.getnext() is not None):
        link.tail = f" {tail}"  # what follows is no part of the address
    if last is None:
        link.text = (link.text or "").rstrip() + addition
    else:
        last.tail = (last.tail or "").rstrip() + addition


def _flatten_tables(root: Any) -> None:
    """Mails use tables to place things. As text, each cell is a block of its own."""
    for element in root.iter("table", "tbody", "thead", "tr", "td", "th"):
        is_data = element.get("role") != "presentation" and element.tag == "table"
        if is_data and element.get("class") == "data":
            continue
        # A row is a paragraph of its own, with air around it.
        element.tag = "p" if element.tag == "tr" else "div"
