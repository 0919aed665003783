"""Links that answer: `{{ 9 | answer: "survey_finished", "score" }}` in a message.

The filter prints the address of a link that records the declared event with its value, without a
login. More properties may stand behind: `order_id: entry.order_id`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, NamedTuple

from liquid import BoundTemplate, Node, RenderContext
from liquid.builtin.expressions import FilteredExpression, TernaryFilteredExpression
from liquid.exceptions import FilterArgumentError
from liquid.expression import Expression
from liquid.undefined import is_undefined

from engine.messages.rendered import Links

NAME = "answer"

answering: ContextVar[Links | None] = ContextVar("answering", default=None)
"""The links of the message that is being rendered."""


def answer(value: Any, event: Any = None, name: Any = None, **more: Any) -> str:
    """The filter: `value` is what the person says, `name` the event's property that holds it."""
    if not isinstance(event, str) or not isinstance(name, str):
        sentence = 'answer expects an event and its property: answer: "survey", "score"'
        raise FilterArgumentError(sentence, token=None)
    links = answering.get()
    if not _is_plain(value) or links is None:
        return "#"
    told = {each: one for each, one in {**more, name: value}.items() if _is_plain(one)}
    return links.answer(_text(event), {_text(each): _text(one) for each, one in told.items()})


def _text(value: Any) -> Any:
    """A text as nothing but a text: Liquid's names and markup are kinds of it."""
    return str.__str__(value) if isinstance(value, str) else value


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float) and not is_undefined(value)


class Asked(NamedTuple):
    """An answer link as it stands in a file. `value` is None where it is not written out; `given`
    says how many arguments are; `start` is where in the text.
    """

    event: str
    name: str
    value: str | int | float | bool | None
    more: tuple[str, ...]
    given: int
    start: int


def asked(template: BoundTemplate, context: RenderContext) -> Iterator[Asked]:
    """Every answer link of a template, without those of its parts."""
    waiting: list[Node] = list(template.nodes)
    while waiting:
        node = waiting.pop()
        waiting.extend(node.children(context, include_partials=False))
        for expression in node.expressions():
            yield from _within(expression)


def _within(expression: Expression) -> Iterator[Asked]:
    if isinstance(expression, FilteredExpression | TernaryFilteredExpression):
        filters = [*(expression.filters or ()), *(getattr(expression, "tail_filters", None) or ())]
        for one in filters:
            if one.name != NAME:
                continue
            plain = [each.value for each in one.args if not hasattr(each, "name")]
            words = [str(getattr(each, "value", "")) for each in plain]
            value = getattr(expression.left, "value", None)
            known = isinstance(value, str | int | float | bool)
            yield Asked(
                words[0] if words else "",
                words[1] if len(words) > 1 else "",
                value if known else None,
                tuple(str(each.name) for each in one.args if hasattr(each, "name")),
                len(words),
                one.token.start_index,
            )
    for child in expression.children():
        yield from _within(child)
