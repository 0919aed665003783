"""What a step of a flow would send now, to a stored customer or to an invented one; and a trial of
it to staff. Composed as the sender does, counting nothing and writing nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from engine.channels.transport import Envelope, Outcome, Transport
from engine.core.conditions.operations import items_of
from engine.core.deployment import Deployment
from engine.core.facts import CONTACT, Facts
from engine.core.model import Instant, Intent, Run
from engine.core.products import asked
from engine.core.program import NotifySpec, Program, SendSpec
from engine.core.senders import headed, sender_of
from engine.delivery.composer import Composer
from engine.errors import RefusedError
from engine.messages.links import LinkMaker
from engine.messages.rendered import Rendered
from engine.messages.samples import LINKS, rich
from engine.publishing.live import Live

if TYPE_CHECKING:
    from engine.messages import Messages
    from engine.projects.compiled import CompiledProject
    from engine.store.writer import Transaction

_REMEMBERED = ("entry", "event", "item", "product", "old_price")


class NoCustomerError(RefusedError):
    """Nobody in the data folder goes by that name."""


class NoStepError(RefusedError):
    """No step is meant by what was asked for."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which message, by any of these: its name, the flow that sends it, the step's label or id."""

    message: str | None = None
    channel: str | None = None
    flow: str | None = None
    step: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as it would be sent. `to` is the address that it would go to, "" where unknown."""

    message: str
    channel: str
    flow: str
    to: str
    sender: str
    rendered: Rendered


class _Step(NamedTuple):
    program: Program
    id: str
    spec: SendSpec | NotifySpec


class Preview:
    """The messages of a project, shown without being sent."""

    def __init__(self, project: CompiledProject, messages: Messages, now: Instant) -> None:
        """Raises RefusedError: the flows have errors."""
        from dsl.checks import diagnose
        from engine.clock import SettableClock
        from engine.settings import read_settings
        from engine.store.suppression import Suppressions

        if any(one.severity == "error" for one in diagnose(project.project)):
            raise RefusedError(
                f"the flows in {project.folder} have errors; `headrace check` shows them"
            )
        self._settings = read_settings()
        self._now = now
        self._live = Live(SettableClock(now), Suppressions(b""))
        self._live.deployment = project.deployment()
        self._messages = messages
        settings = self._settings
        self._url = settings.store_url or settings.public_url or "http://127.0.0.1:8400"
        self._composer = Composer(self._live, LinkMaker(self._url, b"preview"), self._url)

    @property
    def deployment(self) -> Deployment:
        return self._live.deployment

    def invented(self, wanted: Wanted, language: str = "", customer: str = "") -> Shown:
        """The message to an invented person of whom much is known.

        Raises:
            NoStepError: nothing of the project is meant.
            engine.messages.errors.MessageError: it cannot be rendered.
        """
        message, channel, step = self._chosen(wanted, None)
        told = rich()
        told["customer"] |= {"id": customer} if customer else {}
        told["customer"] |= {"language": language} if language else {}
        store = {**self._composer.store(), "url": told["store"]["url"]}
        told |= {"store": store, "transactional": step is not None and step.program.transactional}
        told |= {"flow": step.program.flow if step else told["flow"], "message": message}
        return self._shown(message, channel, step, told, _subject(step), "")

    def stored(self, data: Path, customer: str, wanted: Wanted) -> Shown:
        """The message as the composer would make it now for a customer of the data folder.

        What only a run knows (the entry, the awaited event, the coupon's code) is that of their run
        in the flow, else of the latest event that enters it, else invented.

        Raises:
            NoCustomerError: there is nobody by that user id, address or number.
            NoStepError: nothing of the project is meant.
            engine.messages.errors.MessageError: it cannot be rendered.
            engine.store.errors.StoreError: there is no database in `data`.
        """
        facts, runs = self._load(data, customer)
        message, channel, step = self._chosen(wanted, facts)
        intent = self._intent(facts, runs, message, channel, step)
        invented = rich()
        told = self._composer.context(intent, facts, self._now)
        told.setdefault("coupon", invented["coupon"])
        for name in ("entry", "event"):
            told.setdefault(name, invented[name])
        if not facts.catalogue:
            for name in ("product", "item"):
                told.setdefault(name, invented[name])
        to = "" if channel == "staff" else str(facts.customer.get(CONTACT.get(channel, "")) or "")
        told |= LINKS
        return self._shown(message, channel, step, told, intent.payload.get("subject"), to)

    def _load(self, data: Path, customer: str) -> tuple[Facts, list[Run]]:
        from engine.learning.models import load as learned
        from engine.store import products, states
        from engine.store.customers import find_customer

        live = self._live
        with self._settings.database(data).reader() as reader:
            number = find_customer(reader, customer)
            if number is None:
                raise NoCustomerError(f"there is no customer {customer!r} in {data}")
            rows = cast("Transaction", reader)  # what is loaded here is only read
            live.flows.read(rows)
            lanes = states.load(
                rows,
                [number],
                needs=states.Needs(events=None, segments=frozenset()),
                flows=live.flows,
                suppressions=live.suppressions,
                catalogue=products.all_of(reader),
                zone=live.deployment.zone,
                now=self._now,
            ).lanes
            model = learned(reader)
        if number not in lanes:
            raise NoCustomerError(f"there is no customer {customer!r} in {data}")
        if model is not None:
            live.learned.use(model)
        facts = lanes[number].facts
        facts.customer.setdefault("id", number)
        return facts, lanes[number].runs

    def _chosen(self, wanted: Wanted, facts: Facts | None) -> tuple[str, str, _Step | None]:
        """The message, its channel, and the step that sends it (None where no step does)."""
        step = self._step(wanted)
        message = step.spec.message if step is not None else str(wanted.message)
        written = self._messages.channels(message)
        channels = written
        if step is not None:
            spec = step.spec
            by_step = ("staff",) if isinstance(spec, NotifySpec) else spec.channels
            channels = [one for one in by_step if one in written] or written
        if wanted.channel is not None:
            if wanted.channel not in written:
                raise NoStepError(
                    f"{message} is written for {', '.join(written)}, not for {wanted.channel}"
                )
            return message, wanted.channel, step
        if not channels:
            raise NoStepError(f"there is no message {message} in {self._messages.folder}")
        reached = (one for one in channels if facts and facts.customer.get(CONTACT.get(one, "")))
        return message, next(reached, channels[0]), step

    def _step(self, wanted: Wanted) -> _Step | None:
        programs = self.deployment.programs
        if wanted.message is None and wanted.flow is None and wanted.step is None:
            raise NoStepError("say which message: its name, or --flow and --step")
        if wanted.flow is not None and wanted.flow not in programs:
            raise NoStepError(f"there is no flow {wanted.flow}")
        if wanted.step is not None and wanted.flow is None and wanted.message is None:
            raise NoStepError("say the flow, too: --flow")
        for program in programs.values() if wanted.flow is None else (programs[wanted.flow],):
            labels = {place: name for name, place in program.labels.items()}
            for place, op in enumerate(program.ops):
                spec = op.spec
                if not isinstance(spec, (SendSpec, NotifySpec)):
                    continue
                names = (op.id, labels.get(place), spec.message)
                if wanted.step in (None, *names) and wanted.message in (None, spec.message):
                    return _Step(program, op.id, spec)
        if wanted.flow is None and wanted.step is None:
            return None  # a message that no flow sends
        where = f"flow {wanted.flow}" if wanted.flow else "the project"
        what = wanted.step or wanted.message or "anything"
        raise NoStepError(f"no step of {where} sends {what}")

    def _intent(
        self,
        facts: Facts,
        runs: list[Run],
        message: str,
        channel: str,
        step: _Step | None,
    ) -> Intent:
        """The intent that the step would decide on now."""
        program = step.program if step else None
        payload = self._remembered(facts, runs, program)
        spec = step.spec if step else None
        if isinstance(spec, SendSpec):
            if spec.subject is not None:
                payload["subject"] = spec.subject
            if spec.products is not None:
                payload["products"] = asked(spec.products)
        return Intent(
            run=0,
            step=step.id if step else "",
            visit=0,
            recipient="staff" if channel == "staff" else "customer",
            channel=cast("Any", "email" if channel == "staff" else channel),
            message=message,
            ready_at=self._now,
            customer=facts.id,
            flow=program.flow if program else "",
            version=program.version if program else 1,
            priority=program.priority if program else 10,
            transactional=program is not None and program.transactional,
            payload=payload,
            staff=spec.staff if isinstance(spec, NotifySpec) else None,
        )

    @staticmethod
    def _remembered(facts: Facts, runs: list[Run], program: Program | None) -> dict[str, Any]:
        """What the customer's run in the flow remembers, else what one would that began now."""
        inside = [run for run in runs if program is not None and run.flow == program.flow]
        if inside:
            memory = inside[-1].memory
            return {name: memory[name] for name in _REMEMBERED if name in memory}
        names = list(program.entries) if program is not None and program.entries else ["purchase"]
        entered = [event for name in names for event in facts.history.get(name, ())]
        latest = max(entered, key=lambda one: (one.occurred_at, one.seq), default=None)
        payload: dict[str, Any] = {} if latest is None else {"entry": latest.properties}
        product = _product(facts, payload.get("entry"))
        if product is not None:
            payload |= {"product": product, "item": {"id": product, **facts.product(product)}}
        return payload

    def _shown(
        self,
        message: str,
        channel: str,
        step: _Step | None,
        told: dict[str, Any],
        subject: str | None,
        to: str,
    ) -> Shown:
        rendered = self._messages.render(message, channel, told, subject=subject)
        by = "email" if channel == "staff" else channel
        flow, own = (step.program.flow, step.program.sender) if step else ("", "")
        own = "" if channel == "staff" else own
        sender = sender_of(self.deployment.senders, by, rendered.sender, own)
        rendered = replace(rendered, headers=headed(rendered.headers, sender))
        return Shown(message, channel, flow, to, sender.address, rendered)


def trial(shown: Shown, staff: str, deployment: Deployment, now: Instant) -> Envelope:
    """The mail to a staff address of the store that shows a message: marked in its subject, and
    with no way to unsubscribe anybody.

    Raises:
        RefusedError: `staff` is no name of a staff address, or the message is no mail.
    """
    address = deployment.staff.get(staff)
    if address is None:
        known = ", ".join(sorted(deployment.staff)) or "none"
        raise RefusedError(f"the store has no staff {staff!r}; it has {known}")
    if shown.channel not in ("email", "staff"):
        raise RefusedError(f"{shown.message} goes by {shown.channel}; staff can be mailed only")
    rendered = shown.rendered
    headers = {"Reply-To": rendered.headers["Reply-To"]} if "Reply-To" in rendered.headers else {}
    return Envelope(
        channel="email",
        to=address,
        at=now,
        sender=shown.sender,
        subject=f"[Test] {rendered.subject}",
        html=rendered.html,
        text=rendered.text,
        headers=headers,
        message=shown.message,
        flow=shown.flow,
    )


async def send_trial(transport: Transport, envelope: Envelope) -> Outcome:
    """Deliver a trial. It is in no ledger and counts nowhere."""
    try:
        return await transport.deliver(f"trial:{envelope.at}:{envelope.message}", envelope)
    finally:
        await transport.close()


def _subject(step: _Step | None) -> str | None:
    spec = step.spec if step else None
    return spec.subject if isinstance(spec, SendSpec) else None


def _product(facts: Facts, entry: Mapping[str, Any] | None) -> str | None:
    """What the run would be about: the entry's one product, what is in the cart, else what was
    done last.
    """
    items = items_of(entry)
    if len(items) == 1 and isinstance(items[0].get("id"), str):
        return str(items[0]["id"])
    if entry and isinstance(entry.get("item"), str):
        return str(entry["item"])
    if facts.cart.items:
        return next(iter(facts.cart.items))
    done = [event for events in facts.history.values() for event in events]
    for event in sorted(done, key=lambda each: each.occurred_at, reverse=True):
        for item in items_of(event.properties):
            if isinstance(item.get("id"), str):
                return str(item["id"])
    return min(facts.catalogue, default=None)
