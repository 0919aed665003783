"""Steps with several ways out: waits, if, switch, experiments, loops."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from dsl import tree
from dsl.parsing.building.steps import Dangling, Steps
from dsl.parsing.building.values import Chain, flat, text_of, whole
from dsl.parsing.lexer import Token


class Branches(Steps):
    # --- what a wait waits for ----------------------------------------------------------------

    def for_time(self, duration: tree.Duration) -> tree.ForTime:
        return tree.ForTime(duration, span=self.here)

    def at_most(self, _up: Token, _to: Token, duration: tree.Duration) -> tree.UpTo:
        return tree.UpTo(duration, span=self.here)

    def until_time(self, _until: Token, at: tree.TimeOfDay) -> tree.UntilTime:
        return tree.UntilTime(at, span=self.here)

    def until_weekday(
        self, _until: Token, weekday: str, _at: Token | None, at: tree.TimeOfDay
    ) -> tree.UntilWeekday:
        return tree.UntilWeekday(cast("tree.Weekday", weekday), at, span=self.here)

    def until_moment(
        self, _until: Token, moment: tree.Date | tree.DateTime, store_time: bool | None
    ) -> tree.UntilMoment:
        return tree.UntilMoment(moment, bool(store_time), span=self.here)

    def until_best_time(
        self, _until: Token, _best: Token, _time: Token, _within: Token, within: tree.Duration
    ) -> tree.UntilBestTime:
        return tree.UntilBestTime(within, span=self.here)

    def until_date(
        self, _until: Token, path: tree.Path, at: tree.TimeOfDay | None
    ) -> tree.UntilDate:
        return tree.UntilDate(path, None, at, span=self.here)

    def until_near_date(
        self, _until: Token, offset: tree.Offset, path: tree.Path, at: tree.TimeOfDay | None
    ) -> tree.UntilDate:
        return tree.UntilDate(path, offset, at, span=self.here)

    def at_clock(self, _at: Token, at: tree.TimeOfDay) -> tree.TimeOfDay:
        return at

    # --- waits --------------------------------------------------------------------------------

    def wait(self, _wait: Token, timing: tree.Timing, label: str | None, _end: Token) -> tree.Wait:
        return tree.Wait(timing, label=label, **self.said)

    def wait_for(
        self,
        _wait: Token,
        timing: tree.Timing,
        _for: Token,
        happenings: Chain,
        label: str | None,
        _end: Token,
    ) -> tree.Wait:
        return tree.Wait(timing, flat(happenings), label=label, **self.said)

    def wait_for_block(
        self,
        _wait: Token,
        timing: tree.Timing,
        _for: Token,
        happenings: Chain,
        label: str | None,
        block: tree.Block,
        otherwise: tree.Else | None,
    ) -> tree.Wait:
        return tree.Wait(
            timing, flat(happenings), block, otherwise=otherwise, label=label, **self.said
        )

    def wait_arms(
        self,
        _wait: Token,
        timing: tree.Timing,
        label: str | None,
        _colon: Token,
        _indent: Token,
        arms: Chain,
        dangling: Dangling,
    ) -> tree.Wait:
        taken, otherwise = self.split_else(arms)
        return tree.Wait(
            timing,
            arms=taken,
            otherwise=otherwise,
            dangling=dangling,
            label=label,
            **self.said,
        )

    def for_arm(self, _for: Token, happenings: Chain, block: tree.Block) -> tree.ForArm:
        return tree.ForArm(flat(happenings), block, **self.said)

    # --- branches -----------------------------------------------------------------------------

    def if_(
        self,
        _if: Token,
        condition: tree.Condition,
        label: str | None,
        block: tree.Block,
        others: Chain,
        otherwise: tree.Else | None,
    ) -> tree.If:
        return tree.If(condition, block, flat(others), otherwise, label=label, **self.said)

    def else_if(
        self, _else: Token, _if: Token, condition: tree.Condition, block: tree.Block
    ) -> tree.ElseIf:
        return tree.ElseIf(condition, block, **self.said)

    def otherwise(self, _else: Token, label: str | None, block: tree.Block) -> tree.Else:
        return tree.Else(block, label, **self.said)

    def split_else(self, chain: Chain) -> tuple[tuple[Any, ...], tree.Else | None]:
        """Arms, and the `else:` that closes them; an arm behind it cannot be reached."""
        lines = list(flat(chain))
        last = next((n for n, line in enumerate(lines) if isinstance(line, tree.Else)), None)
        if last is None:
            return tuple(lines), None
        otherwise = lines.pop(last)
        for n in range(last, len(lines)):
            if isinstance(lines[n], tree.Unreadable):
                continue
            again = isinstance(lines[n], tree.Else)
            lines[n] = self.misplaced(
                lines[n],
                "else-not-last",
                "There are two `else:` lines here." if again else "This stands below `else:`.",
                "Keep one of them." if again else "`else:` is the last arm: move it to the end.",
            )
        return tuple(lines), otherwise

    def switch(
        self,
        _switch: Token,
        path: tree.Path,
        label: str | None,
        _colon: Token,
        _indent: Token,
        cases: Chain,
        dangling: Dangling,
    ) -> tree.Switch:
        taken, otherwise = self.split_else(cases)
        return tree.Switch(path, taken, otherwise, dangling, label=label, **self.said)

    def case(self, _case: Token, values: Chain, block: tree.Block) -> tree.Case:
        return tree.Case(flat(values), block, **self.said)

    def experiment(
        self,
        _experiment: Token,
        name: str,
        title: Token | None,
        winner: tree.Winner | None,
        _colon: Token,
        _indent: Token,
        arms: Chain,
        dangling: Dangling,
    ) -> tree.Experiment:
        taken, otherwise = self.split_else(arms)
        return tree.Experiment(
            name, text_of(title), winner, taken, otherwise, dangling, **self.said
        )

    def chosen(
        self, _winner: Token, _by: Token, event: Token, _after: Token, after: tree.Duration
    ) -> tree.Winner:
        return tree.Winner(event.text, after, span=self.here)

    def arm(self, share: tree.Percent, label: str | None, block: tree.Block) -> tree.Arm:
        return tree.Arm(share, block, label, **self.said)

    # --- lines that cannot be read, and what stands below them ----------------------------------

    def unreadable_block(
        self,
        head: tree.UnreadableHead,
        _indent: Token,
        steps: Chain,
        dangling: Dangling,
        others: Chain,
        otherwise: tree.Else | None,
    ) -> tree.UnreadableHead:
        block = self.steps_below(steps, dangling)
        return replace(head, block=block, others=flat(others), otherwise=otherwise, span=self.here)

    def unreadable_arm(
        self, head: tree.UnreadableHead, _indent: Token, steps: Chain, dangling: Dangling
    ) -> tree.UnreadableHead:
        return replace(head, block=self.steps_below(steps, dangling), span=self.here)

    def unreadable_arms(
        self, head: tree.UnreadableHead, _indent: Token, arms: Chain, dangling: Dangling
    ) -> tree.UnreadableHead:
        taken, otherwise = self.split_else(arms)
        return replace(head, arms=taken, otherwise=otherwise, dangling=dangling, span=self.here)

    def unreadable_alone(
        self, head: tree.UnreadableHead, others: Chain, otherwise: tree.Else | None
    ) -> tree.UnreadableHead:
        return replace(head, others=flat(others), otherwise=otherwise, span=self.here)

    def repeat(
        self, _repeat: Token, times: Token, _times: str, label: str | None, block: tree.Block
    ) -> tree.Repeat:
        return tree.Repeat(whole(times), block, label=label, **self.said)
