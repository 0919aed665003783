"""Mails that differ in nothing but names, prices and links are compiled once (decision 167).

While Liquid writes, each plain value leaves a mark instead of itself, so two people whose
conditions and loops went the same ways have the same text, letter by letter. What is made of that
text, its HTML and the plain text, is made once and kept in pieces; for each person the values are
put between them and the links are signed. A value that could mean anything to a parser (markup, an
entity, odd spaces) leaves no mark: it stands in the text, which then is one of its own.

A mould is kept only after its first filling gave letter by letter what the whole way gave.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from html import escape, unescape
from typing import Final, Literal

from engine.messages import markup
from engine.messages.finishing import Reader, at_the_foot
from engine.messages.marks import END, MARK, START, filled
from engine.messages.plain_text import Page, plain_text

_ADDRESS, _ADDRESS_END = "\ue002", "\ue003"
_SLOT = re.compile(f"{_ADDRESS}([^{_ADDRESS_END}]*){_ADDRESS_END}|{START}(\\d+){END}")
_TAG = re.compile(r"<[^<>]*>")
_VALUE = re.compile(r"""[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*')""")
_RARE = re.compile("[\xa0\u0590-\u20ab\u20ad-\U0010ffff]")
_CARRIES: Final = frozenset({"href", "src", "alt", "title", "lang", "aria-label"})
"""The attributes that a compiler hands on as they are."""
_STYLE = re.compile(r"<(mj-style|style)\b.*?</\1\s*>", re.DOTALL)
_KEPT: Final = 128
_SEEN: Final = 4_096
_FIXINGS: Final = 16


class _UnfitError(Exception):
    """A text that can be no mould, or values that cannot be filled in."""


Kind = Literal["value", "link", "picture", "preheader", "foot", "address"]


@dataclass(frozen=True, slots=True)
class _Slot:
    """A place that is filled anew: `number` of a value, or the `text` of an address, with marks."""

    kind: Kind
    number: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Mould:
    """The pieces of a mail, and between them what differs."""

    html: tuple[str | _Slot, ...]
    text: tuple[str | _Slot, ...]
    links: tuple[str, ...]
    """The targets of all links, with marks, in their order."""
    told: frozenset[int]
    """The marks that stand in attributes, where a compiler rewrites rare letters."""
    solid: frozenset[int]
    """The marks whose values hold no space, and are mail addresses."""

    def fill(self, values: list[str], reader: Reader) -> tuple[str, str] | None:
        """The HTML and the text; None where this person's mail has to be made the whole way."""
        if any(_RARE.search(values[number]) for number in self.told):
            return None
        if any(" " in values[number] or "@" not in values[number] for number in self.solid):
            return None
        try:
            return self._html(values, reader), self._text(values, reader)
        except _UnfitError:
            return None

    def _html(self, values: list[str], reader: Reader) -> str:
        urls = [markup.safe_url(unescape(filled(one, values)), reader.base) for one in self.links]
        web = {url for url in urls if url.startswith(("http://", "https://"))}
        if reader.unsubscribe and reader.unsubscribe not in urls:
            raise _UnfitError
        pair = len(web - {reader.unsubscribe}) == 2
        signed: dict[str, str] = {}
        for url in web if reader.counts else ():
            if url != reader.unsubscribe:
                signed[url] = reader.links.click(url, pair=pair)
        upcoming = iter(urls)
        made: list[str] = []
        for one in self.html:
            if isinstance(one, str):
                made.append(one)
            elif one.kind == "value":
                made.append(values[one.number])
            elif one.kind == "link":
                url = next(upcoming)
                made.append(escape(signed.get(url, url)))
            elif one.kind == "picture":
                url = unescape(filled(one.text, values))
                inline = url.startswith(markup.INLINE)
                made.append(escape(url if inline else markup.safe_url(url, reader.base)))
            elif one.kind == "preheader":
                made.append(escape(reader.preheader))
            elif reader.counts:
                made.append(at_the_foot(reader.links))
        return "".join(made)

    def _text(self, values: list[str], reader: Reader) -> str:
        made: list[str] = []
        for one in self.text:
            if isinstance(one, str):
                made.append(one)
            elif one.kind == "value":
                made.append(values[one.number].replace("\xa0", " "))
            else:
                url = filled(one.text, values)
                url = markup.safe_url(url, reader.base) if reader.base else url
                if url.startswith(("#", "tel:")) or not ("/" in url or "@" in url):
                    raise _UnfitError
                made.append(url.removeprefix("mailto:"))
        return "".join(made)


class _Text:
    """One text with marks: a mould for each set of values that cannot be put in afterwards, such
    as a width, which a compiler reckons with.
    """

    __slots__ = ("fixed", "moulds")

    def __init__(self, skeleton: str) -> None:
        self.fixed = _fixed(skeleton)
        self.moulds: dict[tuple[str, ...], Mould | None] = {}

    def values(self, values: list[str]) -> tuple[str, ...]:
        """Those of somebody's values that the mould depends on."""
        return tuple(values[number] for number in self.fixed)


class Moulds:
    """The moulds of one folder's messages, by their texts. Made at the second mail of a text."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, bool, bool], _Text] = {}
        self._seen: set[int] = set()

    def fill(self, skeleton: str, values: list[str], reader: Reader) -> tuple[str, str] | None:
        """A mail by the mould of its text; None where there is none, or it does not fit."""
        text = self._kept.get(_key(skeleton, reader))
        mould = None if text is None else text.moulds.get(text.values(values))
        return None if mould is None else mould.fill(values, reader)

    def learn(
        self, skeleton: str, values: list[str], reader: Reader, made: tuple[str, str]
    ) -> None:
        """Keep a mould if the text came before, and if it makes of these values what was `made`."""
        key = _key(skeleton, reader)
        text = self._kept.get(key)
        if text is None:
            if hash(key) not in self._seen:
                self._seen = self._seen if len(self._seen) < _SEEN else set()
                self._seen.add(hash(key))
                return
            text = _Text(skeleton)
            self._kept = {**(self._kept if len(self._kept) < _KEPT else {}), key: text}
        own = text.values(values)
        if own in text.moulds or len(text.moulds) >= _FIXINGS:
            return
        numbers = dict(zip(text.fixed, own, strict=True))
        try:
            mould = _mould(
                MARK.sub(lambda match: numbers.get(int(match[1]), match[0]), skeleton), reader
            )
        except (_UnfitError, markup.MarkupError):
            text.moulds[own] = None
            return
        text.moulds[own] = mould if mould.fill(values, reader) == made else None


def _fixed(skeleton: str) -> tuple[int, ...]:
    """The numbers of the marks in what compilers and readers of styles look into."""
    found: set[str] = set()
    for tag in _TAG.findall(skeleton):
        rest = _VALUE.sub(lambda match: "" if _carries(match[0]) else match[0], tag)
        found.update(MARK.findall(rest))
    for style in _STYLE.finditer(skeleton):
        found.update(MARK.findall(style[0]))
    return tuple(sorted(map(int, found)))


def _key(skeleton: str, reader: Reader) -> tuple[str, bool, bool]:
    return skeleton, bool(reader.preheader), reader.counts


def _mould(skeleton: str, reader: Reader) -> Mould:
    """Raises `_UnfitError` or `MarkupError`."""
    told = {int(number) for tag in _TAG.findall(skeleton) for number in MARK.findall(tag)}
    document = markup.compile_mjml(skeleton)
    places: list[tuple[int, int, _Slot]] = []
    if reader.preheader:
        document = markup.add_preheader(document, _ADDRESS)
        at = document.index(_ADDRESS)
        places.append((at, at + 1, _Slot("preheader")))
    links = list(markup.HREF.finditer(document))
    for kind, found in (("link", links), ("picture", list(markup.SOURCE.finditer(document)))):
        for match in found:
            slot = _Slot("link" if kind == "link" else "picture", text=match[2][1:-1])
            places.append((match.start(2), match.end(2), slot))
    ends = list(markup.END_OF_BODY.finditer(document))
    if not ends:
        raise _UnfitError
    places.append((ends[-1].start(), ends[-1].start(), _Slot("foot")))
    places.sort(key=lambda place: place[:2])
    html: list[str | _Slot] = []
    at = 0
    for start, end, slot in places:
        if start < at:
            raise _UnfitError
        html += _pieces(document[at:start])
        quoted = slot.kind in ("link", "picture")
        html += ['"', slot, '"'] if quoted else [slot]
        at = end
    html += _pieces(document[at:])
    solid: set[int] = set()
    text = plain_text(skeleton, reader.base, partial(_MarkedPage, solid=solid))
    return Mould(
        tuple(_joined(html)),
        tuple(_joined(_pieces(text))),
        tuple(match[2][1:-1] for match in links),
        frozenset(told),
        frozenset(solid),
    )


def _carries(attribute: str) -> bool:
    return attribute.partition("=")[0].strip().lower() in _CARRIES


def _pieces(text: str) -> list[str | _Slot]:
    """A text and the values and addresses in it."""
    found: list[str | _Slot] = []
    at = 0
    for match in _SLOT.finditer(text):
        found.append(text[at : match.start()])
        told = match[1]
        found.append(_Slot("value", int(match[2])) if told is None else _Slot("address", text=told))
        at = match.end()
    return [*found, text[at:]]


def _joined(pieces: list[str | _Slot]) -> Iterator[str | _Slot]:
    """Texts that follow each other as one."""
    text = ""
    for one in pieces:
        if isinstance(one, str):
            text += one
        else:
            if text:
                yield text
            text = ""
            yield one
    if text:
        yield text


class _MarkedPage(Page):
    """A page whose addresses become slots. `solid` takes the marks of addresses that are said once,
    as long as nothing in them is left out of an address.
    """

    def __init__(self, base: str, solid: set[int]) -> None:
        super().__init__(base)
        self.solid = solid

    def absolute(self, address: str) -> str:
        if START not in address or address.startswith("tel:"):
            return super().absolute(address)
        return f"{_ADDRESS}{address}{_ADDRESS_END}"

    def say(self, text: str | None) -> None:
        # Whether a space comes between depends on the value's first letter.
        if text and self.is_address and not self.gap and text[0] == START:
            raise _UnfitError
        super().say(text)

    def reads_as(self, address: str, said: str) -> bool:
        words = " ".join(said.split())
        if address == f"{_ADDRESS}mailto:{words}{_ADDRESS_END}":
            self.solid.update(map(int, MARK.findall(words)))
            return True
        if set(MARK.findall(address)) & set(MARK.findall(said)):
            raise _UnfitError
        return super().reads_as(address, said)
