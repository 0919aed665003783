"""Whether a message may go: asked when a run reaches a send, and again when the sender claims it.

At the claim an exit, `exit if` (which ends the run, too), lost consent, suppression or a reached
limit skips; quiet hours leave the intent unclaimed until they pass. Source: semantics, "Sends" and
"Limits". Pure: facts and the moment come in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Literal, NamedTuple, Protocol

from engine.core import calendar
from engine.core.conditions.scope import Scope
from engine.core.facts import CONTACT, Facts, Sent
from engine.core.model import EndKind, Instant, Intent, Run
from engine.core.program import Program

_CONTACT_WORDS = {
    "email": "no e-mail address",
    "sms": "no phone number",
    "whatsapp": "no phone number",
    "push": "no push token",
}


@dataclass(frozen=True, slots=True)
class Limit:
    """`count` messages (of one channel, or of all) per rolling `window` in milliseconds."""

    count: int
    channel: str | None
    window: Instant
    says: str


@dataclass(slots=True)
class Rules:
    """What a store lays down for all flows. `topics` says by message and channel which
    topic it belongs to; `messages` which channels a message has a file for (None: nobody knows).
    `coupons` are the messages, with their channels, that tell of a coupon.
    """

    limits: tuple[Limit, ...] = ()
    quiet: tuple[time, time] | None = None
    messages: Mapping[str, frozenset[str]] | None = None
    topics: Mapping[tuple[str, str], str] = field(default_factory=dict)
    coupons: frozenset[tuple[str, str]] = frozenset()


class FlowRules(Protocol):
    """What a flow says about its sends (a `Program`)."""

    quiet: tuple[time, time] | None
    transactional: bool


class Skip(NamedTuple):
    reason: str


QUIET = "quiet hours"
PAUSED_UNTIL = "paused_until"
"""The customer property that says until when the person wants no marketing (an instant)."""


class Hold(NamedTuple):
    until: Instant
    why: str = QUIET


Objection = Skip | Hold

Over = Instant | Literal["anyway"] | None
"""What becomes of a message over a limit: it is skipped (None), goes anyway, or waits for room up
to a moment."""


def choose(
    rules: Rules,
    flow: FlowRules,
    facts: Facts,
    channels: Iterable[str],
    message: str,
    now: Instant,
    *,
    addressed: bool = False,
    providers: frozenset[str] | None = None,
    over: Over = None,
) -> str | Objection:
    """The channel to use now, or why there is none, or until when to hold.

    `addressed`: the flow names the address itself, so the customer needs none. `providers` are the
    channels that can leave the house (None: every one); others are passed over.
    """
    refused: list[str] = []
    for channel in channels:
        reason = unreachable(
            rules, facts, channel, message, transactional=flow.transactional, addressed=addressed
        )
        if reason is None and providers is not None and channel not in providers:
            reason = no_provider(channel)
        if reason is None:
            return over_limit_or_quiet(rules, flow, facts, channel, now, over=over) or channel
        if reason not in refused:
            refused.append(reason)
    return Skip("; ".join(refused))


def no_provider(channel: str) -> str:
    """Why a message stays in the house although its customer could be reached."""
    return f"no provider for {channel}"


def recheck(
    rules: Rules, flow: FlowRules, facts: Facts, intent: Intent, now: Instant
) -> Objection | None:
    """The sender's last look before it claims `intent`; None lets it go.

    Staff and on-site messages know no limits, consent or quiet hours. The intent itself does not
    count against its own limit.
    """
    if intent.recipient == "staff":
        return None
    reason = unreachable(
        rules,
        facts,
        intent.channel,
        intent.message,
        transactional=flow.transactional,
        addressed=intent.to is not None,
    )
    if reason is not None:
        return Skip(reason)
    return over_limit_or_quiet(
        rules, flow, facts, intent.channel, now, own=intent.key, over=intent.over
    )


def unreachable(
    rules: Rules,
    facts: Facts,
    channel: str,
    message: str,
    *,
    transactional: bool = False,
    addressed: bool = False,
) -> str | None:
    """Why this customer cannot be reached with this message on this channel; None if they can.

    A transactional message (an order's confirmation) is part of the contract and needs no consent;
    an address that bounced or was blocked is never used.
    """
    if not addressed and not facts.customer.get(CONTACT[channel]):
        return _CONTACT_WORDS[channel]
    if not transactional and not facts.consent.get(channel):
        return f"no consent for {channel}"
    if channel in facts.suppressed:
        return f"{channel} is suppressed: {facts.suppressed[channel]}"
    topic = rules.topics.get((message, channel))
    if topic is not None and not transactional and facts.consent.get(topic) is False:
        return f"unsubscribed from {topic}"
    messages = rules.messages
    if messages is not None and channel not in messages.get(message, ()):
        return f"message {message} has no {channel} file"
    return None


def over_limit_or_quiet(
    rules: Rules,
    flow: FlowRules,
    facts: Facts,
    channel: str,
    now: Instant,
    own: str = "",
    over: Over = None,
) -> Objection | None:
    """A pause and limits skip (limits as `over` says), quiet hours hold; transactional flows know
    none of them.
    """
    if flow.transactional:
        return None
    paused = facts.customer.get(PAUSED_UNTIL)
    if over != "anyway" and isinstance(paused, int) and paused > now:
        return Skip("the person wants a pause")
    quiet = flow.quiet or rules.quiet
    if rules.limits and over != "anyway":
        limit = reached_limit(rules.limits, facts.sent, channel, now, own)
        if limit is not None:
            reason = f"limit of {limit.says} is reached"
            if over is None or now >= over:
                return Skip(reason)
            room = _room(rules.limits, facts.sent, channel, now, own)
            if room is not None and quiet is not None:
                room = calendar.quiet_until(room, quiet[0], quiet[1], facts.zone) or room
            return Hold(over if room is None else min(room, over), reason)
    if quiet is not None:
        until = calendar.quiet_until(now, quiet[0], quiet[1], facts.zone)
        if until is not None:
            return Hold(until)
    return None


def reached_limit(
    limits: Iterable[Limit], sent: list[Sent], channel: str, now: Instant, own: str = ""
) -> Limit | None:
    """The first limit that one more message on `channel` would break, windows (now - w, now].

    `own` is the key of one that is about to be taken over: only what is gone is before it.
    """
    if not sent:
        return next((limit for limit in limits if limit.count <= 0), None)
    for limit in limits:
        if limit.channel is not None and limit.channel != channel:
            continue
        start = now - limit.window
        used = 0
        for one in sent:
            if not start < one.at <= now or (own and (one.key == own or not one.gone)):
                continue
            if limit.channel is None or one.channel == limit.channel:
                used += 1
        if used >= limit.count:
            return limit
    return None


def _room(
    limits: tuple[Limit, ...], sent: list[Sent], channel: str, now: Instant, own: str
) -> Instant | None:
    """When no limit is in the way any more; None where one lets nothing through at all."""
    moments = {one.at + limit.window for one in sent for limit in limits}
    return next(
        (
            moment
            for moment in sorted(moments)
            if moment > now and reached_limit(limits, sent, channel, moment, own) is None
        ),
        None,
    )


# --- the claim ------------------------------------------------------------------------------


class ExitedRun(Skip):
    """The run is left by this: an `exit if` holds. `reason` says which."""


LEFT: dict[EndKind, str] = {
    "event": "the flow was left",
    "condition": "the flow was left",
    "stopped": "the flow was stopped",
    "merged": "the run was merged into another",
}
"""Ends that take the run's unclaimed intents with them. A run that came to its last step or to
an `exit` step still sends."""


def refusal(
    rules: Rules, program: Program, facts: Facts, intent: Intent, run: Run | None, now: Instant
) -> Objection | None:
    """Why the intent may not be claimed now (or until when); None lets it go.

    `run` is the intent's run as it stands, None when it is no longer known.
    """
    if run is not None and run.end_kind in LEFT:
        words = LEFT[run.end_kind]
        return Skip(f"{words}: {run.end_reason}" if run.end_reason else words)
    for test, line in program.exit_ifs:
        if test(_scope(facts, intent, run, now), None, None):
            return ExitedRun(f"the condition on line {line} holds")
    return recheck(rules, program, facts, intent, now)


def _scope(facts: Facts, intent: Intent, run: Run | None, now: Instant) -> Scope:
    payload = intent.payload
    return Scope(
        facts,
        now,
        run,
        entry=payload.get("entry") or {},
        event=payload.get("event") or {},
        item=payload.get("item"),
        product=payload.get("product"),
        since=run.memory.get("since", run.entered_at) if run is not None else 0,
    )
