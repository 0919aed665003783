"""The declarations of a file, and the order of lines in a flow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, cast, get_args

from dsl import tree
from dsl.diagnostics import Span
from dsl.parsing.building.language_tests import Tests
from dsl.parsing.building.values import Chain, flat, string, text_of, whole
from dsl.parsing.lexer import Token
from dsl.parsing.remains import Head, label_of
from dsl.parsing.scanner import Line
from dsl.parsing.source import Places

MAX_STEPS = 2000
Dangling = tuple[str, ...]
HEADERS = tuple(kind for kind in get_args(tree.Header) if kind is not tree.Unreadable)
_HEADER_WORDS = (
    "about ",
    "enter ",
    "only ",
    "re-enter",
    "reenter",
    "exit when",
    "exit if",
    "goal ",
    "holdout ",
    "priority ",
    "sender ",
    "quiet ",
    "transactional",
    "moved ",
)


def first_step(lines: Sequence[tree.Statement]) -> int:
    """Where steps begin. An unreadable line is what its first word says it is."""
    for n, line in enumerate(lines):
        if isinstance(line, HEADERS):
            continue
        if isinstance(line, tree.Unreadable) and (
            line.text.startswith(_HEADER_WORDS)
            or any(isinstance(later, HEADERS) for later in lines[n + 1 :])
        ):
            continue
        return n
    return len(lines)


class Builder(Tests):
    """`findings` are faults that do not stop the parser, by code and offset (a statement may be
    built again after recovery).
    """

    def __init__(self, places: Places, lines: dict[int, Line]) -> None:
        super().__init__(places, lines)
        self.findings: dict[tuple[str, int], tuple[str, str, Span]] = {}

    def unreadable(
        self, line: Line, end: int | None = None, *, head: bool = False
    ) -> tree.Unreadable:
        """`line` and its block word for word, without the indentation of the line itself.

        `end` is the offset where it ends, when lines behind its block belong to it too. `head`
        takes the line alone, without its block.
        """
        alone = head or (end is None and not line.children)
        stop = line.end if alone else max(end or 0, line.whole_end)
        kind = tree.UnreadableHead if head else tree.Unreadable
        return kind(
            self.words(line, stop),
            span=self.places.span(line.start, stop),
            lead=line.lead,
            tail=line.tail if alone else "",
            blank_before=line.blank_before,
            label=label_of(self.places.text[line.start : line.end]),
        )

    def without_block(self, line: Line, head: Head) -> tree.Declaration:
        """A declaration of which nothing but its name can be made out."""
        self.begins, self.ends = line.start, line.end
        name, title = head.name, head.title
        match head.word:
            case "flow":
                block = tree.Block(span=self.places.span(line.end, line.end))
                return tree.Flow(name, title, (), block, **self.declared)
            case "segment":
                return tree.Segment(name, title, tree.ConditionBlock(()), **self.declared)
            case "event":
                return tree.Event(name, title, **self.declared)
            case "coupon":
                return tree.Coupon(name, title, (), **self.declared)
            case "score":
                return tree.Score(name, title, (), **self.declared)
            case "webhook":
                return tree.Webhook(name, title, (), **self.declared)
            case "store":
                return tree.Store(title or "", (), **self.declared)
            case "test":
                return tree.Test(title or "", name, (), **self.declared)
            case _:
                return tree.Properties(cast("Any", head.word), (), **self.declared)

    def misplaced(
        self, node: tree.Statement, code: str, message: str, hint: str
    ) -> tree.Unreadable:
        line = self.lines[node.span.start]
        head = self.places.span(line.start, line.end)
        self.findings[code, line.start] = (message, hint, head)
        end = None if node.span.end <= line.end else max(node.span.end, line.whole_end)
        return self.unreadable(line, end)

    # --- a flow ------------------------------------------------------------------------------

    def flow(
        self,
        _flow: Token,
        name: str,
        title: Token | None,
        _colon: Token,
        _indent: Token,
        chain: Chain,
        dangling: Dangling,
    ) -> tree.Flow:
        said = self.declared
        lines = flat(chain)
        begin_steps = first_step(lines)
        headers, steps = lines[:begin_steps], list(lines[begin_steps:])
        for n, line in enumerate(steps):
            if isinstance(line, HEADERS):
                steps[n] = self.misplaced(
                    line,
                    "header-after-step",
                    "This line describes the whole flow, but stands below its first step.",
                    "Move it up, above the first step.",
                )
        end = steps[-1].span.end if steps else said["span"].end
        begin = steps[0].span.start if steps else end
        block = tree.Block(tuple(steps), dangling, span=self.places.span(begin, end))
        if len(self.lines) > MAX_STEPS:  # a step takes a line at least
            self._count_steps(name, block)
        return tree.Flow(name, text_of(title), headers, block, **said)

    def _count_steps(self, flow: str, block: tree.Block) -> None:
        seen = 0
        waiting: list[Any] = [block]
        steps = tuple(kind for kind in get_args(tree.Step))
        while waiting:
            node = waiting.pop()
            if isinstance(node, steps):
                seen += 1
                if seen > MAX_STEPS:
                    line = self.lines[node.span.start]
                    self.findings["too-many-steps", self.begins] = (
                        f"The flow `{flow}` has more than {MAX_STEPS:,} steps.",
                        "Split it; one flow can go on with another by `start flow`.",
                        self.places.span(line.start, line.end),
                    )
                    return
            if isinstance(node, tuple):
                waiting.extend(reversed(node))
            elif isinstance(node, tree.Statement | tree.Block):
                waiting.extend(
                    reversed([getattr(node, part.name) for part in fields(node) if part.compare])
                )

    # --- the store ---------------------------------------------------------------------------

    def store(
        self, _store: Token, name: Token, _colon: Token, _in: Token, lines: Chain, out: Dangling
    ) -> tree.Store:
        return tree.Store(string(name), flat(lines), out, **self.declared)

    def timezone(self, _timezone: Token, name: Token, _end: Token) -> tree.Timezone:
        return tree.Timezone(string(name), **self.said)

    def currency(self, _currency: Token, code: Token, _end: Token) -> tree.Currency:
        return tree.Currency(code.text, **self.said)

    def language(self, _language: Token, code: Token, _end: Token) -> tree.Language:
        return tree.Language(string(code), **self.said)

    def limit(
        self,
        _limit: Token,
        count: Token,
        channel: str | None,
        _per: Token,
        every: Token | None,
        unit: str,
        _end: Token,
    ) -> tree.Limit:
        return tree.Limit(
            whole(count),
            cast("tree.Channel | None", channel),
            1 if every is None else whole(every),
            cast("tree.Unit", unit),
            **self.said,
        )

    def sender(
        self, _sender: Token, channel: str, address: Token, reply_to: str | None, _end: Token
    ) -> tree.Sender:
        return self._sender("", channel, address, reply_to)

    def named_sender(
        self,
        _sender: Token,
        name: str,
        channel: str,
        address: Token,
        reply_to: str | None,
        _end: Token,
    ) -> tree.Sender:
        return self._sender(name, channel, address, reply_to)

    def _sender(self, name: str, channel: str, address: Token, reply_to: str | None) -> tree.Sender:
        told = cast("tree.Channel", channel)
        return tree.Sender(told, string(address), name, reply_to or "", **self.said)

    def reply_to(self, _reply: Token, _to: Token, address: Token) -> str:
        return string(address)

    def warm_up(
        self,
        _warm: Token,
        _up: Token,
        _over: Token,
        over: tree.Duration,
        _from: Token,
        count: Token,
        _a: Token,
        _day: Token,
        _end: Token,
    ) -> tree.WarmUp:
        return tree.WarmUp(over, whole(count), **self.said)

    def staff(self, _staff: Token, name: str, address: Token, _end: Token) -> tree.Staff:
        return tree.Staff(name, string(address), **self.said)

    def topic(self, _topic: Token, name: str, title: Token, _end: Token) -> tree.Topic:
        return tree.Topic(name, string(title), **self.said)

    # --- properties and events -----------------------------------------------------------------

    def properties(
        self, subject: Token, _colon: Token, _indent: Token, lines: Chain, dangling: Dangling
    ) -> tree.Properties:
        return tree.Properties(cast("Any", subject.text), flat(lines), dangling, **self.declared)

    def property(self, name: Token, kind: str, _end: Token) -> tree.Property:
        return tree.Property(name.text, cast("tree.PropertyType", kind), **self.said)

    def event_alone(self, _event: Token, name: str, title: Token | None, _end: Token) -> tree.Event:
        return tree.Event(name, text_of(title), **self.declared)

    def event(
        self,
        _event: Token,
        name: str,
        title: Token | None,
        _colon: Token,
        _indent: Token,
        lines: Chain,
        dangling: Dangling,
    ) -> tree.Event:
        return tree.Event(name, text_of(title), flat(lines), dangling, **self.declared)

    # --- webhooks, scores, coupons, segments -----------------------------------------------------

    def webhook(
        self,
        _webhook: Token,
        name: str,
        title: Token | None,
        _colon: Token,
        _indent: Token,
        lines: Chain,
        dangling: Dangling,
    ) -> tree.Webhook:
        return tree.Webhook(name, text_of(title), flat(lines), dangling, **self.declared)

    def url(self, _url: Token, url: Token, _end: Token) -> tree.Url:
        return tree.Url(string(url), **self.said)

    def secret(self, _secret: Token, _from: Token, variable: Token, _end: Token) -> tree.Secret:
        return tree.Secret(variable.text, **self.said)

    def score(
        self,
        _score: Token,
        name: str,
        title: Token | None,
        _colon: Token,
        _indent: Token,
        lines: Chain,
        dangling: Dangling,
    ) -> tree.Score:
        return tree.Score(name, text_of(title), flat(lines), dangling, **self.declared)

    def score_rule(
        self, sign: Token, points: tree.Number, _on: Token, happening: tree.Happening, _end: Token
    ) -> tree.ScoreRule:
        value = -points.value if sign.text == "-" else points.value
        number = tree.Number(
            value, sign.text + points.raw, span=self.places.span(sign.start, points.span.end)
        )
        return tree.ScoreRule(number, happening, **self.said)

    def decay(
        self, _halves: Token, _every: Token, period: tree.Duration, _end: Token
    ) -> tree.Decay:
        return tree.Decay(period, **self.said)

    def coupon(
        self,
        _coupon: Token,
        name: str,
        title: Token | None,
        _colon: Token,
        _indent: Token,
        lines: Chain,
        dangling: Dangling,
    ) -> tree.Coupon:
        return tree.Coupon(name, text_of(title), flat(lines), dangling, **self.declared)

    def discount(
        self,
        amount: tree.Percent | tree.Number,
        _off: Token,
        _orders: Token | None,
        _over: Token | None,
        over: tree.Number | None,
        _end: Token,
    ) -> tree.Discount:
        return tree.Discount(amount, over, **self.said)

    def free_shipping(self, _free: Token, _shipping: Token, _end: Token) -> tree.FreeShipping:
        return tree.FreeShipping(**self.said)

    def valid_for(
        self, _valid: Token, _for: Token, duration: tree.Duration, _end: Token
    ) -> tree.ValidFor:
        return tree.ValidFor(duration, **self.said)

    def code_pattern(self, _code: Token, pattern: Token, _end: Token) -> tree.CodePattern:
        return tree.CodePattern(string(pattern), **self.said)

    def segment(
        self, _segment: Token, name: str, title: Token | None, block: tree.ConditionBlock
    ) -> tree.Segment:
        return tree.Segment(name, text_of(title), block, **self.declared)

    def declarations(self, chain: Chain) -> Chain:
        return chain

    def start(self, chain: Chain) -> Chain:
        return chain
