"""The steps that tell somebody something: the customer, the staff, another system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dsl import tree
from engine.core import calendar
from engine.core.eligibility import QUIET, Hold, Objection, Over, Skip, choose
from engine.core.facts import Sent
from engine.core.machine.flows import tell_of
from engine.core.machine.state import Execution, hold
from engine.core.model import Call, Intent, Properties, Show
from engine.core.ports import Eligible
from engine.core.products import asked
from engine.core.program import NotifySpec, Op, SendSpec, ShowSpec, ValueSpec
from engine.core.signals import LOOKS
from engine.core.values import major_units, minor_units


def send(execution: Execution, op: Op) -> int:
    spec = op.spec
    assert isinstance(spec, SendSpec)
    run, program, facts, now = execution.run, execution.program, execution.facts, execution.now
    execution.acted = True
    if execution.late:
        execution.note(op, "skipped", "too late")
        execution.memory.pop("held", None)
        return op.next
    held = execution.memory.pop("held", None)
    if held is None or held["step"] != op.id:
        held = {"step": op.id, "since": now}
    over = spec.over if spec.over is None or spec.over == "anyway" else held["since"] + spec.over
    choice = _choose(execution, spec, over)
    if facts.sent and (isinstance(choice, Skip) or _lacks_room(choice)):
        choice = _outrank(execution, spec, over) or choice
    if isinstance(choice, Hold):
        return _hold(execution, op, choice, held, over)
    if isinstance(choice, str) and spec.products is not None and spec.products.least:
        choice = _enough_products(execution, spec.products, choice, spec.eligible)
    if isinstance(choice, Skip):
        execution.note(op, "skipped", choice.reason)
        return op.next
    intent = Intent(
        run.id,
        op.id,
        execution.count("visits", op),
        "customer",
        choice,  # type: ignore[arg-type]
        spec.message,
        now,
        facts.id,
        run.flow,
        run.version,
        program.priority,
        program.transactional,
        payload_of(execution.memory, spec),
        to=spec.to,
        over=over,
    )
    _intend(execution, intent)
    execution.at = now
    memory = execution.memory
    memory["last_send"] = now
    memory.setdefault("sends", {})[op.id] = now
    if not program.transactional:
        facts.sent.append(Sent(now, choice, intent.key, gone=False))
    execution.note(op, "done", choice)
    tell_of(
        execution,
        f"sent_{choice}",
        {"message": spec.message, "flow": run.flow, "run": run.id, "step": op.id},
        op,
    )
    return op.next


def _choose(execution: Execution, spec: SendSpec, over: Over) -> str | Objection:
    return choose(
        execution.deployment.rules,
        execution.program,
        execution.facts,
        spec.channels,
        spec.message,
        execution.now,
        addressed=spec.to is not None,
        providers=execution.turn.ports.providers,
        over=over,
    )


def _lacks_room(choice: str | Objection) -> bool:
    return isinstance(choice, Hold) and choice.why != QUIET


def _hold(execution: Execution, op: Op, found: Hold, held: dict[str, Any], over: Over) -> int:
    """Stand at the send. Who waits for room does so until both there is room and quiet hours are
    over, and no longer than the send says, counted from when the run first reached it.
    """
    until, why = found
    if why != QUIET:
        held["room"] = why
    room = held.get("room")
    if isinstance(over, int):
        if room is not None:
            if execution.now >= over:
                execution.note(op, "skipped", room)
                return op.next
            until = min(until, over)
        execution.memory["held"] = held
    execution.note(op, "held", why, until)
    return hold(execution, op, until)


def payload_of(memory: Mapping[str, Any], spec: SendSpec | None) -> Properties:
    """What the message may speak of beside the customer."""
    payload: Properties = {
        name: memory[name]
        for name in ("entry", "event", "item", "product", "old_price", "coupon")
        if name in memory
    }
    if spec is not None:
        if spec.subject is not None:
            payload["subject"] = spec.subject
        if spec.products is not None:
            payload["products"] = asked(spec.products)
    return payload


def _enough_products(
    execution: Execution, products: tree.Products, channel: str, eligible: Eligible | None
) -> str | Skip:
    """Counts what the strategy itself finds, without what `else` fills up with."""
    recommend = execution.turn.ports.recommend
    if recommend is None or products.least is None:
        return channel
    found = len(recommend(execution, products.strategy, products.most, eligible))
    if found >= products.least:
        return channel
    return Skip(f"only {found} products found, {products.least} are needed")


def _intend(execution: Execution, intent: Intent) -> None:
    intent.order = execution.order
    execution.changes.intents.append(intent)
    execution.changes.unclaimed.setdefault(execution.run.id, execution.run.unclaimed)
    execution.run.unclaimed = True


def _outrank(execution: Execution, spec: SendSpec, over: Over) -> str | None:
    """Of a customer's messages that are ready at the same instant the more important go first:
    take back a less important one if that makes room under a limit. What goes over limits anyway,
    or would wait for room, is not taken back.
    """
    program, facts, changes = execution.program, execution.facts, execution.changes
    rank = (-program.priority, program.flow)
    counted = {one.key for one in facts.sent}
    rivals = [
        intent
        for intent in changes.intents
        if intent.key in counted
        and intent.ready_at == execution.now
        and intent.over is None
        and (-intent.priority, intent.flow) > rank
    ]
    for rival in sorted(rivals, key=lambda one: (one.priority, one.flow)):
        before = facts.sent
        facts.sent = [one for one in before if one.key != rival.key]
        choice = _choose(execution, spec, over)
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


def show(execution: Execution, op: Op) -> int:
    spec = op.spec
    assert isinstance(spec, ShowSpec)
    execution.acted = True
    if execution.late:
        execution.note(op, "skipped", "too late")
        return op.next
    until = None
    if spec.duration is not None:
        until = calendar.add(execution.now, *spec.duration, execution.facts.zone)
    execution.changes.shows.append(
        Show(
            execution.run.id,
            op.id,
            execution.count("visits", op),
            execution.facts.id,
            spec.surface,
            spec.message,
            spec.where,
            spec.appears == "on leaving",
            execution.now,
            until,
            {**payload_of(execution.memory, None), **_on_page(execution, spec)},
        )
    )
    execution.note(op, "done", spec.surface)
    return op.next


def _on_page(execution: Execution, spec: ShowSpec) -> Properties:
    """What a page has to know: what it waits for, and whether `item` follows the visitor."""
    known: Properties = {}
    if spec.amount is not None:
        known["after"] = [spec.appears.removeprefix("after "), spec.amount]
    if execution.memory.get("name") in LOOKS:
        known["follows"] = True
    return known


def notify(execution: Execution, op: Op) -> int:
    spec = op.spec
    assert isinstance(spec, NotifySpec)
    execution.acted = True
    if execution.late:
        execution.note(op, "skipped", "too late")
        return op.next
    run, program = execution.run, execution.program
    _intend(
        execution,
        Intent(
            run.id,
            op.id,
            execution.count("visits", op),
            "staff",
            "email",
            spec.message,
            execution.now,
            execution.facts.id,
            run.flow,
            run.version,
            program.priority,
            program.transactional,
            payload_of(execution.memory, None),
            staff=spec.staff,
        ),
    )
    execution.note(op, "done", spec.staff)
    return op.next


def call(execution: Execution, op: Op) -> int:
    spec = op.spec
    assert isinstance(spec, ValueSpec)
    execution.acted = True
    values = {
        name: _for_others(execution, value(execution, None, None), kind)
        for name, value, kind in spec.values
    }
    visit = execution.count("visits", op)
    call = Call(
        execution.run.id,
        op.id,
        visit,
        execution.facts.id,
        spec.name,
        values,
        execution.now,
        execution.order,
    )
    execution.changes.calls.append(call)
    execution.note(op, "done", spec.name)
    return op.next


def _for_others(execution: Execution, value: Any, kind: str | None) -> Any:
    """A value as other systems read it: major units, ISO 8601."""
    if kind == "money" and isinstance(value, int | float):
        return major_units(minor_units(value), execution.deployment.types.digits)
    if kind == "date" and isinstance(value, int):
        return calendar.iso(value)
    if isinstance(value, list | tuple | set):
        kinds = execution.deployment.types.item
        return [
            {name: _for_others(execution, inner, kinds.get(name)) for name, inner in one.items()}
            if isinstance(one, Mapping)
            else one
            for one in (sorted(value) if isinstance(value, set) else value)
        ]
    return value
