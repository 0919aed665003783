"""Text as searches and the catalogue are compared by."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, Final

_WORD: Final = re.compile(r"[^\W_]+")
_SHORTEST: Final = 2


def normal(text: str) -> str:
    """Without case, accents and more than one blank: `  Größe XL` is `grosse xl`."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(_WORD.findall("".join(c for c in plain if not unicodedata.combining(c))))


def tokens(text: str) -> list[str]:
    """The words of a text, normalised, each once, in their order."""
    return list(dict.fromkeys(word for word in normal(text).split() if len(word) >= _SHORTEST))


def described(product: Mapping[str, Any]) -> Iterable[tuple[str, float]]:
    """What a product is, as features with weights: the path of its category, brand, words, tags.

    `Outdoor > Tents` is in `Outdoor`, too, but that says less.
    """
    category = product.get("category")
    if isinstance(category, str) and category:
        path = [normal(part) for part in category.split(">")]
        for depth in range(1, len(path) + 1):
            yield f"category {' > '.join(path[:depth])}", 3.0 if depth == len(path) else 1.0
    brand = product.get("brand")
    if isinstance(brand, str) and brand:
        yield f"brand {normal(brand)}", 1.5
    name = product.get("name")
    if isinstance(name, str):
        for word in tokens(name):
            yield f"word {word}", 1.0
    tags = product.get("tags")
    if isinstance(tags, list):
        for tag in tags:
            yield f"tag {normal(str(tag))}", 1.0


def searchable(product: Mapping[str, Any]) -> Iterable[tuple[str, float]]:
    """The words by which a product may be searched for, the name's first."""
    for field, weight in (("name", 3.0), ("category", 2.0), ("brand", 2.0)):
        text = product.get(field)
        if isinstance(text, str):
            for word in tokens(text):
                yield word, weight
    tags = product.get("tags")
    if isinstance(tags, list):
        for tag in tags:
            for word in tokens(str(tag)):
                yield word, 1.0
