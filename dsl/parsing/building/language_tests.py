"""The lines of a `test`."""

from __future__ import annotations

from typing import Any, cast

from dsl import tree
from dsl.parsing.building.branches import Branches
from dsl.parsing.building.values import Chain, flat, string, text_of
from dsl.parsing.lexer import Token

Arguments = tuple[tree.Argument, ...]


class Tests(Branches):
    def test(
        self,
        _test: Token,
        title: Token,
        _for: Token,
        flow: Token,
        _colon: Token,
        _indent: Token,
        lines: Chain,
        dangling: tuple[str, ...],
    ) -> tree.Test:
        return tree.Test(string(title), flow.text, flat(lines), dangling, **self.declared)

    def start_at(self, _start: Token, _at: Token, moment: Any, _end: Token) -> tree.StartAt:
        return tree.StartAt(moment, **self.said)

    def given_customer(
        self, _given: Token, _customer: Token, arguments: Arguments, _end: Token
    ) -> tree.GivenCustomer:
        return tree.GivenCustomer(arguments, **self.said)

    def given_product(
        self, _given: Token, _product: Token, name: Token, arguments: Arguments, _end: Token
    ) -> tree.GivenProduct:
        return tree.GivenProduct(string(name), arguments, **self.said)

    def given_arm(
        self, _given: Token, _arm: Token, arm: Token, _of: Token, experiment: Token, _end: Token
    ) -> tree.GivenArm:
        return tree.GivenArm(arm.text, experiment.text, **self.said)

    def given_chosen(
        self, _given: Token, _chosen: Token, arm: Token, _of: Token, experiment: Token, _end: Token
    ) -> tree.GivenChosen:
        return tree.GivenChosen(arm.text, experiment.text, **self.said)

    def given_holdout(self, _given: Token, _holdout: Token, _end: Token) -> tree.GivenHoldout:
        return tree.GivenHoldout(**self.said)

    def given_past(
        self, _given: Token, ago: tree.Duration, _ago: Token, play: tree.Happened, _end: Token
    ) -> tree.GivenPast:
        return tree.GivenPast(ago, play, **self.said)

    def play_at(self, when: tree.When, play: tree.Play, _end: Token) -> tree.PlayAt:
        return tree.PlayAt(when, play, **self.said)

    def after(self, _after: Token, duration: tree.Duration) -> tree.After:
        return tree.After(duration, span=self.here)

    def at(self, _at: Token, moment: Any) -> tree.At:
        return tree.At(moment, span=self.here)

    def event_play(
        self, event: Token, of: str | None, arguments: Arguments | None
    ) -> tree.EventPlay:
        return tree.EventPlay(event.text, arguments or (), of, span=self.here)

    def product_play(self, _product: Token, name: Token, arguments: Arguments) -> tree.ProductPlay:
        return tree.ProductPlay(string(name), arguments, span=self.here)

    def customer_play(
        self, _set: Token, _customer: Token, arguments: Arguments
    ) -> tree.CustomerPlay:
        return tree.CustomerPlay(arguments, span=self.here)

    def start_play(self, _start: Token, _flow: Token, name: Token) -> tree.StartPlay:
        return tree.StartPlay(name.text, span=self.here)

    def of_name(self, _of: Token, name: Token) -> str:
        return name.text

    def run_for(
        self, _run: Token, _for: Token, duration: tree.Duration, _end: Token
    ) -> tree.RunFor:
        return tree.RunFor(duration, **self.said)

    def expect_nothing(
        self, _expect: Token, _no: Token, channel: str | None, _end: Token
    ) -> tree.ExpectNothing:
        return tree.ExpectNothing(cast("tree.Channel | None", channel), **self.said)

    def expect_message(
        self, _expect: Token, channel: str, name: Token, when: tree.When | None, _end: Token
    ) -> tree.ExpectMessage:
        return tree.ExpectMessage(cast("tree.Channel", channel), name.text, when, **self.said)

    def expect_other(
        self, _expect: Token, kind: Token, name: Token, _end: Token
    ) -> tree.ExpectOther:
        return tree.ExpectOther(cast("Any", kind.text), name.text, **self.said)

    def expect_no_other(
        self, _expect: Token, _no: Token, kind: Token, name: Token | None, _end: Token
    ) -> tree.ExpectNoOther:
        named = None if name is None else name.text
        return tree.ExpectNoOther(cast("Any", kind.text), named, **self.said)

    def expect_no_exit(
        self, _expect: Token, _no: Token, _exit: Token, _end: Token
    ) -> tree.ExpectNoExit:
        return tree.ExpectNoExit(**self.said)

    def exit_by(self, _by: Token, name: Token) -> str:
        return name.text

    def expect_exit(
        self,
        _expect: Token,
        _exit: Token,
        by: str | None,
        reason: Token | None,
        when: tree.When | None,
        _end: Token,
    ) -> tree.ExpectExit:
        return tree.ExpectExit(by, text_of(reason), when, **self.said)

    def expect_goal(
        self, _expect: Token, _goal: Token, outcome: Token, _end: Token
    ) -> tree.ExpectGoal:
        return tree.ExpectGoal(cast("Any", outcome.text), **self.said)

    def expect_tag(
        self, _expect: Token, no: Token | None, _tag: Token, tag: Token, _end: Token
    ) -> tree.ExpectTag:
        return tree.ExpectTag(string(tag), no is not None, **self.said)

    def expect_coupon(
        self, _expect: Token, no: Token | None, _coupon: Token, name: Token, _end: Token
    ) -> tree.ExpectCoupon:
        return tree.ExpectCoupon(name.text, no is not None, **self.said)

    def expect_track(
        self,
        _expect: Token,
        no: Token | None,
        _track: Token,
        name: Token,
        arguments: Arguments | None,
        _end: Token,
    ) -> tree.ExpectTrack:
        return tree.ExpectTrack(name.text, arguments or (), no is not None, **self.said)

    def expect_condition(
        self, _expect: Token, condition: tree.Condition, _end: Token
    ) -> tree.ExpectCondition:
        return tree.ExpectCondition(condition, **self.said)
