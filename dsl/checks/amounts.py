"""Times, counts, shares and dates lie within what is possible."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from dsl import tree
from dsl.checks.problem import Problem, head, word
from dsl.names.scopes import Scope

MAX_TIMES = 10_000
_LONGEST_WARM_UP = 365
_DAYS_OF_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def impossible_duration(node: tree.Duration, scope: Scope) -> Iterator[Problem]:
    """A length of time is more than nothing (a test may play something `after 0 minutes`)."""
    if not isinstance(node.amount, tree.Number):
        return
    value = node.amount.value
    if value > 0:
        return
    if value == 0:
        if isinstance(scope.statement, tree.PlayAt | tree.ExpectMessage | tree.ExpectExit):
            return
        if scope.calculated or _of_offset(node, scope.statement):
            return
        yield Problem(
            "zero-duration",
            node.span,
            f"`{node.amount.raw or 0} {node.unit}s` is no time at all.",
            "Write at least `1 minute`, or leave it out.",
        )
        return
    if scope.calculated:
        return
    yield Problem(
        "negative-duration",
        node.span,
        "A length of time cannot be negative.",
        "Leave out the `-`.",
    )


def _of_offset(duration: tree.Duration, statement: tree.Node | None) -> bool:
    """`0 days before` a date is that day itself."""
    match statement:
        case tree.Enter(trigger=tree.OnDate() | tree.OnAnniversary() as dated):
            offset = dated.offset
        case tree.Wait(timing=tree.UntilDate() as dated):
            offset = dated.offset
        case _:
            return False
    return offset is not None and offset.duration is duration


def computed_duration(
    node: tree.ReEnter | tree.Goal | tree.Show | tree.ValidFor | tree.Decay | tree.RunFor
    | tree.GivenPast | tree.Offset | tree.History | tree.UntilBestTime | tree.After
    | tree.OverLimits | tree.Strategy,
    _scope: Scope,
) -> Iterator[Problem]:  # fmt: skip
    """Only waits and conditions calculate a length of time; elsewhere it is written down."""
    duration: tree.Duration | None
    match node:
        case tree.ReEnter(rule=rule):
            duration = rule if isinstance(rule, tree.Duration) else None
        case tree.Goal() | tree.UntilBestTime():
            duration = node.within
        case tree.History() | tree.Decay() | tree.Strategy():
            duration = node.period
        case tree.GivenPast():
            duration = node.ago
        case _:
            duration = node.duration
    if duration is not None and not isinstance(duration.amount, tree.Number):
        yield Problem(
            "computed-duration",
            duration.span,
            "This length of time cannot be calculated.",
            "Write a number, such as `7 days`; only `wait (..) days` calculates.",
        )


def impossible_times(
    node: tree.Repeat | tree.GoTo | tree.History, scope: Scope
) -> Iterator[Problem]:
    """Loops run at least once and not for ever."""
    times = node.times
    if times is None:
        return
    if times == 0 and not (isinstance(node, tree.History) and node.bound != "at least"):
        yield Problem(
            "zero-times",
            word(node, scope.text, "0"),
            "`at least 0 times` always holds."
            if isinstance(node, tree.History)
            else "0 times means never.",
            "Write at least 1, or remove it.",
        )
    elif times > MAX_TIMES and not isinstance(node, tree.History):
        yield Problem(
            "too-many-times",
            head(node, scope.text),
            f"{times} times is more than the {MAX_TIMES} that are possible.",
            "Write a smaller number.",
        )


_MOST_TO_APPEAR = {"after seconds": 3600, "after pages": 100, "after scrolling": 100}


def impossible_appearance(node: tree.Show, scope: Scope) -> Iterator[Problem]:
    """What is shown after so many seconds, pages or percent of a page comes to pass."""
    most = _MOST_TO_APPEAR.get(node.appears)
    if most is None or node.amount is None or 0 < node.amount <= most:
        return
    what = {"after seconds": " seconds", "after pages": " pages"}.get(node.appears, "%")
    yield Problem(
        "never-appears",
        word(node, scope.text, str(node.amount), "after"),
        f"`{node.amount}{what}` is no moment on a page."
        if node.amount == 0
        else f"Hardly anybody gets to {node.amount}{what}.",
        f"Write 1 to {most}{what}, or leave it out to show it at once.",
    )


def thousands(node: tree.Number, scope: Scope) -> Iterator[Problem]:
    """`1.000` is one, and many a reader takes it for a thousand."""
    if _GROUPED.fullmatch(node.raw) is None or _has_three_digits(scope):
        return
    whole = node.raw.replace(".", "")
    yield Problem(
        "thousands",
        node.span,
        f"`{node.raw}` is {node.value.normalize():f} here: the point stands before decimals.",
        f"Write `{whole}` for the larger number, `{node.value.normalize():f}` for the smaller one.",
    )


_GROUPED = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")
_THREE_DIGITS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))


def _has_three_digits(scope: Scope) -> bool:
    """Where an amount has three decimals, `1.500` is one and a half."""
    store = scope.names.store
    lines = () if store is None else store.lines
    return any(isinstance(one, tree.Currency) and one.code in _THREE_DIGITS for one in lines)


def impossible_share(
    node: tree.Holdout | tree.PriceDrop | tree.Discount, _scope: Scope
) -> Iterator[Problem]:
    """A share lies between nothing and everything."""
    share: tree.Value | None
    match node:
        case tree.Holdout():
            share, most = node.share, 100
        case tree.PriceDrop():
            share, most = node.by, 99
        case tree.Discount():
            share, most = node.amount, 100
    if isinstance(share, tree.Percent) and not 0 < share.value <= most:
        yield Problem(
            "impossible-share",
            share.span,
            f"{share.raw or share.value}% is not possible here.",
            f"Write more than 0% and at most {most}%.",
        )
    elif isinstance(share, tree.Number) and share.value <= 0:
        yield Problem(
            "impossible-share", share.span, "A discount takes something off.", "Write an amount."
        )


def experiment_shares(node: tree.Experiment, scope: Scope) -> Iterator[Problem]:
    """The arms of an experiment share at most 100 %, and each gets somebody."""
    total = 0
    labels: set[str] = set()
    for arm in node.arms:
        if not isinstance(arm, tree.Arm):
            return
        if arm.label is not None and arm.label in labels:
            yield Problem(
                "duplicate-label",
                word(arm, scope.text, arm.label, "as"),
                f"Two arms of this experiment are called `{arm.label}`.",
                "Give each its own name.",
            )
        if arm.label is not None:
            labels.add(arm.label)
        if arm.share.value <= 0:
            yield Problem(
                "impossible-share", arm.share.span, "Nobody gets into this arm.", "Give it a share."
            )
        before = total
        total += arm.share.value  # type: ignore[assignment]
        if before <= 100 < total:
            yield Problem(
                "experiment-over-100",
                arm.share.span,
                f"With this arm the experiment shares {total:f}% of the people.",
                "The arms may have at most 100% together.",
            )
    rest = node.otherwise
    if rest is not None and rest.label is not None and rest.label in labels:
        yield Problem(
            "duplicate-label",
            word(rest, scope.text, rest.label, "as"),
            f"Two arms of this experiment are called `{rest.label}`.",
            "Give each its own name.",
        )
    if node.otherwise is not None and total == 100:
        yield Problem(
            "arm-without-share",
            word(node.otherwise, scope.text, "else"),
            "The arms above have 100% already, so nobody comes here.",
            "Remove the arm, or leave it a share.",
        )


def impossible_day(node: tree.Recurrence, scope: Scope) -> Iterator[Problem]:
    """A schedule falls on days that exist."""
    if node.kind == "month" and node.day is not None and not 1 <= node.day <= 31:
        yield Problem(
            "impossible-date",
            word(node, scope.text, str(node.day), "day"),
            f"No month has a day {node.day}.",
            "Write 1 to 31; in shorter months 31 is the last day.",
        )
    if node.kind == "year" and node.month is not None and node.day is not None:
        if 1 <= node.month <= 12 and 1 <= node.day <= _DAYS_OF_MONTH[node.month - 1]:
            return
        yield Problem(
            "impossible-date",
            node.span,
            f"There is no day {node.month:02}-{node.day:02}.",
            "Write month-day, such as `03-15`.",
        )
    if node.every == 0:
        yield Problem(
            "zero-times", node.span, "A schedule comes back after at least one day.", "Write 1."
        )


def empty_quiet_hours(node: tree.QuietHours, _scope: Scope) -> Iterator[Problem]:
    """Quiet hours have a length."""
    if node.start.value == node.end.value:
        yield Problem(
            "empty-quiet-hours",
            node.end.span,
            "These quiet hours end when they start.",
            "Write two different times, such as `21:00 to 08:00`.",
        )


def impossible_limit(node: tree.Limit, scope: Scope) -> Iterator[Problem]:
    """A limit allows something, over some time."""
    if node.count == 0 or node.every == 0:
        yield Problem(
            "zero-times",
            word(node, scope.text, "0"),
            "This limit would let nothing through."
            if node.count == 0
            else "This limit has no time to count in.",
            "Write at least 1.",
        )


def impossible_warm_up(node: tree.WarmUp, scope: Scope) -> Iterator[Problem]:
    """A warm-up has some days, and begins with some mails."""
    days = _days(node.over)
    if not 2 <= days <= _LONGEST_WARM_UP or days != int(days):
        yield Problem(
            "warm-up",
            node.over.span,
            f"A warm-up takes 2 to {_LONGEST_WARM_UP} whole days.",
            "Write it like `warm up over 30 days from 200 a day`.",
        )
    if node.count == 0:
        yield Problem(
            "zero-times",
            word(node, scope.text, "0", "from"),
            "This warm-up would let nothing through.",
            "Write at least 1.",
        )


def _days(duration: tree.Duration) -> Decimal:
    """How many days it is; 0 for what is not counted in days."""
    if not isinstance(duration.amount, tree.Number):
        return Decimal(0)
    return duration.amount.value * {"day": 1, "week": 7}.get(duration.unit, 0)


def limits_of_transactional(node: tree.OverLimits, scope: Scope) -> Iterator[Problem]:
    """A transactional flow knows no limits, so nothing can be said about being over them."""
    flow = scope.flow.flow if scope.flow is not None else None
    if flow is not None and any(isinstance(one, tree.Transactional) for one in flow.headers):
        yield Problem(
            "no-limits-here",
            head(node, scope.text),
            "A `transactional` flow knows no limits.",
            "Remove this line, or `transactional`.",
        )


def impossible_products(node: tree.Products, scope: Scope) -> Iterator[Problem]:
    """`products 3 to 8`: from few to many."""
    if node.most == 0:
        yield Problem(
            "zero-times", word(node, scope.text, "0"), "0 products are none.", "Write at least 1."
        )
    elif node.least is not None and node.least > node.most:
        yield Problem(
            "wrong-order",
            head(node, scope.text),
            f"{node.least} is more than {node.most}.",
            f"Write `products {node.most} to {node.least}`.",
        )
    if node.filling is not None and node.filling == node.strategy:
        yield Problem(
            "duplicate-value",
            node.filling.span,
            "This is what is looked for already, so it fills nothing up.",
            "Fill up with something else, such as `else bestsellers`, or leave it out.",
        )
