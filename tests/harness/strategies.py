"""Hypothesis strategies for syntax trees of the flow language.

Whatever they make can be written down and means something to the grammar; names are taken from a
small stock, so that trees refer to themselves now and then. They know no types and no declared
names: `flows_that_compile` elsewhere can narrow them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from dsl import tree

NAMES = (
    "welcome_1",
    "cart_reminder",
    "first_touch",
    "purchase",
    "add_to_cart",
    "click_email",
    "vip",
    "loyal",
    "x",
    "a1",
    "ping",
    "style",
    "order_id",
    "colour",
)
WORDS = st.sampled_from(NAMES)
CHANNELS = st.sampled_from(("email", "sms", "push", "whatsapp"))
UNITS = st.sampled_from(("minute", "hour", "day", "week", "month", "year"))
WEEKDAYS = st.sampled_from(
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "weekday")
)
_PRINTABLE: Any = {
    "exclude_categories": ("Cs", "Cc", "Cf", "Zl", "Zp"),
    "exclude_characters": "\ufffd",  # what stands where bytes were no UTF-8
}
TEXTS = st.text(st.characters(**_PRINTABLE, include_characters='\n\t"\\#(['), max_size=12)
LAYOUT_FIELDS = st.one_of(
    st.just(" "),
    st.text(st.characters(**_PRINTABLE, include_characters='#"(['), max_size=12)
    .map(str.rstrip)
    .filter(lambda text: bool(text.strip())),
)
COUNTS = st.integers(0, 9999)
TIMES = st.integers(1, 99)


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


@st.composite
def comment_lines(draw: st.DrawFn, *, may_end_blank: bool = True) -> tuple[str, ...]:
    """Comment lines, single blank lines between them."""
    lines: list[str] = []
    for text in draw(st.lists(LAYOUT_FIELDS, max_size=2)):
        lines.append(text)
        if draw(st.integers(0, 3)) == 0:
            lines.append("")
    while lines and not lines[-1] and not may_end_blank:
        lines.pop()
    return tuple(lines)


NO_COMMENTS: dict[str, st.SearchStrategy[Any]] = {}
SAID: dict[str, st.SearchStrategy[Any]] = {
    "lead": st.just(()) | comment_lines(),
    "tail": st.just("") | LAYOUT_FIELDS,
    "blank_before": st.booleans(),
}
DANGLING = st.just(()) | comment_lines(may_end_blank=False)
LABELLED = {**SAID, "label": _maybe(WORDS)}

# --- values ----------------------------------------------------------------------------------

DECIMALS = st.decimals(-9999, 9999, places=2, allow_nan=False).map(lambda d: d + 0)
NUMBERS = st.builds(tree.Number, DECIMALS | st.integers(-99999, 99999).map(Decimal))
SHARES = st.builds(tree.Percent, st.integers(0, 100).map(Decimal))
DATES = st.builds(tree.Date, st.dates(date(1970, 1, 1), date(2200, 12, 31)))
MOMENTS = DATES | st.builds(
    tree.DateTime,
    st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)).map(
        lambda moment: moment.replace(second=0, microsecond=0)
    ),
)
CLOCKS = st.builds(tree.TimeOfDay, st.builds(time, st.integers(0, 23), st.integers(0, 59)))
ROOTED = st.tuples(st.sampled_from(("customer", "product", "entry", "score")), WORDS)
PATHS = st.builds(
    tree.Path,
    st.tuples(WORDS) | ROOTED | st.just(("now",)) | st.just(("cart", "value")),
)
PLAIN_DURATIONS = st.builds(
    tree.Duration,
    st.builds(tree.Number, st.integers(0, 90).map(Decimal) | st.just(Decimal("1.5"))),
    UNITS,
)
SIMPLE_LITERALS = st.one_of(
    st.builds(tree.Text, TEXTS),
    NUMBERS,
    SHARES,
    st.builds(tree.Boolean, st.booleans()),
    MOMENTS,
    CLOCKS,
    PLAIN_DURATIONS,
)
LISTS = st.builds(tree.ListOf, st.lists(SIMPLE_LITERALS, max_size=3).map(tuple))
LITERALS = SIMPLE_LITERALS | LISTS
OPERANDS = LITERALS | PATHS


def _of(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.integers(0, 3))
    of = {"of": draw(WORDS)} if kind == 1 else {"of_this_product": kind == 2}
    return {**of, "same": draw(_maybe(WORDS))}


@st.composite
def histories(draw: st.DrawFn, depth: int, *, plain: bool = False) -> tree.History:
    """`plain` leaves out how often."""
    parts = _of(draw)
    if not plain and draw(st.booleans()):
        parts["bound"] = draw(st.sampled_from(("at least", "at most", "exactly")))
        parts["times"] = draw(TIMES)
    kind = draw(st.integers(0, 3))
    if kind == 1:
        parts["period"] = draw(durations(depth - 1))
    elif kind == 2:
        parts["since"] = draw(MOMENTS | st.just(tree.Path(("entry",))))
    if draw(st.booleans()):
        parts["where"] = draw(conditions(depth - 1))
    return tree.History(draw(WORDS), **parts)


def _grouped(draw: st.DrawFn, node: Any) -> Any:
    """A value or a condition, now and then with the author's parentheses around it."""
    return replace(node, parens=draw(st.sampled_from(("none", "none", "one row"))))


@st.composite
def values(draw: st.DrawFn, depth: int = 2) -> tree.Value:
    value: tree.Value = _grouped(draw, draw(_values(depth)))
    return value


@st.composite
def _values(draw: st.DrawFn, depth: int) -> tree.Value:
    kind = draw(st.integers(0, 7)) if depth > 0 else 0
    if kind == 4:
        op = draw(st.sampled_from(("+", "-", "*", "/")))
        return tree.Arithmetic(op, draw(values(depth - 1)), draw(values(depth - 1)))
    if kind == 5:
        return tree.Count(draw(histories(depth - 1)))
    if kind == 6:
        function = draw(st.sampled_from(("sum", "average", "min", "max", "latest")))
        return tree.Aggregate(function, draw(WORDS), draw(histories(depth - 1, plain=True)))
    if kind == 7:
        narrowed = _of(draw)
        where = draw(_maybe(conditions(depth - 1)))
        return tree.TimeSince(tree.History(draw(WORDS), where=where, **narrowed))
    if kind == 3:
        return draw(durations(depth))
    return draw(OPERANDS)


@st.composite
def durations(draw: st.DrawFn, depth: int = 1) -> tree.Duration:
    if depth > 0 and draw(st.integers(0, 3)) == 0:
        amount = draw(values(depth - 1))
        if not isinstance(amount, tree.Number):
            return tree.Duration(amount, draw(UNITS))
    return draw(PLAIN_DURATIONS)


# --- conditions --------------------------------------------------------------------------------

HOLDERS = st.sampled_from(("entry", "event", "cart", "order")).map(lambda name: tree.Path((name,)))


@st.composite
def conditions(draw: st.DrawFn, depth: int = 2) -> tree.Condition:
    value = values(depth - 1)
    kinds = [
        st.builds(tree.Compare, st.sampled_from(("<", "<=", ">", ">=")), value, value),
        st.builds(tree.Equals, value, value, st.booleans()),
        st.builds(tree.State, value, st.sampled_from(("set", "empty")), st.booleans()),
        st.builds(tree.OneOf, value, LISTS, st.booleans()),
        st.builds(tree.Contains, value, value),
        st.builds(tree.Edge, value, st.sampled_from(("starts", "ends")), value),
        st.builds(tree.InSegment, WORDS, st.booleans()),
        st.builds(tree.HasTag, TEXTS),
        st.builds(tree.CanReceive, WORDS | CHANNELS),
        st.just(tree.CanBeTracked()),
    ]
    if depth > 0:
        inner = st.deferred(lambda: conditions(depth - 1))
        several = st.lists(inner, min_size=2, max_size=3).map(tuple)
        kinds += [
            st.builds(tree.HasItem, HOLDERS, inner),
            st.builds(tree.Did, histories(depth - 1), st.booleans()),
            st.builds(tree.Not, inner),
            st.builds(tree.All, several),
            st.builds(tree.AnyOf, several),
        ]
    condition: tree.Condition = _grouped(draw, draw(st.one_of(kinds)))
    return condition


@st.composite
def condition_blocks(draw: st.DrawFn, depth: int = 1) -> tree.ConditionBlock:
    line = st.builds(tree.ConditionLine, conditions(1), **SAID)
    if depth > 0:
        line |= st.builds(
            tree.ConditionGroup,
            st.sampled_from(("all", "any", "none")),
            condition_blocks(depth - 1),
            **SAID,
        )
    lines = draw(st.lists(line, min_size=1, max_size=3))
    return tree.ConditionBlock(tuple(lines), draw(DANGLING))


# --- happenings and headers ----------------------------------------------------------------------


@st.composite
def event_happenings(draw: st.DrawFn) -> tree.EventHappens:
    where = draw(_maybe(conditions(1)))
    return tree.EventHappens(draw(WORDS), where=where, **_of(draw))


HAPPENINGS = st.one_of(
    event_happenings(),
    event_happenings(),
    st.builds(tree.SegmentMove, st.sampled_from(("joins", "leaves")), WORDS),
    st.just(tree.BackInStock()),
    st.builds(tree.PriceDrop, _maybe(SHARES)),
    st.builds(tree.StockFalls, COUNTS),
)
SEVERAL = st.lists(HAPPENINGS, min_size=1, max_size=3).map(tuple)
OFFSETS = st.builds(tree.Offset, PLAIN_DURATIONS, st.sampled_from(("before", "after")))
RECURRENCES = st.one_of(
    st.builds(tree.Recurrence, st.just("day"), st.integers(1, 30)),
    st.builds(tree.Recurrence, st.just("week"), st.integers(1, 9), WEEKDAYS),
    st.builds(tree.Recurrence, st.just("month"), day=st.integers(1, 31)),
    st.builds(tree.Recurrence, st.just("year"), day=st.integers(1, 28), month=st.integers(1, 12)),
)
TRIGGERS = st.one_of(
    st.builds(tree.OnHappening, SEVERAL),
    st.builds(tree.OnHappening, SEVERAL, per=WORDS),
    st.builds(tree.OnHappening, SEVERAL, each_item=st.just(True), item_where=_maybe(conditions(1))),
    st.builds(tree.OnHappening, SEVERAL, audience=conditions(1)),
    st.builds(tree.OnSchedule, RECURRENCES, CLOCKS, WORDS, st.booleans()),
    st.builds(tree.OnAnniversary, PATHS, CLOCKS, _maybe(OFFSETS)),
    st.builds(tree.OnDate, _maybe(OFFSETS), PATHS, CLOCKS),
    st.builds(tree.Once, MOMENTS, WORDS, st.booleans()),
    st.just(tree.Manually()),
)
HEADERS = st.one_of(
    st.builds(tree.About, TEXTS, **SAID),
    st.builds(tree.Enter, TRIGGERS, **SAID),
    st.builds(tree.Enter, TRIGGERS, **SAID),
    st.builds(tree.OnlyIf, conditions() | condition_blocks(), **SAID),
    st.builds(tree.ReEnter, st.sampled_from(("never", "always")) | PLAIN_DURATIONS, **SAID),
    st.builds(tree.ExitWhen, SEVERAL, **SAID),
    st.builds(tree.ExitIf, conditions(), **SAID),
    st.builds(tree.JumpWhen, WORDS, SEVERAL, **SAID),
    st.builds(tree.Goal, SEVERAL, PLAIN_DURATIONS, **SAID),
    st.builds(tree.Holdout, SHARES, **SAID),
    st.builds(tree.Priority, COUNTS, **SAID),
    st.builds(tree.QuietHours, CLOCKS, CLOCKS, **SAID),
    st.builds(tree.Transactional, **SAID),
    st.builds(tree.Moved, WORDS, _maybe(WORDS), **SAID),
)

# --- steps -----------------------------------------------------------------------------------

STRATEGIES = st.one_of(
    st.builds(
        tree.Strategy,
        st.sampled_from(("bought with", "similar to")),
        st.sampled_from(("cart", "order", "viewed", "this product")),
    ),
    st.builds(
        tree.Strategy,
        st.sampled_from(("from search", "bestsellers", "recently viewed", "for customer")),
    ),
    st.builds(tree.Strategy, st.just("dearer than"), st.sampled_from(("order", "this product"))),
    st.builds(tree.Strategy, st.just("new in last"), st.none(), PLAIN_DURATIONS),
)
OPTIONS = st.one_of(
    st.builds(tree.Subject, TEXTS, **SAID),
    st.builds(
        tree.Products,
        COUNTS,
        STRATEGIES,
        _maybe(COUNTS),
        _maybe(conditions(1)),
        _maybe(STRATEGIES),
        **SAID,
    ),
    st.builds(tree.To, TEXTS, **SAID),
    st.builds(tree.OverLimits, _maybe(PLAIN_DURATIONS), **SAID),
)
ARGUMENTS = st.lists(st.builds(tree.Argument, WORDS, values()), max_size=3).map(tuple)
SEND_CHANNELS = st.lists(CHANNELS, min_size=1, max_size=3).map(tuple)
SURFACES = st.sampled_from(("banner", "popup", "block"))


@st.composite
def sends(draw: st.DrawFn) -> tree.Send:
    options = tuple(draw(st.lists(OPTIONS, max_size=3)))
    dangling = draw(DANGLING) if options else ()
    return draw(
        st.builds(tree.Send, SEND_CHANNELS, WORDS, st.just(options), st.just(dangling), **LABELLED)
    )


TIMINGS = st.one_of(
    st.builds(tree.ForTime, durations()),
    st.builds(tree.UpTo, durations()),
    st.builds(tree.UntilTime, CLOCKS),
    st.builds(tree.UntilWeekday, WEEKDAYS, CLOCKS),
    st.builds(tree.UntilMoment, MOMENTS, st.booleans()),
    st.builds(tree.UntilBestTime, PLAIN_DURATIONS),
    st.builds(tree.UntilDate, PATHS, _maybe(OFFSETS), _maybe(CLOCKS)),
)
SIMPLE_STEPS = st.one_of(
    sends(),
    sends(),
    st.builds(tree.Show, SURFACES, WORDS, _maybe(TEXTS), duration=_maybe(durations()), **LABELLED),
    st.builds(
        lambda surface, word, where, moment: tree.Show(surface, word, where, *moment),
        SURFACES,
        WORDS,
        _maybe(TEXTS),
        st.one_of(
            st.just(("on leaving", None)),
            st.tuples(st.just("after seconds"), st.integers(1, 3600)),
            st.tuples(st.just("after pages"), st.integers(1, 100)),
            st.tuples(st.just("after scrolling"), st.integers(1, 100)),
        ),
    ),
    st.builds(tree.Notify, WORDS, WORDS, **LABELLED),
    st.builds(tree.Call, WORDS, ARGUMENTS, **LABELLED),
    st.builds(tree.SetProperty, PATHS, values(), **LABELLED),
    st.builds(tree.ClearProperty, PATHS, **LABELLED),
    st.builds(tree.AddTag, TEXTS, **LABELLED),
    st.builds(tree.RemoveTag, TEXTS, **LABELLED),
    st.builds(tree.AddScore, NUMBERS, WORDS, **LABELLED),
    st.builds(tree.GiveCoupon, WORDS, **LABELLED),
    st.builds(tree.Subscribe, WORDS | CHANNELS, **LABELLED),
    st.builds(tree.Unsubscribe, WORDS | CHANNELS, **LABELLED),
    st.builds(tree.Track, WORDS, ARGUMENTS, _maybe(PATHS), **LABELLED),
    st.builds(tree.StartFlow, WORDS, **LABELLED),
    st.builds(tree.StopFlow, WORDS, **LABELLED),
    st.builds(tree.GoTo, WORDS, _maybe(TIMES), **LABELLED),
    st.builds(tree.Exit, _maybe(TEXTS), **LABELLED),
    st.builds(tree.GoOn, **SAID),
    st.builds(tree.Wait, TIMINGS, **LABELLED),
    st.builds(tree.Wait, TIMINGS, SEVERAL, **LABELLED),
)


@st.composite
def blocks(draw: st.DrawFn, depth: int) -> tree.Block:
    lines = draw(st.lists(steps(depth), min_size=1, max_size=2))
    return tree.Block(tuple(lines), draw(DANGLING))


@st.composite
def steps(draw: st.DrawFn, depth: int = 2) -> tree.Step:
    """A step with at most `depth` blocks inside each other."""
    if depth <= 0 or draw(st.integers(0, 2)):
        return draw(SIMPLE_STEPS)
    block = blocks(depth - 1)
    otherwise = st.builds(tree.Else, block, _maybe(WORDS), **SAID)
    for_arm = st.builds(tree.ForArm, SEVERAL, block, **SAID)
    else_if = st.builds(tree.ElseIf, conditions(1), block, **SAID)
    case = st.builds(
        tree.Case, st.lists(LITERALS, min_size=1, max_size=2).map(tuple), block, **SAID
    )
    arm = st.builds(tree.Arm, SHARES, block, _maybe(WORDS), **SAID)

    def some(strategy: st.SearchStrategy[Any], least: int = 1) -> st.SearchStrategy[Any]:
        return st.lists(strategy, min_size=least, max_size=2).map(tuple)

    return draw(
        st.one_of(
            st.builds(
                tree.If, conditions(), block, some(else_if, 0), _maybe(otherwise), **LABELLED
            ),
            st.builds(tree.Wait, TIMINGS, SEVERAL, block, otherwise=_maybe(otherwise), **LABELLED),
            st.builds(
                tree.Wait,
                TIMINGS,
                arms=some(for_arm),
                otherwise=_maybe(otherwise),
                dangling=DANGLING,
                **LABELLED,
            ),
            st.builds(tree.Switch, PATHS, some(case), _maybe(otherwise), DANGLING, **LABELLED),
            st.builds(
                tree.Experiment,
                WORDS,
                _maybe(TEXTS),
                _maybe(st.builds(tree.Winner, WORDS, PLAIN_DURATIONS)),
                some(arm),
                _maybe(otherwise),
                DANGLING,
                **SAID,
            ),
            st.builds(tree.Repeat, TIMES, block, **LABELLED),
        )
    )


@st.composite
def flows(draw: st.DrawFn, depth: int = 2) -> tree.Flow:
    headers = tuple(draw(st.lists(HEADERS, max_size=3)))
    body = draw(st.lists(steps(depth), min_size=0 if headers else 1, max_size=4))
    block = tree.Block(tuple(body), draw(DANGLING))
    return draw(
        st.builds(tree.Flow, WORDS, _maybe(TEXTS), st.just(headers), st.just(block), **SAID)
    )


# --- tests and declarations -----------------------------------------------------------------

HAPPENED = st.one_of(
    st.builds(tree.EventPlay, WORDS, ARGUMENTS, _maybe(WORDS)),
    st.builds(tree.ProductPlay, TEXTS, ARGUMENTS),
)
PLAYS = st.one_of(
    HAPPENED, st.builds(tree.CustomerPlay, ARGUMENTS), st.builds(tree.StartPlay, WORDS)
)
WHENS = st.one_of(st.builds(tree.After, PLAIN_DURATIONS), st.builds(tree.At, MOMENTS))
TEST_LINES = st.one_of(
    st.builds(tree.StartAt, MOMENTS, **SAID),
    st.builds(tree.GivenCustomer, ARGUMENTS, **SAID),
    st.builds(tree.GivenProduct, TEXTS, ARGUMENTS, **SAID),
    st.builds(tree.GivenArm, WORDS | st.just("else"), WORDS, **SAID),
    st.builds(tree.GivenChosen, WORDS, WORDS, **SAID),
    st.builds(tree.GivenHoldout, **SAID),
    st.builds(tree.GivenPast, PLAIN_DURATIONS, HAPPENED, **SAID),
    st.builds(tree.PlayAt, WHENS, PLAYS, **SAID),
    st.builds(tree.RunFor, PLAIN_DURATIONS, **SAID),
    st.builds(tree.ExpectNothing, _maybe(CHANNELS), **SAID),
    st.builds(tree.ExpectMessage, CHANNELS, WORDS, _maybe(WHENS), **SAID),
    st.builds(tree.ExpectOther, st.sampled_from(("notify", "call", "show")), WORDS, **SAID),
    st.builds(tree.ExpectExit, _maybe(WORDS), _maybe(TEXTS), _maybe(WHENS), **SAID),
    st.builds(tree.ExpectGoal, st.sampled_from(("reached", "missed")), **SAID),
    st.builds(
        tree.ExpectNoOther, st.sampled_from(("notify", "call", "show")), _maybe(WORDS), **SAID
    ),
    st.builds(tree.ExpectNoExit, **SAID),
    st.builds(tree.ExpectTag, TEXTS, st.booleans(), **SAID),
    st.builds(tree.ExpectCoupon, WORDS, st.booleans(), **SAID),
    st.builds(tree.ExpectTrack, WORDS, ARGUMENTS, st.booleans(), **SAID),
    st.builds(tree.ExpectCondition, conditions(1), **SAID),
)
STORE_LINES = st.one_of(
    st.builds(tree.Timezone, TEXTS, **SAID),
    st.builds(tree.Currency, st.sampled_from(("EUR", "USD")), **SAID),
    st.builds(tree.Language, TEXTS, **SAID),
    st.builds(tree.QuietHours, CLOCKS, CLOCKS, **SAID),
    st.builds(tree.Limit, COUNTS, _maybe(CHANNELS), TIMES, UNITS, **SAID),
    st.builds(tree.Sender, CHANNELS, TEXTS, **SAID),
    st.builds(tree.Staff, WORDS, TEXTS, **SAID),
    st.builds(tree.Topic, WORDS, TEXTS, **SAID),
)
PROPERTIES = st.builds(
    tree.Property,
    WORDS,
    st.sampled_from(("text", "number", "money", "boolean", "date", "time", "list")),
    **SAID,
)
WEBHOOK_LINES = st.builds(tree.Url, TEXTS, **SAID) | st.builds(
    tree.Secret, st.sampled_from(("CRM_SECRET", "KEY2")), **SAID
)
SCORE_LINES = st.builds(tree.ScoreRule, NUMBERS, HAPPENINGS, **SAID) | st.builds(
    tree.Decay, PLAIN_DURATIONS, **SAID
)
COUPON_LINES = st.one_of(
    st.builds(tree.Discount, SHARES | NUMBERS, _maybe(NUMBERS), **SAID),
    st.builds(tree.FreeShipping, **SAID),
    st.builds(tree.ValidFor, PLAIN_DURATIONS, **SAID),
    st.builds(tree.CodePattern, TEXTS, **SAID),
)


def _lines(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(strategy, min_size=1, max_size=3).map(tuple)


@st.composite
def events(draw: st.DrawFn) -> tree.Event:
    lines = tuple(draw(st.lists(PROPERTIES, max_size=2)))
    dangling = draw(DANGLING) if lines else ()
    return draw(
        st.builds(tree.Event, WORDS, _maybe(TEXTS), st.just(lines), st.just(dangling), **SAID)
    )


TITLED = (WORDS, _maybe(TEXTS))
DECLARATIONS = st.one_of(
    flows(),
    flows(),
    flows(),
    st.builds(tree.Store, TEXTS, _lines(STORE_LINES), DANGLING, **SAID),
    st.builds(
        tree.Properties,
        st.sampled_from(("customer", "product")),
        _lines(PROPERTIES),
        DANGLING,
        **SAID,
    ),
    events(),
    st.builds(tree.Webhook, *TITLED, _lines(WEBHOOK_LINES), DANGLING, **SAID),
    st.builds(tree.Score, *TITLED, _lines(SCORE_LINES), DANGLING, **SAID),
    st.builds(tree.Coupon, *TITLED, _lines(COUPON_LINES), DANGLING, **SAID),
    st.builds(tree.Segment, *TITLED, condition_blocks(), **SAID),
    st.builds(tree.Test, TEXTS, WORDS, _lines(TEST_LINES), DANGLING, **SAID),
)


@st.composite
def files(draw: st.DrawFn) -> tree.File:
    """A whole file."""
    declarations = tuple(draw(st.lists(DECLARATIONS, max_size=3)))
    return tree.File(declarations, draw(DANGLING))
