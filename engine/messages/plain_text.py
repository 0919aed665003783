"""The plain-text part of a mail, made from its HTML in one walk (decision 118)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from engine.messages.markup import safe_url

_HIDDEN = re.compile(r"display\s*:\s*none|max-height\s*:\s*0", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n{3,}")
_AROUND_LINE_ENDS = re.compile("[ \\t\u2000-\u200a]*\\n[ \\t\u2000-\u200a]*")
_SPACES: Final = " \t\r\n\f\xa0"
_SPACE = re.compile(f"[{_SPACES}]+")
_INVISIBLE = re.compile("[\u00ad\u034f\u200b-\u200d\u2060\ufeff]")

_LEFT_OUT: Final = frozenset(
    {
        *("head", "style", "script", "title", "noscript", "template", "select"),
        *("mj-head", "mj-preview", "mj-style", "mj-title", "mj-image", "mj-divider", "mj-spacer"),
    }
)
_LINKS: Final = frozenset({"a", "mj-button", "mj-navbar-link", "mj-social-element"})
_STRUCK: Final = frozenset({"s", "del", "strike"})
_LINES: Final = frozenset(
    {
        *("address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt"),
        *("fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "li"),
        *("main", "nav", "ol", "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead"),
        "ul",
    }
)
"""What stands on lines of its own."""
_PARAGRAPHS: Final = frozenset(
    {
        *("h1", "h2", "h3", "h4", "h5", "h6", "p", "tr", "ul", "ol"),
        *("mj-section", "mj-wrapper", "mj-hero", "mj-column", "mj-text", "mj-button", "mj-table"),
        *("mj-navbar-link", "mj-social-element", "mj-accordion-title", "mj-accordion-text"),
    }
)
"""What has a blank line around it: a row of a table, too, since mails use tables to place things.
"""


def plain_text(document: str, base: str = "", kind: Callable[[str], Page] | None = None) -> str:
    """`document`, HTML or MJML, as text: hidden parts are left out, a link's address follows its
    words, absolute where `base` is known.

    Layout tables of mails are read as running text, line by line. `kind` is how the page is read.
    """
    from lxml import etree

    if not document.strip():
        return ""
    # What stands before the body is not shown, and parsing it takes a third of the time.
    start = max(document.find("<body"), document.find("<mj-body"))
    parser = etree.HTMLParser(remove_comments=True, remove_pis=True, huge_tree=True)
    root = etree.fromstring(document[start:] if start >= 0 else document, parser)
    if root is None:
        return ""
    page = (kind or Page)(base)
    page.walk(root)
    text = _INVISIBLE.sub("", "".join(page.words))
    text = _BLANK_LINES.sub("\n\n", _AROUND_LINE_ENDS.sub("\n", text))
    return text.strip() + "\n"


class Page:
    """What was read so far; `gap` is how many line ends come before the next word."""

    def __init__(self, base: str) -> None:
        self._base = base
        self.words: list[str] = []
        self.gap = 0
        self.is_address = False

    def walk(self, element: Any) -> None:
        """Read an element and all in it."""
        tag = element.tag
        if not isinstance(tag, str) or tag in _LEFT_OUT or _is_hidden(element):
            return
        if tag == "br":
            self.words.append("\n")
            return
        gap = 2 if tag in _PARAGRAPHS else 1 if tag in _LINES else 0
        if tag == "td" and any(child.tag in _LINES for child in element):
            gap = 2  # a place for something larger than a word of a table
        self.gap = max(self.gap, gap)
        if tag in _LINKS:
            self._link(element)
        elif tag in _STRUCK:
            self.say(f"({' '.join(''.join(element.itertext()).split())})")
        else:
            if tag == "li":
                self.say(_mark(element))
            self._inside(element)
        self.gap = max(self.gap, gap)

    def _inside(self, element: Any) -> None:
        self.say(element.text)
        for child in element:
            self.walk(child)
            self.say(child.tail)

    def say(self, text: str | None) -> None:
        """Add text; white space is one space, and none at the beginning of a line."""
        if not text:
            return
        # Most of what stands between elements is nothing but space.
        text = _SPACE.sub(" ", text) if text.strip(_SPACES) else " "
        words = self.words
        if text[0] == " " and (self.gap or not words or words[-1][-1:] in (" ", "\n")):
            text = text[1:]
        if text:
            if self.gap and words:
                words.append("\n" * self.gap)
            elif self.is_address and text[0].isalnum():
                words.append(" ")  # what follows is no part of the address
            self.is_address = False
            self.gap = 0
            words.append(text)

    def _link(self, link: Any) -> None:
        """`<a href="U">words</a>` becomes "words: U"; around a picture alone it says nothing."""
        start = len(self.words)
        self._inside(link)
        said = "".join(self.words[start:])
        address = (link.get("href") or "").strip()
        address = self.absolute(address)
        if not said.strip() or not address or address == "#" or address.startswith("tel:"):
            return
        address = address.removeprefix("mailto:")
        if not self.reads_as(address, said):
            self.words[start:] = [f"{said.rstrip()}: {address}"]
            self.is_address = True

    def absolute(self, address: str) -> str:
        """Where a link leads, whole if the base is known."""
        return safe_url(address, self._base) if address and self._base else address

    def reads_as(self, address: str, said: str) -> bool:
        """Whether a link's words are its address, which is said once then."""
        return address == " ".join(said.split())


def _mark(item: Any) -> str:
    """What stands before an item of a list."""
    parent = item.getparent()
    if parent is None or parent.tag != "ol":
        return "* "
    return f"{1 + sum(1 for _ in item.itersiblings('li', preceding=True))}. "


def _is_hidden(element: Any) -> bool:
    if element.get("aria-hidden") == "true":
        return True
    style = element.get("style")
    return style is not None and _HIDDEN.search(style) is not None
