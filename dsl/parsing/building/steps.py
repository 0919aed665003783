"""The steps of a flow."""

from __future__ import annotations

from typing import Any, cast

from dsl import tree
from dsl.parsing.building.conditions import subscription
from dsl.parsing.building.happenings import Headers
from dsl.parsing.building.values import Chain, flat, string, text_of, whole
from dsl.parsing.lexer import Refused, Token

Dangling = tuple[str, ...]


class Steps(Headers):
    """Statements that cannot stay where they stand become unreadable; `misplaced` says why."""

    def misplaced(
        self, node: tree.Statement, code: str, message: str, hint: str
    ) -> tree.Unreadable:
        raise NotImplementedError

    # --- parts ---------------------------------------------------------------------------

    def label(self, _as: Token, name: str) -> str:
        return name

    def block(self, _colon: Token, _indent: Token, chain: Chain, dangling: Dangling) -> tree.Block:
        return self.steps_below(chain, dangling)

    def steps_below(self, chain: Chain, dangling: Dangling) -> tree.Block:
        steps = flat(chain)
        span = self.places.span(steps[0].span.start, steps[-1].span.end)
        return tree.Block(steps, dangling, span=span)

    def argument(self, name: Token, _colon: Token, value: tree.Value) -> tree.Argument:
        return tree.Argument(name.text, value, span=self.here)

    def no_arguments(self, _open: Token, _close: Token) -> tuple[tree.Argument, ...]:
        return ()

    def arguments(
        self, _open: Token, chain: Chain, _comma: Token | None, _close: Token
    ) -> tuple[tree.Argument, ...]:
        return flat(chain)

    # --- what a customer gets ---------------------------------------------------------------

    def send(
        self, _send: Token, channels: Chain, message: Token, label: str | None, _end: Token
    ) -> tree.Send:
        return tree.Send(flat(channels), message.text, label=label, **self.said)

    def send_with_options(
        self,
        _send: Token,
        channels: Chain,
        message: Token,
        label: str | None,
        _colon: Token,
        _indent: Token,
        options: Chain,
        dangling: Dangling,
    ) -> tree.Send:
        return tree.Send(
            flat(channels), message.text, flat(options), dangling, label=label, **self.said
        )

    def subject(self, _subject: Token, text: Token, _end: Token) -> tree.Subject:
        return tree.Subject(string(text), **self.said)

    def products(
        self,
        _products: Token,
        most: Token,
        strategy: tree.Strategy,
        where: tree.Condition | None,
        filling: tree.Strategy | None,
        _end: Token,
    ) -> tree.Products:
        return tree.Products(whole(most), strategy, None, where, filling, **self.said)

    def products_between(
        self,
        _products: Token,
        least: Token,
        _to: Token,
        most: Token,
        strategy: tree.Strategy,
        where: tree.Condition | None,
        filling: tree.Strategy | None,
        _end: Token,
    ) -> tree.Products:
        return tree.Products(whole(most), strategy, whole(least), where, filling, **self.said)

    def filling(self, _else: Token, strategy: tree.Strategy) -> tree.Strategy:
        return strategy

    def to(self, _to: Token, address: Token, _end: Token) -> tree.To:
        return tree.To(string(address), **self.said)

    def over_limits_wait(
        self,
        _over: Token,
        _limits: Token,
        _wait: Token,
        _up: Token,
        _to: Token,
        duration: tree.Duration,
        _end: Token,
    ) -> tree.OverLimits:
        return tree.OverLimits(duration, **self.said)

    def over_limits_anyway(
        self, _over: Token, _limits: Token, _send: Token, _anyway: Token, _end: Token
    ) -> tree.OverLimits:
        return tree.OverLimits(None, **self.said)

    def bought_with(self, _bought: Token, _with: Token, what: Token) -> tree.Strategy:
        return tree.Strategy("bought with", what.text, span=self.here)

    def bought_with_this(self, *_words: Token) -> tree.Strategy:
        return tree.Strategy("bought with", "this product", span=self.here)

    def similar_to(self, _similar: Token, _to: Token, what: Token) -> tree.Strategy:
        return tree.Strategy("similar to", what.text, span=self.here)

    def similar_to_this(self, *_words: Token) -> tree.Strategy:
        return tree.Strategy("similar to", "this product", span=self.here)

    def from_search(self, *_words: Token) -> tree.Strategy:
        return tree.Strategy("from search", span=self.here)

    def bestsellers(self, *_words: Token) -> tree.Strategy:
        return tree.Strategy("bestsellers", span=self.here)

    def recently_viewed(self, *_words: Token) -> tree.Strategy:
        return tree.Strategy("recently viewed", span=self.here)

    def for_customer(self, *_words: Token) -> tree.Strategy:
        return tree.Strategy("for customer", span=self.here)

    def dearer_than(self, _dearer: Token, _than: Token, what: Token) -> tree.Strategy:
        return tree.Strategy("dearer than", what.text, span=self.here)

    def dearer_than_this(self, *_words: Token) -> tree.Strategy:
        return tree.Strategy("dearer than", "this product", span=self.here)

    def new_in_last(
        self, _new: Token, _in: Token, _last: Token, period: tree.Duration
    ) -> tree.Strategy:
        return tree.Strategy("new in last", None, period, span=self.here)

    def place(self, _on: Token, where: Token) -> str:
        return string(where)

    def on_leaving(self, *_words: Token) -> dict[str, Any]:
        return {"appears": "on leaving"}

    def after_seconds(self, _after: Token, count: Token, _seconds: Token) -> dict[str, Any]:
        return {"appears": "after seconds", "amount": whole(count)}

    def after_pages(self, _after: Token, count: Token, _pages: Token) -> dict[str, Any]:
        return {"appears": "after pages", "amount": whole(count)}

    def after_scrolling(
        self, _after: Token, _scrolling: Token, part: tree.Percent
    ) -> dict[str, Any]:
        if part.value % 1:
            raise Refused(
                "no-whole-percent",
                "How far a page is scrolled is told in whole percent.",
                f"Write for example `{round(part.value)}%`.",
                part.span.start,
                part.span.end,
            )
        return {"appears": "after scrolling", "amount": int(part.value)}

    def lasting(self, _for: Token, duration: tree.Duration) -> tree.Duration:
        return duration

    def show(
        self,
        _show: Token,
        surface: Token,
        message: Token,
        where: str | None,
        appearing: dict[str, Any] | None,
        duration: tree.Duration | None,
        label: str | None,
        _end: Token,
    ) -> tree.Show:
        return tree.Show(
            cast("Any", surface.text),
            message.text,
            where,
            duration=duration,
            label=label,
            **(appearing or {}),
            **self.said,
        )

    def notify(
        self,
        _notify: Token,
        staff: Token,
        _with: Token,
        message: Token,
        label: str | None,
        _end: Token,
    ) -> tree.Notify:
        return tree.Notify(staff.text, message.text, label=label, **self.said)

    def give_coupon(
        self, _give: Token, _coupon: Token, name: Token, label: str | None, _end: Token
    ) -> tree.GiveCoupon:
        return tree.GiveCoupon(name.text, label=label, **self.said)

    # --- what is remembered or told to others -------------------------------------------------

    def call(
        self, _call: Token, webhook: Token, arguments: Any, label: str | None, _end: Token
    ) -> tree.Call:
        return tree.Call(webhook.text, arguments or (), label=label, **self.said)

    def set_property(
        self,
        _set: Token,
        path: tree.Path,
        _to: Token,
        value: tree.Value,
        label: str | None,
        _end: Token,
    ) -> tree.SetProperty:
        return tree.SetProperty(path, value, label=label, **self.said)

    def clear_property(
        self, _clear: Token, path: tree.Path, label: str | None, _end: Token
    ) -> tree.ClearProperty:
        return tree.ClearProperty(path, label=label, **self.said)

    def add_tag(
        self, _add: Token, _tag: Token, tag: Token, label: str | None, _end: Token
    ) -> tree.AddTag:
        return tree.AddTag(string(tag), label=label, **self.said)

    def remove_tag(
        self, _remove: Token, _tag: Token, tag: Token, label: str | None, _end: Token
    ) -> tree.RemoveTag:
        return tree.RemoveTag(string(tag), label=label, **self.said)

    def add_score(
        self,
        _add: Token,
        points: tree.Number,
        _to: Token,
        _score: Token,
        name: Token,
        label: str | None,
        _end: Token,
    ) -> tree.AddScore:
        return tree.AddScore(points, name.text, label=label, **self.said)

    def subscribe(
        self,
        _subscribe: Token,
        _customer: Token,
        _to: Token,
        what: str | Token,
        label: str | None,
        _end: Token,
    ) -> tree.Subscribe:
        return tree.Subscribe(subscription(what), label=label, **self.said)

    def unsubscribe(
        self,
        _unsubscribe: Token,
        _customer: Token,
        _from: Token,
        what: str | Token,
        label: str | None,
        _end: Token,
    ) -> tree.Unsubscribe:
        return tree.Unsubscribe(subscription(what), label=label, **self.said)

    def other_customer(self, _for: Token, _customer: Token, path: tree.Path) -> tree.Path:
        return path

    def track(
        self,
        _track: Token,
        event: Token,
        arguments: Any,
        customer: tree.Path | None,
        label: str | None,
        _end: Token,
    ) -> tree.Track:
        return tree.Track(event.text, arguments or (), customer, label=label, **self.said)

    # --- where a run goes next ----------------------------------------------------------------

    def start_flow(
        self, _start: Token, _flow: Token, name: Token, label: str | None, _end: Token
    ) -> tree.StartFlow:
        return tree.StartFlow(name.text, label=label, **self.said)

    def stop_flow(
        self, _stop: Token, _flow: Token, name: Token, label: str | None, _end: Token
    ) -> tree.StopFlow:
        return tree.StopFlow(name.text, label=label, **self.said)

    def up_to(self, _up: Token, _to: Token, times: Token, _times: str) -> int:
        return whole(times)

    def go_to(
        self,
        _go: Token,
        _to: Token,
        target: Token,
        times: int | None,
        label: str | None,
        _end: Token,
    ) -> tree.GoTo:
        return tree.GoTo(target.text, times, label=label, **self.said)

    def go_on(self, _go: Token, _on: Token, _end: Token) -> tree.GoOn:
        return tree.GoOn(**self.said)

    def exit(self, _exit: Token, reason: Token | None, label: str | None, _end: Token) -> tree.Exit:
        return tree.Exit(text_of(reason), label=label, **self.said)
