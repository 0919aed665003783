"""Everything that is called by its name must exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dsl import tree
from dsl.checks.ours import our_event, our_line
from dsl.checks.problem import Problem, did_you_mean, part, related, word
from dsl.diagnostics import Span
from dsl.names import vocabulary
from dsl.names.scopes import Scope
from dsl.names.types import Unknown, resolve


def unknown_event(
    node: tree.EventHappens | tree.History | tree.Track | tree.EventPlay | tree.ExpectTrack,
    scope: Scope,
) -> Iterator[Problem]:
    """An event is built in or declared."""
    if node.event in scope.names.events or "event" in scope.names.open:
        return
    after = "track" if isinstance(node, tree.Track | tree.ExpectTrack) else ""
    yield unknown_name_of_event(node.event, word(node, scope.text, node.event, after), scope)


def unknown_name_of_event(event: str, span: Span, scope: Scope) -> Problem:
    """What is said where no event has this name."""
    return Problem(
        "unknown-event",
        span,
        f"There is no event `{event}`.",
        our_event(event, scope)
        or did_you_mean(event, scope.names.events, f'Declare it with `event {event} "..":`.'),
    )


_MOMENTS = (
    "A moment is written such as `18:00`, `tuesday at 10:00`, `2026-12-24 08:00` or "
    "`entry.starts_at`."
)


def unknown_path(node: tree.Path, scope: Scope) -> Iterator[Problem]:
    """A path leads to a property that exists and that is there."""
    if isinstance(scope.statement, tree.SetProperty | tree.ClearProperty) and (
        node is scope.statement.path
    ):
        if node.parts[0] != "customer" or len(node.parts) != 2:
            yield Problem(
                "not-settable",
                node.span,
                f"`{node}` cannot be changed by a flow.",
                f"Write `customer.{node}`: a flow changes properties of the customer."
                if len(node.parts) == 1
                else "A flow changes properties of the customer, such as `customer.tier`.",
            )
            return
        if node.parts[1] in vocabulary.COMPUTED:
            yield Problem(
                "not-settable",
                node.span,
                f"`{node}` follows from what happens; no flow sets it.",
                "Use `add tag` and `remove tag`." if node.parts[1] == "tags" else "",
            )
            return
    if scope.kind == "test":
        return
    found = resolve(node, scope)
    if isinstance(found, Unknown):
        name = node.parts[found.part]
        hint = did_you_mean(name, found.options, found.hint) if found.options else found.hint
        if found.code == "bare-name":
            awaited = isinstance(scope.statement, tree.Wait) and scope.statement.timing
            moment = isinstance(awaited, tree.UntilDate) and awaited.path is node
            hint = our_line(name, scope) or (_MOMENTS if moment else hint)
        span = part(node, scope.text, found.part)
        yield Problem(found.code, span, found.message, hint)


def unknown_aggregate(node: tree.Aggregate, scope: Scope) -> Iterator[Problem]:
    """`sum of purchase.value`: the event has that property."""
    event, name = node.history.event, node.property
    words = scope.names.events.get(event)
    if words is None or name in words or event in scope.names.broken:
        return
    yield Problem(
        "unknown-property",
        word(node, scope.text, name, rf"{event}\s*\."),
        f"`{event}` has no property `{name}`.",
        did_you_mean(name, words, f"Own properties are declared with `event {event}:`."),
    )


def unknown_same(node: tree.EventHappens | tree.History, scope: Scope) -> Iterator[Problem]:
    """`with same KEY`: both the event and the entry have KEY."""
    key = node.same
    if key is None:
        return
    names, flow = scope.names, scope.flow
    span = word(node, scope.text, key, "same")
    words = names.events.get(node.event)
    if words is not None and key not in words and node.event not in names.broken:
        yield Problem(
            "unknown-property",
            span,
            f"`{node.event}` has no property `{key}`.",
            did_you_mean(key, words, f"Own properties are declared with `event {node.event}:`."),
        )
        return
    if flow is None:
        yield Problem(
            "not-here",
            span,
            "`with same` compares with the entry of a run, and there is none here.",
            "Only flows have an entry.",
        )
    elif isinstance(found := resolve(tree.Path(("entry", key)), scope), Unknown):
        yield Problem(
            "unknown-property",
            span,
            f"The entry of this flow has no `{key}` that could be the same.",
            did_you_mean(key, found.options, found.hint),
        )


def unknown_of(node: tree.EventHappens | tree.History, scope: Scope) -> Iterator[Problem]:
    """`of X`: X is a label or a message of this flow."""
    flow = scope.flow
    if node.of_this_product and not (flow is not None and flow.may_have_product):
        yield Problem(
            "not-here",
            word(node, scope.text, "product", r"of\s+this"),
            "There is no product here that `this product` could be.",
            "A run is about one product when a product trigger or `for each item` starts it.",
        )
    elif node.of_this_product and flow is not None and flow.by_hand_alone:
        yield Problem(
            "not-here",
            word(node, scope.text, "product", r"of\s+this"),
            "There is a product here only if whoever starts this flow by hand names one.",
            "Start it with an `item`, or let a product trigger or an event start it.",
            "warning",
        )
    if node.of is None:
        return
    span = word(node, scope.text, node.of, "of")
    if flow is None:
        yield Problem(
            "not-here",
            span,
            f"`of {node.of}` speaks of a message of a flow, and this is no flow.",
            f'Write `where message is "{node.of}"`.',
        )
    elif node.of not in (*flow.labels, *flow.messages, *flow.unread):
        yield Problem(
            "unknown-label",
            span,
            f"This flow has no step and no message called `{node.of}`.",
            f'Write `redeem_coupon where coupon is "{node.of}"`.'
            if node.event == "redeem_coupon"
            else did_you_mean(node.of, [*flow.labels, *flow.messages]),
        )


def _way_to(target: str, scope: Scope) -> str:
    """A hint where what is meant has a name, but is no step that has a label."""
    assert scope.flow is not None
    if target in ("end", "exit", "stop", "finish"):
        return "Write `exit`: it ends the run."
    if target in scope.flow.experiments:
        return (
            "An experiment is no place to go to. Name the step above it, such as "
            "`wait 1 day as again`, and `go to again`."
        )
    if target in scope.flow.messages:
        return f"That is a message. Name the step that sends it, such as `as {target}_step`."
    return ""


def unknown_label(node: tree.GoTo | tree.JumpWhen, scope: Scope) -> Iterator[Problem]:
    """A jump leads to a label of this flow."""
    assert scope.flow is not None
    if node.target in scope.flow.labels or node.target in scope.flow.unread:
        return
    yield Problem(
        "unknown-label",
        word(node, scope.text, node.target, r"go\s+to"),
        f"This flow has no step called `{node.target}`.",
        _way_to(node.target, scope)
        or did_you_mean(
            node.target,
            scope.flow.labels,
            f"Name the step to go to: write `as {node.target}` at the end of its line.",
        ),
    )


def unknown_moved(node: tree.Moved, scope: Scope) -> Iterator[Problem]:
    """`moved OLD to NEW`: NEW is a label of this flow, OLD is one no longer."""
    assert scope.flow is not None
    labels = scope.flow.labels
    if node.new is not None and node.new not in labels and node.new not in scope.flow.unread:
        yield Problem(
            "unknown-label",
            word(node, scope.text, node.new, "to"),
            f"This flow has no step called `{node.new}`.",
            did_you_mean(node.new, labels, "Use a label, or `to exit`."),
        )


def _missing(
    code: str, span_of: tuple[tree.Node, str], what: str, name: str, options: Iterable[str],
    scope: Scope, how: str,
) -> Iterator[Problem]:  # fmt: skip
    if name in options or code.removeprefix("unknown-") in scope.names.open:
        return
    node, after = span_of
    yield Problem(
        code,
        word(node, scope.text, name, after),
        f"There is no {what} `{name}`.",
        did_you_mean(name, options, how),
    )


def unknown_segment(
    node: tree.InSegment | tree.SegmentMove | tree.OnSchedule | tree.Once, scope: Scope
) -> Iterator[Problem]:
    """A segment is declared."""
    yield from _missing(
        "unknown-segment", (node, "segment"), "segment", node.segment, scope.names.segments, scope,
        f"Declare it with `segment {node.segment}:`.",
    )  # fmt: skip


def unknown_coupon(node: tree.GiveCoupon, scope: Scope) -> Iterator[Problem]:
    """A coupon is declared."""
    yield from _missing(
        "unknown-coupon", (node, "coupon"), "coupon", node.coupon, scope.names.coupons, scope,
        f"Declare it with `coupon {node.coupon}:`.",
    )  # fmt: skip


def unknown_score(node: tree.AddScore, scope: Scope) -> Iterator[Problem]:
    """A score is declared."""
    yield from _missing(
        "unknown-score", (node, "score"), "score", node.score, scope.names.scores, scope,
        f"Declare it with `score {node.score}:`.",
    )  # fmt: skip


def unknown_staff(node: tree.Notify, scope: Scope) -> Iterator[Problem]:
    """Staff is named in the store."""
    yield from _missing(
        "unknown-staff", (node, "notify"), "staff", node.staff,
        {*scope.names.staff, *(scope.names.unread & {node.staff})}, scope,
        f'Add `staff {node.staff} "address"` to the store.',
    )  # fmt: skip


def unknown_sender(node: tree.SentBy, scope: Scope) -> Iterator[Problem]:
    """A sender that a flow chooses is named in the store."""
    yield from _missing(
        "unknown-sender", (node, "sender"), "sender", node.name,
        {*scope.names.senders, *(scope.names.unread & {node.name})}, scope,
        f'Add `sender {node.name} email "Shop <hello@shop.example>"` to the store.',
    )  # fmt: skip


def unknown_webhook(node: tree.Call, scope: Scope) -> Iterator[Problem]:
    """A webhook is declared."""
    yield from _missing(
        "unknown-webhook", (node, "call"), "webhook", node.webhook, scope.names.webhooks, scope,
        f"Declare it with `webhook {node.webhook}:`.",
    )  # fmt: skip


def unknown_topic(
    node: tree.Subscribe | tree.Unsubscribe | tree.CanReceive, scope: Scope
) -> Iterator[Problem]:
    """What one subscribes to is a channel or a topic of the store."""
    if node.what in vocabulary.CHANNELS:
        return
    yield from _missing(
        "unknown-topic", (node, "(?:to|from|receive)"), "channel or topic", node.what,
        [*vocabulary.CHANNELS, *scope.names.topics, *(scope.names.unread & {node.what})], scope,
        f'Add `topic {node.what} "title"` to the store.',
    )  # fmt: skip


def unknown_flow(
    node: tree.StartFlow | tree.StopFlow | tree.Test, scope: Scope
) -> Iterator[Problem]:
    """A flow that is started, stopped or tested exists; one that is started can be."""
    flows = scope.names.flows
    after = "for" if isinstance(node, tree.Test) else "flow"
    yield from _missing("unknown-flow", (node, after), "flow", node.flow, flows, scope, "")
    if not isinstance(node, tree.StartFlow) or node.flow not in flows:
        return
    headers = flows[node.flow].headers
    if (flows[node.flow].unread and not headers) or any(
        isinstance(one, tree.Unreadable)
        or (isinstance(one, tree.Enter) and isinstance(one.trigger, tree.Manually))
        for one in headers
    ):
        return
    yield Problem(
        "not-manual",
        word(node, scope.text, node.flow, "flow"),
        f"Flow `{node.flow}` cannot be started by another one.",
        f"Add the line `enter manually` to flow `{node.flow}`.",
        related=related(scope, f"flow {node.flow}", "This flow has no `enter manually`."),
    )


def unknown_product(node: tree.Strategy, scope: Scope) -> Iterator[Problem]:
    """Recommendations start from something that there is."""
    flow = scope.flow
    if node.of == "this product" and flow is not None and not flow.may_have_product:
        yield Problem(
            "not-here",
            node.span,
            "There is no product here that `this product` could be.",
            "A run is about one product when a product trigger or `for each item` starts it.",
        )
    allowed = {
        "bought with": ("cart", "order", "this product"),
        "similar to": ("viewed", "cart", "this product"),
        "dearer than": ("order", "this product"),
    }.get(node.kind)
    if allowed is not None and node.of not in allowed:
        choices = ", ".join(f"`{node.kind} {one}`" for one in allowed)
        yield Problem(
            "unknown-strategy",
            node.span,
            f"`{node.kind} {node.of}` is no way to choose products.",
            f"There is {choices}.",
        )


def unknown_per(node: tree.OnHappening, scope: Scope) -> Iterator[Problem]:
    """`per KEY`: every event that enters has KEY."""
    key = node.per
    if key is None:
        return
    for one in node.happenings:
        if not isinstance(one, tree.EventHappens):
            continue
        words = scope.names.events.get(one.event)
        if words is None or key in words or one.event in scope.names.broken:
            continue
        yield Problem(
            "unknown-property",
            word(node, scope.text, key, "per"),
            f"`{one.event}` has no property `{key}`.",
            did_you_mean(key, words, f"Own properties are declared with `event {one.event}:`."),
        )
        return


def unknown_argument(node: tree.Track, scope: Scope) -> Iterator[Problem]:
    """What a step tracks are properties of the event."""
    words = scope.names.events.get(node.event)
    if words is None or node.event in scope.names.broken:
        return
    for one in node.arguments:
        if one.name not in words:
            yield Problem(
                "unknown-property",
                word(one, scope.text, one.name),
                f"`{node.event}` has no property `{one.name}`.",
                did_you_mean(
                    one.name, words, f"Own properties are declared with `event {node.event}:`."
                ),
            )
