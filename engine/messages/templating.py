"""Liquid, fenced in: plain dicts, limits on loops, output and memory, no way out of the folder.

What the templates get besides Shopify's filters: `money`, `date` in the reader's language,
`greeting`. What they do not get: `safe`, since nothing that a customer typed may become markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, ClassVar, Final

from liquid import Environment, Undefined
from liquid.context import RenderContext
from liquid.exceptions import FilterArgumentError, TemplateNotFoundError
from liquid.filter import with_context
from liquid.loader import BaseLoader, TemplateSource
from liquid.undefined import is_undefined

from engine.messages import answers, formats
from engine.messages.block import Block, ByItsId
from engine.messages.greetings import greeting
from engine.messages.marks import MarkingOutput
from engine.messages.time_limit import TimedTemplate

LOOP_LIMIT = 2_000
OUTPUT_LIMIT = 512 * 1024
NAMESPACE_LIMIT = 512 * 1024
TEXT_LIMIT = 10_000
"""Characters of one text in the context; what is longer is cut."""
DEPTH_LIMIT = 12

missing: ContextVar[list[str] | None] = ContextVar("missing", default=None)
"""Collects the variables that were printed without a value during one rendering."""


class Missing(Undefined):
    """A variable without a value: empty where it is printed, and noted."""

    __slots__ = ()

    def __str__(self) -> str:
        noted = missing.get()
        if noted is not None:
            path = (self.hint or self.name).removesuffix(" is undefined").strip("'")
            if path not in noted:
                noted.append(path)
        return ""


class Parts(BaseLoader):
    """The files of the message folder that begin with `_`, and nothing else.

    `{% render "products" %}` finds `_products.mjml`; the name is looked up in a dict, so no
    path leads out of the folder.
    """

    def __init__(self, parts: Mapping[str, str]) -> None:
        self._parts = dict(parts)

    def find(self, name: str) -> str | None:
        if name in self._parts:
            return name
        stem = name.removeprefix("_")
        for candidate in self._parts:
            if candidate == f"_{stem}" or candidate.rpartition(".")[0] == f"_{stem}":
                return candidate
        return None

    def names(self) -> list[str]:
        return list(self._parts)

    def get_source(
        self,
        env: Environment,
        template_name: str,
        *,
        context: RenderContext | None = None,
        **kwargs: object,
    ) -> TemplateSource:
        del env, context, kwargs
        found = self.find(template_name)
        if found is None:
            raise TemplateNotFoundError(template_name)
        return TemplateSource(self._parts[found], found, None)


class MessageEnvironment(Environment):
    """Liquid for messages. `markup` escapes every value for HTML; plain text does not."""

    template_class = TimedTemplate
    loop_iteration_limit: ClassVar[int | None] = LOOP_LIMIT
    output_stream_limit: ClassVar[int | None] = OUTPUT_LIMIT
    local_namespace_limit: ClassVar[int | None] = NAMESPACE_LIMIT
    block_nesting_limit: ClassVar[int] = 30
    context_depth_limit: ClassVar[int] = 20

    def __init__(self, parts: Mapping[str, str], *, markup: bool) -> None:
        super().__init__(loader=Parts(parts), undefined=Missing, autoescape=markup)
        self._parsed: dict[str, Any] = {}
        for name in ("safe", "escapejs"):
            del self.filters[name]
        self.add_tag(MarkingOutput)
        self.add_filter("money", _money)
        self.add_filter("date", _date)
        self.add_filter("greeting", _greeting)
        self.add_filter(answers.NAME, answers.answer)

    def get_template(self, name: str, **kwargs: Any) -> Any:
        """A part, parsed once."""
        parsed = self._parsed.get(name)
        if parsed is None:
            parsed = self._parsed[name] = super().get_template(name, **kwargs)
        return parsed


_WORD = re.compile(r"\w+")
_BY_VALUE = re.compile(r"\{[{%][^}]*[\s{(,:]\[")
"""A variable whose name is another's value: any may be meant."""
_ANYWAY: Final = frozenset(("customer", "store", "now", "message"))


def words(texts: Iterable[str]) -> frozenset[str] | None:
    """All words of templates, the names of variables among them; None where any may be meant."""
    told = list(texts)
    if any(_BY_VALUE.search(one) for one in told):
        return None
    return frozenset(word for one in told for word in _WORD.findall(one))


def asked(context: Mapping[str, Any], names: frozenset[str] | None) -> dict[str, Any]:
    """What templates with these words may see of `context`, plain. The rest is not worth a copy."""
    if names is not None and "item" in names:
        names |= {"product"}  # what an item lacks, its product has
    return {
        key: plain(value)
        for key, value in context.items()
        if value is not None and (names is None or key in names or key in _ANYWAY)
    }


def plain(value: Any, depth: int = 0) -> Any:
    """`value` as plain dicts, lists, texts and numbers, fit for HTML, MJML and headers.

    Missing values (None) are left out of dicts, so that a template's `default` sees them as
    missing. Control characters, lone surrogates and what else XML forbids are removed.
    """
    if depth > DEPTH_LIMIT:
        return ""
    kind = type(value)
    if kind is int or kind is float or kind is bool:
        return value
    if isinstance(value, str):
        return clean(value)
    if value is None or isinstance(value, (bool, int, float, Decimal, date, datetime)):
        return value
    if isinstance(value, Mapping):
        inner = {
            (_key(key) if type(key) is str else clean(str(key))): plain(each, depth + 1)
            for key, each in value.items()
            if each is not None
        }
        return ByItsId(inner) if isinstance(value, ByItsId) else inner
    if isinstance(value, Block):
        return Block(plain(each, depth + 1) for each in value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each, depth + 1) for each in value if each is not None]
    return clean(str(value))


def shaped(values: dict[str, Any]) -> dict[str, Any]:
    """What an item lacks, its product has; a coupon's end is called `expires`."""
    item, product, coupon = (values.get(name) for name in ("item", "product", "coupon"))
    if isinstance(item, dict) and isinstance(product, dict):
        values["item"] = {**product, **item}
    if isinstance(coupon, dict) and "valid_until" in coupon:
        coupon.setdefault("expires", coupon["valid_until"])
    return values


@lru_cache(maxsize=4_096)
def _key(name: str) -> str:
    """Names of properties are few, and stand in every context."""
    return clean(name)


_FORBIDDEN = {
    code: None
    for code in (
        *range(0x20),
        *range(0x7F, 0xA0),
        *range(0xD800, 0xE000),
        *range(0x202A, 0x202F),  # bidirectional overrides turn the rest of a line around
        *range(0x2066, 0x206A),
        0xFFFE,
        0xFFFF,
    )
    if chr(code) not in "\t\n"
}


def clean(text: str) -> str:
    if type(text) is str and len(text) <= TEXT_LIMIT and text.isascii() and text.isprintable():
        return text
    # `str()` also takes off any subclass, such as one that claims to be safe markup.
    return (
        str.__str__(text[:TEXT_LIMIT])
        .replace("\r\n", "\n")
        .replace("\r", "\n")
        .translate(_FORBIDDEN)
    )


def _look_up(context: RenderContext, *path: str) -> str:
    value = context.get(list(path), token=None, default="")
    return "" if value is None or is_undefined(value) else str(value)


def _language(context: RenderContext) -> str:
    return (
        _look_up(context, "language")
        or _look_up(context, "customer", "language")
        or _look_up(context, "store", "language")
        or "en"
    )


@with_context
def _money(value: Any, currency: Any = None, *, context: RenderContext) -> str:
    if is_undefined(value) or value == "":
        return str(value)
    if isinstance(value, str):
        try:
            value = Decimal(value)
        except ArithmeticError:
            value = None
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise FilterArgumentError("money expects minor units, a whole number", token=None)
    code = currency if isinstance(currency, str) and currency else ""
    code = code or _look_up(context, "store", "currency") or "EUR"
    return formats.money(value, code, _language(context))


@with_context
def _date(value: Any, style: Any = "long", *, context: RenderContext) -> str:
    if is_undefined(value) or value == "":
        return str(value)
    if value in ("now", "today"):
        value = context.get(["now"], token=None, default=None)
    zone = _look_up(context, "customer", "timezone") or _look_up(context, "store", "timezone")
    moment = formats.as_date(value, zone)
    if moment is None:
        return str(value)
    return formats.day(moment, str(style), _language(context))


@with_context
def _greeting(customer: Any, *, context: RenderContext) -> str:
    known = customer if isinstance(customer, dict) else {}
    return greeting(
        str(known.get("country") or ""), _language(context), str(known.get("first_name") or "")
    )
