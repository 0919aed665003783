"""Tests of a flow speak of what the flow can do, and something happens in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time

from dsl import tree
from dsl.checks.problem import Problem, did_you_mean, head, word
from dsl.checks.reach import Reach, reach_of
from dsl.diagnostics import Related
from dsl.names.scopes import Scope

_BY_CALENDAR = tree.OnSchedule | tree.OnAnniversary | tree.OnDate | tree.Once


def unknown_in_test(node: tree.Test, scope: Scope) -> Iterator[Problem]:
    """What a test expects and plays can come of its flow, or of one that this flow starts."""
    names = scope.names
    if node.flow not in names.flows:
        return
    reach = reach_of(node.flow, names)
    if reach.unknown:
        return
    given = {tag for line in node.lines for tag in _given_tags(line)}
    others = {"notify": reach.notifies, "call": reach.calls, "show": reach.shows}
    for line in node.lines:
        match line:
            case tree.ExpectMessage():
                yield from _message(line, node, reach, scope)
            case tree.ExpectOther() if line.name not in others[line.kind]:
                yield Problem(
                    "unknown-expectation",
                    word(line, scope.text, line.name, line.kind),
                    f"Flow `{node.flow}` has no step `{line.kind}` with `{line.name}`.",
                    did_you_mean(line.name, others[line.kind]),
                )
            case tree.ExpectNoOther(name=str(name)) if name not in others[line.kind]:
                yield Problem(
                    "unknown-expectation",
                    word(line, scope.text, name, line.kind),
                    f"Flow `{node.flow}` has no step `{line.kind}` with `{name}`.",
                    did_you_mean(name, others[line.kind], f"`expect no {line.kind}` means none."),
                )
            case tree.ExpectCoupon() if line.coupon not in reach.coupons:
                yield Problem(
                    "unknown-expectation",
                    word(line, scope.text, line.coupon, "coupon"),
                    f"Flow `{node.flow}` never gives the coupon `{line.coupon}`.",
                    did_you_mean(line.coupon, reach.coupons),
                )
            case tree.ExpectTrack() if line.event not in reach.tracks:
                yield Problem(
                    "unknown-expectation",
                    word(line, scope.text, line.event, "track"),
                    f"Flow `{node.flow}` never tracks `{line.event}`.",
                    did_you_mean(line.event, reach.tracks),
                )
            case tree.ExpectTag() if line.tag not in reach.tags | given:
                yield Problem(
                    "unknown-expectation",
                    word(line, scope.text, f'"{line.tag}"', "tag"),
                    f'Flow `{node.flow}` never adds the tag "{line.tag}".',
                    did_you_mean(line.tag, reach.tags | given),
                )
            case tree.PlayAt(play=tree.StartPlay() as play):
                yield from _start(play, node, scope)
            case tree.GivenArm():
                yield from _arm(line, reach, scope)
            case tree.GivenChosen():
                yield from _chosen(line, reach, scope)
            case tree.ExpectExit():
                yield from _exit(line, reach, scope)
            case tree.ExpectGoal():
                yield from _goal(line, node, scope)
            case tree.GivenHoldout():
                yield from _holdout(line, node, scope)
            case (
                tree.PlayAt(play=tree.EventPlay() as play)
                | tree.GivenPast(play=tree.EventPlay() as play)
            ):
                yield from _play(play, node, reach, scope)
            case _:
                pass


def _start(play: tree.StartPlay, node: tree.Test, scope: Scope) -> Iterator[Problem]:
    """A test starts its own flow, and only where that can be done by hand."""
    if play.flow != node.flow:
        yield Problem(
            "unknown-flow",
            word(play, scope.text, play.flow, "flow"),
            f"This test is for `{node.flow}`, and starts no other flow.",
            f"Write `start flow {node.flow}`.",
        )
        return
    headers = scope.names.flows[node.flow].headers
    triggers = [one.trigger for one in headers if isinstance(one, tree.Enter)]
    if not any(isinstance(one, tree.Manually) for one in triggers):
        yield Problem(
            "not-manual",
            word(play, scope.text, play.flow, "flow"),
            f"Flow `{node.flow}` is not entered by hand.",
            "Add `enter manually` to it, or play what enters it.",
        )


def _given_tags(line: tree.TestLine) -> Iterator[str]:
    if isinstance(line, tree.GivenCustomer):
        for one in line.arguments:
            if one.name == "tags":
                items = one.value.items if isinstance(one.value, tree.ListOf) else (one.value,)
                yield from (item.value for item in items if isinstance(item, tree.Text))


def _play(play: tree.EventPlay, node: tree.Test, reach: Reach, scope: Scope) -> Iterator[Problem]:
    known = {*reach.messages, *reach.labels}
    if play.of is not None and play.of not in known:
        yield Problem(
            "unknown-label",
            word(play, scope.text, play.of, "of"),
            f"Flow `{node.flow}` has no step and no message called `{play.of}`.",
            did_you_mean(play.of, known),
        )


def _message(
    line: tree.ExpectMessage, node: tree.Test, reach: Reach, scope: Scope
) -> Iterator[Problem]:
    channels = reach.sends.get(line.message)
    if channels is None:
        yield Problem(
            "unknown-expectation",
            word(line, scope.text, line.message, line.channel),
            f"Flow `{node.flow}` sends no message `{line.message}`.",
            did_you_mean(
                line.message,
                reach.sends,
                "A test runs its flow and the flows that this one starts, nothing else.",
            ),
        )
    elif line.channel not in channels:
        yield Problem(
            "unknown-expectation",
            word(line, scope.text, line.channel, "expect"),
            f"Flow `{node.flow}` never sends `{line.message}` by {line.channel}.",
            f"It is sent by {' or '.join(sorted(channels))}.",
        )


def _arm(line: tree.GivenArm, reach: Reach, scope: Scope) -> Iterator[Problem]:
    if line.experiment not in reach.arms:
        yield Problem(
            "unknown-experiment",
            word(line, scope.text, line.experiment, "of"),
            f"There is no experiment `{line.experiment}`.",
            did_you_mean(line.experiment, reach.arms),
        )
    elif line.arm not in reach.arms[line.experiment]:
        yield Problem(
            "unknown-experiment",
            word(line, scope.text, line.arm, "arm"),
            f"Experiment `{line.experiment}` has no arm `{line.arm}`.",
            did_you_mean(line.arm, reach.arms[line.experiment]),
        )


def _chosen(line: tree.GivenChosen, reach: Reach, scope: Scope) -> Iterator[Problem]:
    if line.experiment not in reach.chosen:
        yield Problem(
            "unknown-experiment",
            word(line, scope.text, line.experiment, "of"),
            f"There is no experiment `{line.experiment}` of which an arm is chosen."
            if line.experiment in reach.arms
            else f"There is no experiment `{line.experiment}`.",
            did_you_mean(line.experiment, reach.chosen)
            or "An experiment with `winner by .. after ..` chooses one.",
        )
    elif line.arm not in reach.chosen[line.experiment]:
        yield Problem(
            "unknown-experiment",
            word(line, scope.text, line.arm, "chosen"),
            f"Experiment `{line.experiment}` has no arm `{line.arm}`.",
            did_you_mean(line.arm, reach.chosen[line.experiment]),
        )


def _exit(line: tree.ExpectExit, reach: Reach, scope: Scope) -> Iterator[Problem]:
    if line.by is not None and line.by not in scope.names.events:
        yield Problem(
            "unknown-event",
            word(line, scope.text, line.by, "by"),
            f"There is no event `{line.by}`.",
            did_you_mean(line.by, scope.names.events),
        )
    if line.reason is not None and line.reason not in reach.reasons:
        hint = did_you_mean(line.reason, reach.reasons)
        if hint.startswith("Did"):  # the engine has reasons of its own, too
            yield Problem(
                "unknown-expectation",
                word(line, scope.text, f'"{line.reason}"'),
                f'No `exit` has the reason "{line.reason}".',
                hint.replace("`", '"'),
            )


def _goal(line: tree.ExpectGoal, test: tree.Test, scope: Scope) -> Iterator[Problem]:
    headers = scope.names.flows[test.flow].headers
    if not any(isinstance(one, tree.Goal | tree.Unreadable) for one in headers):
        yield Problem(
            "no-goal",
            head(line, scope.text),
            f"Flow `{test.flow}` has no goal.",
            "Add a line such as `goal purchase within 7 days` to the flow.",
        )


def _holdout(line: tree.GivenHoldout, test: tree.Test, scope: Scope) -> Iterator[Problem]:
    """Whoever is held out in a test can be held out by a server, too."""
    headers = scope.names.flows[test.flow].headers
    if not any(isinstance(one, tree.Holdout | tree.Unreadable) for one in headers):
        yield Problem(
            "no-holdout",
            head(line, scope.text),
            f"Flow `{test.flow}` holds nobody out, so a server never does what this test sees.",
            "Add a line such as `holdout 10%` to the flow, or leave `given holdout` out.",
            "warning",
        )


# --- time ------------------------------------------------------------------------------------


def nothing_happens(node: tree.Test, scope: Scope) -> Iterator[Problem]:
    """Somebody can enter the flow in a test; else all that it says holds for want of a run."""
    flow = scope.names.flows.get(node.flow)
    lines = node.lines
    if flow is None or any(isinstance(one, tree.Unreadable) for one in (*flow.headers, *lines)):
        return
    if any(isinstance(one, tree.RunFor) for one in lines):
        return
    plays = [one.play for one in lines if isinstance(one, tree.PlayAt)]
    triggers = [one.trigger for one in flow.headers if isinstance(one, tree.Enter)]
    events = any(isinstance(one, tree.OnHappening) for one in triggers)
    if triggers and all(isinstance(one, _BY_CALENDAR) for one in triggers):
        sentence = f"Flow `{node.flow}` is entered by the calendar, and no time passes here."
        hint = "Add a line such as `run for 2 days`, so that its moment comes."
    elif not plays:
        sentence = "Nothing happens in this test, so nobody enters the flow."
        hint = "Play what enters it, with a line such as `after 0 minutes ..`, or `run for 2 days`."
    elif not events and not any(isinstance(one, tree.StartPlay) for one in plays):
        sentence = f"Nothing that is played here enters flow `{node.flow}`."
        hint = f"Write `after 0 minutes start flow {node.flow}`."
    elif all(isinstance(one, tree.CustomerPlay) for one in plays) and not (
        _joins(triggers) or any(isinstance(one, tree.GivenPast) for one in lines)
    ):
        sentence = f"What the customer is set to enters nobody into flow `{node.flow}`."
        hint = "Play what enters it as well, with a line such as `after 0 minutes ..`."
    else:
        return
    yield Problem("nothing-happens", word(node, scope.text, node.flow, "for"), sentence, hint)


def _joins(triggers: list[tree.Trigger]) -> bool:
    """Whether a flow is entered by who somebody is."""
    return any(
        isinstance(one, tree.SegmentMove)
        for trigger in triggers
        if isinstance(trigger, tree.OnHappening)
        for one in trigger.happenings
    )


def before_start(node: tree.Test, _scope: Scope) -> Iterator[Problem]:
    """A test plays nothing before it starts."""
    if any(isinstance(one, tree.Unreadable) for one in node.lines):
        return
    start = next((one for one in node.lines if isinstance(one, tree.StartAt)), None)
    begins = tree.TEST_START if start is None else _local(start.moment)
    for line in node.lines:
        if not isinstance(line, tree.PlayAt) or not isinstance(line.when, tree.At):
            continue
        if _local(line.when.moment) < begins:
            yield Problem(
                "before-start",
                line.when.moment.span,
                f"This is before the test starts, which is at {begins:%Y-%m-%d %H:%M}.",
                f"Let it `start at {_local(line.when.moment):%Y-%m-%d %H:%M}`, or tell the past "
                "with `given 3 days ago ..`."
                if start is None
                else "Start the test earlier, or tell the past with `given 3 days ago ..`.",
            )


def _local(moment: tree.Date | tree.DateTime) -> datetime:
    value = moment.value
    return value if isinstance(value, datetime) else datetime.combine(value, time())


def contradiction(node: tree.Test, scope: Scope) -> Iterator[Problem]:
    """A test does not expect something and its absence."""
    if any(isinstance(one, tree.Unreadable) for one in node.lines):
        return
    none = {key: one for one in node.lines if (key := _unwanted(one)) is not None}
    for line in node.lines:
        against = next((none[key] for key in _wanted(line) if key in none), None)
        if against is not None:
            message = isinstance(line, tree.ExpectMessage)
            yield Problem(
                "contradiction",
                head(line, scope.text),
                f"This {'message ' if message else ''}is expected, and another line expects none.",
                "Remove one of the two; all that comes must be expected anyway."
                if message
                else "Remove one of the two.",
                related=(Related("The other line.", scope.file, head(against, scope.text)),),
            )


_Key = tuple[str, str | None]


def _unwanted(line: tree.TestLine) -> _Key | None:
    """What a line expects not to happen; the name is None where nothing of its kind shall."""
    match line:
        case tree.ExpectNothing():
            return "message", line.channel
        case tree.ExpectNoOther():
            return line.kind, line.name
        case tree.ExpectNoExit():
            return "exit", None
        case tree.ExpectTag(none=True):
            return "tag", line.tag
        case tree.ExpectCoupon(none=True):
            return "coupon", line.coupon
        case tree.ExpectTrack(none=True, arguments=()):
            return "track", line.event
        case _:
            return None


def _wanted(line: tree.TestLine) -> tuple[_Key, ...]:
    """What another line must not expect to be absent."""
    match line:
        case tree.ExpectMessage():
            return ("message", line.channel), ("message", None)
        case tree.ExpectOther():
            return (line.kind, line.name), (line.kind, None)
        case tree.ExpectExit():
            return (("exit", None),)
        case tree.ExpectTag(none=False):
            return (("tag", line.tag),)
        case tree.ExpectCoupon(none=False):
            return (("coupon", line.coupon),)
        case tree.ExpectTrack(none=False):
            return (("track", line.event),)
        case _:
            return ()
