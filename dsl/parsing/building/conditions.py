"""Conditions, inline and in blocks."""

from __future__ import annotations

from typing import Any, cast

from dsl import tree
from dsl.parsing.building.values import Chain, Values, flat
from dsl.parsing.lexer import Refused, Token, strip_quotes


class Conditions(Values):
    def compare(self, left: tree.Value, op: Token, right: tree.Value) -> tree.Compare:
        return tree.Compare(cast("Any", op.text), left, right, span=self.here)

    def equals(
        self, left: tree.Value, _is: Token, negated: Token | None, right: tree.Value
    ) -> tree.Equals:
        return tree.Equals(left, right, negated is not None, span=self.here)

    def state(
        self, value: tree.Value, _is: Token, negated: Token | None, state: Token
    ) -> tree.State:
        return tree.State(value, cast("Any", state.text), negated is not None, span=self.here)

    def one_of(
        self, value: tree.Value, negated: Token | None, _in: Token, options: tree.ListOf
    ) -> tree.OneOf:
        return tree.OneOf(value, options, negated is not None, span=self.here)

    def contains(self, left: tree.Value, _contains: Token, right: tree.Value) -> tree.Contains:
        return tree.Contains(left, right, span=self.here)

    def edge(self, left: tree.Value, edge: Token, _with: Token, right: tree.Value) -> tree.Edge:
        return tree.Edge(left, cast("Any", edge.text), right, span=self.here)

    def has_item(
        self, subject: tree.Value, _has: Token, _item: Token, where: tree.Condition
    ) -> tree.HasItem:
        if not isinstance(subject, tree.Path) or subject.parts not in _HOLDERS:
            raise Refused(
                "has-item-of-what",
                "Only `entry`, `event`, `cart` and `order` have items.",
                'Write for example `cart has item where category is "coffee"`.',
                subject.span.start,
                subject.span.end,
            )
        return tree.HasItem(subject, where, span=self.here)

    def entry_has_item(
        self, entry: Token, _has: Token, _item: Token, where: tree.Condition
    ) -> tree.HasItem:
        subject = tree.Path(("entry",), span=self.places.span(entry.start, entry.end))
        return tree.HasItem(subject, where, span=self.here)

    def in_segment(
        self, _customer: Token, negated: Token | None, _in: Token, _segment: Token, name: Token
    ) -> tree.InSegment:
        return tree.InSegment(name.text, negated is not None, span=self.here)

    def has_tag(self, _customer: Token, _has: Token, _tag: Token, tag: Token) -> tree.HasTag:
        return tree.HasTag(strip_quotes(tag.text), span=self.here)

    def can_receive(
        self, _customer: Token, _can: Token, _receive: Token, what: str | Token
    ) -> tree.CanReceive:
        return tree.CanReceive(subscription(what), span=self.here)

    def can_be_tracked(
        self, _customer: Token, _can: Token, _be: Token, _tracked: Token
    ) -> tree.CanBeTracked:
        return tree.CanBeTracked(span=self.here)

    def did(self, _did: Token, negated: Token | None, history: tree.History) -> tree.Did:
        return tree.Did(history, negated is not None, span=self.here)

    def negate(self, _not: Token, condition: tree.Condition) -> tree.Not:
        return tree.Not(condition, span=self.here)

    def all_of(self, chain: Chain) -> tree.All:
        return tree.All(flat(chain), span=self.here)

    def any_of(self, chain: Chain) -> tree.AnyOf:
        return tree.AnyOf(flat(chain), span=self.here)

    # --- blocks --------------------------------------------------------------------------

    def condition_line(self, condition: tree.Condition, _end: Token) -> tree.ConditionLine:
        return tree.ConditionLine(condition, **self.said)

    def condition_group(
        self, quantifier: Token, _of: Token, block: tree.ConditionBlock
    ) -> tree.ConditionGroup:
        return tree.ConditionGroup(cast("Any", quantifier.text), block, **self.said)

    def condition_block(
        self, _colon: Token, _indent: Token, chain: Chain, dangling: tuple[str, ...]
    ) -> tree.ConditionBlock:
        lines = flat(chain)
        span = self.places.span(lines[0].span.start, lines[-1].span.end)
        return tree.ConditionBlock(lines, dangling, span=span)


_HOLDERS = (("entry",), ("event",), ("cart",), ("order",))


def subscription(what: str | Token) -> str:
    """A channel, or the name of a topic."""
    return what if isinstance(what, str) else what.text
