"""The step machine: every transition of a run.

A run is `waiting` at a wait, `held` at a send by quiet hours, or `ended`. Five things move it:

| move | from | to |
|---|---|---|
| `enter` | (nothing) | walks from the first step |
| `wake` | waiting, held | its time has come: walks on |
| `happen` | waiting | what it waited for happened: walks into that arm |
| `jump` | waiting, held | `go to LABEL when ..`: walks from there |
| `end` | waiting, held | ended |

To walk is to take steps until one parks or ends the run. Any other move raises `IllegalMove` and
changes nothing. Pure: time, facts and draws come in; what goes out is in `Changes`. The run and
the facts that are handed in belong to the caller and are brought up to date.

A run's memory is JSON: `entry`, `event`, `item`, `product` (what conditions speak of), `since`
(when the entry happened), `seq` (of the entering event), `used` (events that ended a wait),
`visits`, `jumps`, `repeats` (counters by node id), `sends` (node id to the latest intent),
`last_send`, `coupons` (name to code), `coupon` (the latest one), `arms` (by experiment),
`holdout`, `parked` (the step is still to be taken), `retime` (the wait is to be looked at anew:
it ends at this moment, or for True at one that is to be found).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.core import calendar, coupons, draws
from engine.core.conditions.operations import decayed
from engine.core.conditions.scope import NOTHING, Scope
from engine.core.deployment import Deployment
from engine.core.eligibility import Hold, Skip, choose
from engine.core.facts import CONTACT, Facts, Score, Sent
from engine.core.model import (
    Call,
    Changes,
    CouponGiven,
    Emitted,
    EndKind,
    Event,
    FactChange,
    FactKind,
    History,
    Instant,
    Intent,
    ManualStart,
    ManualStop,
    Occurrence,
    Properties,
    Run,
    Show,
)
from engine.core.program import ExperimentSpec, Op, Program, SendSpec, ShowSpec, ValueSpec, WaitSpec
from engine.core.waits import Due

MAX_STEPS = 1_000
"""Steps of one run in one go. Then it is parked, due at once, so that nobody starves."""

PARKED = -2
"""What a step answers that parked or ended the run."""


class IllegalMove(RuntimeError):  # noqa: N818 - a move, as h11 has it
    """A move that the state of the run does not allow."""


class Execution(Scope):
    """One run that is being moved, and everything its steps may look at.

    `at` is when the step before really happened, from which waits count; `moment` is when this
    move was due. `queue` takes what steps cause for this same customer (events, started flows);
    the lane applies it afterwards. `cause` is the event behind this move.
    """

    __slots__ = (
        "acted",
        "arms",
        "at",
        "cause",
        "changes",
        "deployment",
        "held_out",
        "late",
        "memory",
        "new_seq",
        "program",
        "queue",
        "turned",
    )  # fmt: skip

    run: Run

    def __init__(
        self,
        deployment: Deployment,
        program: Program,
        facts: Facts,
        run: Run,
        *,
        now: Instant,
        at: Instant,
        moment: Instant,
        changes: Changes,
        queue: list[Occurrence],
        new_seq: Callable[[], int],
        arms: Mapping[str, str] = NOTHING,
        cause: Occurrence | None = None,
    ) -> None:
        memory = run.memory
        self.facts = facts
        self.now = now
        self.run = run
        self.memory = memory
        self.entry = memory.get("entry") or NOTHING
        self.event = memory.get("event") or NOTHING
        self.item = memory.get("item")
        self.product = memory.get("product")
        self.since = memory.get("since", run.entered_at)
        self.held_out = "holdout" in memory
        self.deployment = deployment
        self.program = program
        self.changes = changes
        self.queue = queue
        self.new_seq = new_seq
        self.arms = arms
        self.cause = cause
        self.at = at
        self.late = now - moment > deployment.max_lateness
        self.acted = False
        self.turned = False

    def note(self, op: Op, outcome: Any, detail: str = "", until: Instant | None = None) -> None:
        self.changes.history.append(History(self.run.id, self.at, op.id, outcome, detail, until))

    def change(self, kind: FactKind, name: str, value: Any) -> None:
        """Record a change of this customer's facts, after which memberships are looked at."""
        self.changes.facts.append(FactChange(self.facts.id, kind, name, value, self.now))
        self.turned = True

    def count(self, counters: str, op: Op) -> int:
        """One more in the run's memory; how many that makes."""
        of_run: dict[str, int] = self.memory.setdefault(counters, {})
        number = of_run.get(op.id, 0) + 1
        of_run[op.id] = number
        return number


# --- moves ---------------------------------------------------------------------------------


def enter(a: Execution) -> None:
    """A new run takes its first steps."""
    run = a.run
    if run.id in a.changes.changed:
        raise IllegalMove(f"run {run.id} has entered already")
    a.changes.entered.append(run)
    a.changes.changed[run.id] = run
    first = a.program.ops[0]
    a.note(first, "entered", "held out" if a.held_out else "")
    walk(a, first.next)


def wake(a: Execution) -> None:
    """The time that the run waited for, or the end of quiet hours, has come."""
    run = a.run
    if run.state == "ended" or run.wake_at is None:
        raise IllegalMove(f"run {run.id} is {run.state} and waits for no time")
    a.changes.changed[run.id] = run
    op = a.program.ops[run.node]
    if a.memory.pop("parked", False) or run.state == "held" or op.kind != "wait":
        walk(a, run.node)
        return
    retime = a.memory.pop("retime", None)
    if retime is not None:
        _wait_anew(a, op, retime)
        return
    if op.spec.arms:
        a.note(op, "done", "time is up")
        walk(a, op.otherwise)
    else:
        walk(a, op.next)


def happen(a: Execution, arm: int, occurrence: Occurrence) -> None:
    """What the run waited for happened."""
    run = a.run
    op = a.program.ops[run.node]
    if run.state != "waiting" or op.kind != "wait" or arm >= len(op.arms):
        raise IllegalMove(f"run {run.id} is {run.state} and waits for nothing of the kind")
    a.changes.changed[run.id] = run
    _settle(a)
    walk(a, _satisfied(a, op, arm, occurrence))


def jump(a: Execution, target: int, says: str) -> None:
    """`go to LABEL when HAPPENING`: on from the step at `target`."""
    run = a.run
    if run.state == "ended":
        raise IllegalMove(f"run {run.id} has ended")
    a.changes.changed[run.id] = run
    ops = a.program.ops
    _settle(a)
    if isinstance(a.cause, Event):
        _remember(a, a.cause)
    a.note(ops[run.node], "moved", f"{says}: on to {ops[target].id}")
    walk(a, target)


def _settle(a: Execution) -> None:
    """What was still to be done at the next wake is overtaken."""
    a.memory.pop("parked", None)
    a.memory.pop("retime", None)


def end(a: Execution, kind: EndKind, reason: str = "", at: int | None = None) -> None:
    """The run is over; `at` is the op where it ends, by default where it stands."""
    run = a.run
    if run.state == "ended":
        raise IllegalMove(f"run {run.id} has ended already")
    run.state = "ended"
    if at is not None:
        run.node = at
    run.wake_at = None
    run.ended_at = a.at
    run.end_kind = kind
    run.end_reason = reason
    a.changes.changed[run.id] = run
    if kind not in ("finished", "exit"):
        uncount(a)
    a.note(a.program.ops[run.node], "ended", ended_by(kind, reason))


def uncount(a: Execution) -> None:
    """The run's new messages will not go: they make room under the limits."""
    new = {intent.key for intent in a.changes.intents if intent.run == a.run.id}
    if new:
        a.facts.sent = [one for one in a.facts.sent if one.key not in new]


def ended_by(kind: EndKind, reason: str) -> str:
    """Why a run ended, for people."""
    words = {
        "finished": "finished",
        "exit": "exit step",
        "event": "exit when",
        "condition": "exit if",
        "stopped": "stopped",
        "merged": "merged",
        "moved": "moved to exit",
    }[kind]
    return f"{words}: {reason}" if reason else words


def walk(a: Execution, place: int) -> None:
    """Take steps from `place` until one parks or ends the run."""
    program = a.program
    ops, exit_ifs = program.ops, program.exit_ifs
    steps = STEPS
    for _ in range(MAX_STEPS):
        op = ops[place]
        kind = op.kind
        if kind == "end":
            end(a, "finished", at=place)
            return
        for test, line in exit_ifs:
            if test(a, None, None):
                end(a, "condition", f"the condition on line {line} holds", at=place)
                return
        if a.held_out and kind in EFFECTS:
            a.note(op, "skipped", "holdout")
            place = op.next
            continue
        place = steps[kind](a, op)
        if place == PARKED:
            return
    run = a.run
    a.memory["parked"] = True
    _park(a, program.ops[place], a.at)
    run.node = place


# --- waits ---------------------------------------------------------------------------------


def _park(a: Execution, op: Op, until: Instant) -> int:
    run = a.run
    run.state = "waiting"
    run.node = op.position
    run.arrived_at = a.at
    run.wake_at = until
    return PARKED


def _wait(a: Execution, op: Op) -> int:
    spec: WaitSpec = op.spec
    timing = spec.timing
    if spec.arms:
        found = _look_back(a, spec)
        if found is not None:
            return _satisfied(a, op, *found)
    elapsed = timing.elapsed
    why = ""
    due: Instant | str
    if timing.within is not None:
        due, why = _best_time(a, op, timing.within)
    else:
        due = timing.due(a, a.at, not a.acted) if elapsed is None else a.at + elapsed
    if isinstance(due, str):
        a.note(op, "done", due)
    elif due <= a.at:
        a.note(op, "done", why or "the moment has come already")
    else:
        a.note(op, "waiting", why, due)
        return _park(a, op, due)
    return op.otherwise if spec.arms else op.next


def _best_time(a: Execution, op: Op, within: Due) -> tuple[Instant, str]:
    from engine.core.send_time import choose as choose_moment

    end = within(a, a.at, False)
    assert isinstance(end, int)
    quiet = None if a.program.transactional else a.program.quiet or a.deployment.rules.quiet
    drawn = draws.draw("best time", op.id, a.run.id)
    return choose_moment(a.facts, a.at, end, shop=a.deployment.habits, quiet=quiet, drawn=drawn)


def _wait_anew(a: Execution, op: Op, until: Instant | bool) -> None:
    """A wait that was changed while the run stood at it (`until` True), or that ends at `until`
    and saw no events meanwhile: as if it had been so, and seen everything, since it was reached.
    """
    run, spec = a.run, op.spec
    reached = run.arrived_at
    found = _look_back(a, spec, reached) if spec.arms else None
    if found is not None:
        walk(a, _satisfied(a, op, *found))
        return
    due = spec.timing.due(a, reached, False) if until is True else until
    if isinstance(due, int) and due > a.now:
        a.note(op, "waiting", "", due)
        _park(a, op, due)
        run.arrived_at = reached
        return
    a.note(op, "done", due if isinstance(due, str) else "time is up")
    moment = reached if isinstance(due, str) else max(due, reached)
    a.late = a.now - moment > a.deployment.max_lateness
    walk(a, op.otherwise if spec.arms else op.next)


def _look_back(
    a: Execution, spec: WaitSpec, reached: Instant | None = None
) -> tuple[int, Event] | None:
    """The earliest event that already came since the message that it is about was sent, or since
    the wait was reached where no message went before.

    Source: semantics, "Waits". The entering event and those that ended an earlier wait of this
    run have had their effect.
    """
    memory = a.memory
    history = a.facts.history
    used = memory.get("used", ())
    best: tuple[Instant, int, int, Event] | None = None
    for arm, matchers in enumerate(spec.arms):
        for matcher in matchers:
            past = history.get(matcher.trigger)
            start = _sent_at(a, matcher.of) if past else None
            if start is None and matcher.of is None:
                start = reached
            if not past or start is None:
                continue
            for event in past:
                seq = event.seq
                if (
                    event.received_at >= start
                    and event is not a.cause
                    and seq not in used
                    and seq != memory.get("seq")
                    and (event.enters or event.occurred_at >= start)
                    and matcher(a, event)
                    and (best is None or (event.received_at, seq) < best[:2])
                ):
                    best = (event.received_at, seq, arm, event)
    return None if best is None else (best[2], best[3])


def _sent_at(a: Execution, of: str | None) -> Instant | None:
    """The latest intent of a label or a message in this run; without one the previous send."""
    memory = a.memory
    last: Instant | None = memory.get("last_send")
    if of is None or last is None:
        return last
    program = a.program
    sends: dict[str, Instant] = memory.get("sends", {})
    label = program.labels.get(of)
    moments = [
        at
        for step, at in sends.items()
        # A step may be gone since, by an edit.
        if (place := program.index.get(step)) is not None
        and (place == label or (label is None and program.ops[place].spec.message == of))
    ]
    return max(moments, default=None)


def _satisfied(a: Execution, op: Op, arm: int, occurrence: Occurrence) -> int:
    says = a.program.ops[op.position].spec.arms[arm][0].says
    if isinstance(occurrence, Event):
        says = occurrence.name
        _remember(a, occurrence)
    a.note(op, "done", says)
    return op.arms[arm]


def _remember(a: Execution, event: Event) -> None:
    """`event.x` speaks of this event from now on, and it ends no other wait of this run."""
    a.memory["event"] = a.event = event.properties
    a.memory["used"] = [*a.memory.get("used", ())[-19:], event.seq]


# --- messages ------------------------------------------------------------------------------


def _send(a: Execution, op: Op) -> int:
    spec: SendSpec = op.spec
    run, program, facts, now = a.run, a.program, a.facts, a.now
    a.acted = True
    if a.late:
        a.note(op, "skipped", "too late")
        return op.next
    choice = choose(
        a.deployment.rules, program, facts, spec.channels, spec.message, now,
        addressed=spec.to is not None,
    )  # fmt: skip
    if isinstance(choice, Skip) and facts.sent:
        choice = _outrank(a, spec) or choice
    if isinstance(choice, Hold):
        a.note(op, "held", "quiet hours", choice.until)
        run.state = "held"
        run.node = op.position
        run.arrived_at = a.at
        run.wake_at = choice.until
        return PARKED
    if isinstance(choice, str) and spec.products is not None and spec.products.least:
        choice = _enough_products(a, spec.products, choice)
    if isinstance(choice, Skip):
        a.note(op, "skipped", choice.reason)
        return op.next
    intent = Intent(
        run.id, op.id, a.count("visits", op), "customer", choice,  # type: ignore[arg-type]
        spec.message, now, facts.id, run.flow, run.version, program.priority,
        program.transactional, _payload(a, spec), to=spec.to,
    )  # fmt: skip
    _intend(a, intent)
    a.at = now
    memory = a.memory
    memory["last_send"] = now
    memory.setdefault("sends", {})[op.id] = now
    if not program.transactional:
        facts.sent.append(Sent(now, choice, intent.key))
    a.note(op, "done", choice)
    _tell_of(a, f"sent_{choice}", {"message": spec.message, "flow": run.flow, "run": run.id,
                                   "step": op.id}, op)  # fmt: skip
    return op.next


def _payload(a: Execution, spec: SendSpec | None) -> Properties:
    """What the message may speak of beside the customer."""
    memory = a.memory
    payload: Properties = {
        name: memory[name] for name in ("entry", "event", "item", "product", "coupon")
        if name in memory
    }  # fmt: skip
    if spec is not None:
        if spec.subject is not None:
            payload["subject"] = spec.subject
        if spec.products is not None:
            products = spec.products
            payload["products"] = {
                "most": products.most,
                "least": products.least,
                "kind": products.strategy.kind,
                "of": products.strategy.of,
            }
    return payload


def _enough_products(a: Execution, products: Any, channel: str) -> str | Skip:
    if a.deployment.recommend is None:
        return channel
    found = len(a.deployment.recommend(a, products.strategy, products.most))
    if found >= products.least:
        return channel
    return Skip(f"only {found} products found, {products.least} are needed")


def _intend(a: Execution, intent: Intent) -> None:
    a.changes.intents.append(intent)
    a.changes.unclaimed.setdefault(a.run.id, a.run.unclaimed)
    a.run.unclaimed = True


def _outrank(a: Execution, spec: SendSpec) -> str | None:
    """Of a customer's messages that are ready at the same instant the more important go first:
    take back a less important one if that makes room under a limit.
    """
    program, facts, changes = a.program, a.facts, a.changes
    rank = (-program.priority, program.flow)
    counted = {one.key for one in facts.sent}
    rivals = [
        intent
        for intent in changes.intents
        if intent.key in counted
        and intent.ready_at == a.now
        and (-intent.priority, intent.flow) > rank
    ]
    for rival in sorted(rivals, key=lambda one: (one.priority, one.flow)):
        before = facts.sent
        facts.sent = [one for one in before if one.key != rival.key]
        choice = choose(
            a.deployment.rules, program, facts, spec.channels, spec.message, a.now,
            addressed=spec.to is not None,
        )  # fmt: skip
        if isinstance(choice, str):
            changes.intents.remove(rival)
            left = changes.changed[rival.run]
            left.unclaimed = changes.unclaimed[rival.run] or any(
                one.run == rival.run for one in changes.intents
            )
            for place, row in enumerate(changes.history):
                if (row.run, row.node, row.outcome) == (rival.run, rival.step, "done"):
                    reason = f"limit is reached: {program.flow} goes first"
                    changes.history[place] = row._replace(outcome="skipped", detail=reason)
            return choice
        facts.sent = before
    return None


def _show(a: Execution, op: Op) -> int:
    spec: ShowSpec = op.spec
    a.acted = True
    if a.late:
        a.note(op, "skipped", "too late")
        return op.next
    until = None
    if spec.duration is not None:
        until = calendar.add(a.now, *spec.duration, a.facts.zone)
    a.changes.shows.append(
        Show(
            a.run.id, op.id, a.count("visits", op), a.facts.id, spec.surface, spec.message,
            spec.where, spec.on_leaving, a.now, until, _payload(a, None),
        )
    )  # fmt: skip
    a.note(op, "done", spec.surface)
    return op.next


def _notify(a: Execution, op: Op) -> int:
    staff, message = op.spec
    a.acted = True
    if a.late:
        a.note(op, "skipped", "too late")
        return op.next
    run, program = a.run, a.program
    _intend(
        a,
        Intent(
            run.id, op.id, a.count("visits", op), "staff", "email", message, a.now, a.facts.id,
            run.flow, run.version, program.priority, program.transactional, _payload(a, None),
            staff=staff,
        ),
    )  # fmt: skip
    a.note(op, "done", staff)
    return op.next


def _call(a: Execution, op: Op) -> int:
    spec: ValueSpec = op.spec
    a.acted = True
    values = {name: _for_others(a, value(a, None, None), kind) for name, value, kind in spec.values}
    visit = a.count("visits", op)
    call = Call(a.run.id, op.id, visit, a.facts.id, spec.name, values, a.now)
    a.changes.calls.append(call)
    a.note(op, "done", spec.name)
    return op.next


def _for_others(a: Execution, value: Any, kind: str | None) -> Any:
    """A value as other systems read it: major units, ISO 8601."""
    if kind == "money" and isinstance(value, int):
        return value / 10**a.deployment.types.digits
    if kind == "date" and isinstance(value, int):
        return calendar.iso(value)
    if isinstance(value, list | tuple | set):
        kinds = a.deployment.types.item
        return [
            {name: _for_others(a, inner, kinds.get(name)) for name, inner in one.items()}
            if isinstance(one, Mapping)
            else one
            for one in (sorted(value) if isinstance(value, set) else value)
        ]
    return value


# --- facts ---------------------------------------------------------------------------------


def _set(a: Execution, op: Op) -> int:
    spec: ValueSpec = op.spec
    a.acted = True
    value = spec.values[0][1](a, None, None)
    if isinstance(value, set):
        value = sorted(value)
    _put(a, spec.name, value)
    a.note(op, "done")
    return op.next


def _clear(a: Execution, op: Op) -> int:
    a.acted = True
    _put(a, op.spec, None)
    a.note(op, "done")
    return op.next


def _put(a: Execution, name: str, value: Any) -> None:
    facts = a.facts
    if value is None:
        facts.customer.pop(name, None)
    else:
        facts.customer[name] = value
    if name == "timezone":
        facts.zone = value if calendar.is_zone(value) else a.deployment.zone
    a.change("property", name, value)


def _add_tag(a: Execution, op: Op) -> int:
    a.acted = True
    a.facts.tags.add(op.spec)
    a.change("tag", op.spec, True)
    a.note(op, "done", op.spec)
    return op.next


def _remove_tag(a: Execution, op: Op) -> int:
    a.acted = True
    a.facts.tags.discard(op.spec)
    a.change("tag", op.spec, False)
    a.note(op, "done", op.spec)
    return op.next


def _add_score(a: Execution, op: Op) -> int:
    name, points, halves = op.spec
    a.acted = True
    add_points(a.facts, name, points, halves, a.now)
    kept = a.facts.scores[name]
    a.change("score", name, kept.points)
    a.note(op, "done", f"{points:+g} {name}")
    return op.next


def add_points(
    facts: Facts, name: str, points: float, halves: Instant | None, now: Instant
) -> None:
    """Points on top of what is left of a score at `now`."""
    kept = facts.scores.get(name)
    left = 0.0 if kept is None else decayed(kept.points, now - kept.at, halves)
    facts.scores[name] = Score(left + points, now)


def _give_coupon(a: Execution, op: Op) -> int:
    a.acted = True
    name = op.spec
    given = a.memory.setdefault("coupons", {})
    if name not in given:
        coupon = a.deployment.coupons[name]
        code = None if a.deployment.codes is None else a.deployment.codes.take(name, a.now)
        if code == "":
            a.memory.pop("coupon", None)
            a.note(op, "failed", f"no code of {name} is left: import more")
            return op.next
        if code is None:
            code = coupons.mint(coupon, a.run.id, a.deployment.secret)
        until = None
        if coupon.valid_for is not None:
            until = calendar.add(a.now, *coupon.valid_for, a.facts.zone)
        given[name] = {"name": name, "code": code, "valid_until": until}
        a.changes.coupons.append(CouponGiven(name, code, a.run.id, a.facts.id, a.now, until))
    a.memory["coupon"] = given[name]
    a.note(op, "done", name)
    return op.next


def _subscribe(a: Execution, op: Op) -> int:
    return _consent(a, op, given=True)


def _unsubscribe(a: Execution, op: Op) -> int:
    return _consent(a, op, given=False)


def _consent(a: Execution, op: Op, *, given: bool) -> int:
    a.acted = True
    what = op.spec
    a.facts.consent[what] = given
    a.change("consent", what, given)
    a.note(op, "done", what)
    name = "subscribe" if given else "unsubscribe"
    _emit(a, name, {"channel" if what in CONTACT else "topic": what, "flow": a.run.flow}, op)
    return op.next


# --- events and other flows ------------------------------------------------------------------


def _emit(a: Execution, name: str, properties: Properties, op: Op, other: Any = None) -> None:
    event = Event(name, properties, a.now, a.now, a.new_seq())
    a.changes.emitted.append(Emitted(a.facts.id, event, other, a.run.id, op.id))
    if other is None:
        a.queue.append(event)


def _tell_of(a: Execution, name: str, properties: Properties, op: Op) -> None:
    """Emit an event of the engine's own, if any flow or condition listens to it."""
    deployment = a.deployment
    if name in deployment.entering or name in deployment.moving or name in deployment.needs.events:
        _emit(a, name, properties, op)


def _track(a: Execution, op: Op) -> int:
    spec: ValueSpec = op.spec
    a.acted = True
    other = None
    if spec.customer is not None:
        other = spec.customer(a, None, None)
        if other is None or not isinstance(other, str | int):
            a.note(op, "skipped", "the customer is not known")
            return op.next
        if other in (a.facts.id, a.facts.customer.get("id"), a.facts.customer.get("email")):
            other = None
    found = {name: value(a, None, None) for name, value, _kind in spec.values}
    properties = {name: value for name, value in found.items() if value is not None}
    if "item" in properties and "items" not in properties:
        properties["items"] = [{"id": properties["item"]}]
    _emit(a, spec.name, properties, op, other)
    a.note(op, "done", spec.name)
    return op.next


def _start_flow(a: Execution, op: Op) -> int:
    a.acted = True
    a.queue.append(ManualStart(op.spec, dict(a.entry), a.now))
    a.note(op, "done", op.spec)
    return op.next


def _stop_flow(a: Execution, op: Op) -> int:
    a.acted = True
    a.queue.append(ManualStop(op.spec, a.now))
    a.note(op, "done", op.spec)
    if op.spec == a.run.flow:
        end(a, "stopped", f"by {a.run.flow}", at=op.position)
        return PARKED
    return op.next


# --- branches ------------------------------------------------------------------------------


def _if(a: Execution, op: Op) -> int:
    """Also `switch`: the first test that holds shows the way."""
    for arm, test in enumerate(op.spec):
        if test(a, None, None):
            a.note(op, "done", "yes" if arm == 0 and op.kind == "if" else f"case {arm + 1}")
            return op.arms[arm]
    a.note(op, "done", "no" if op.kind == "if" else "else")
    return op.otherwise


def _experiment(a: Execution, op: Op) -> int:
    spec: ExperimentSpec = op.spec
    wanted = a.arms.get(spec.name)
    drawn = draws.of_experiment(spec.name, a.facts.id)
    arm = len(spec.shares)
    for place, (bound, label) in enumerate(spec.shares):
        # The sum of shares may lack a hair of 1: what is drawn above belongs to the last arm.
        if wanted == label or (wanted is None and drawn < bound + 1e-12):
            arm = place
            break
    inside = arm < len(spec.shares)
    label = spec.shares[arm][1] if inside else "else"
    if a.held_out:
        a.note(op, "skipped", "holdout")
    else:
        a.memory.setdefault("arms", {})[spec.name] = label
        a.note(op, "done", label)
    return op.arms[arm] if inside else op.otherwise


def _repeat(a: Execution, op: Op) -> int:
    """Reached from outside: counts from zero."""
    a.memory.setdefault("repeats", {})[op.id] = 0
    return _again(a, op)


def _again(a: Execution, op: Op) -> int:
    a.acted = True
    rounds = a.count("repeats", op)
    if rounds <= op.spec:
        a.note(op, "done", f"{rounds} of {op.spec}")
        return op.arms[0]
    del a.memory["repeats"][op.id]
    a.note(op, "done", "all done")
    return op.otherwise


def _go_to(a: Execution, op: Op) -> int:
    taken = a.memory.get("jumps", {}).get(op.id, 0)
    if taken >= op.spec:
        a.note(op, "done", f"taken {taken} times: goes on")
        return op.otherwise
    a.count("jumps", op)
    a.note(op, "done")
    return op.arms[0]


def _exit(a: Execution, op: Op) -> int:
    end(a, "exit", op.spec, at=op.position)
    return PARKED


def _unreadable(a: Execution, op: Op) -> int:
    a.note(op, "failed", "cannot be read")
    return op.next


Step = Callable[[Execution, Op], int]

STEPS: dict[str, Step] = {
    "send": _send,
    "show": _show,
    "notify": _notify,
    "call": _call,
    "set": _set,
    "clear": _clear,
    "add_tag": _add_tag,
    "remove_tag": _remove_tag,
    "add_score": _add_score,
    "give_coupon": _give_coupon,
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
    "track": _track,
    "start_flow": _start_flow,
    "stop_flow": _stop_flow,
    "go_to": _go_to,
    "exit": _exit,
    "wait": _wait,
    "if": _if,
    "switch": _if,
    "experiment": _experiment,
    "repeat": _repeat,
    "again": _again,
    "unreadable": _unreadable,
}

EFFECTS = frozenset(STEPS) - {
    "go_to", "exit", "wait", "if", "switch", "experiment", "repeat", "again",
}  # fmt: skip
"""What a held-out run does not do."""
