"""What can be clicked while a flow is tried: what enters it, ends it, and what it waits for.

What tests of the flow play already is taken as they say it; where they are silent, an event is made
that does what the flow asks of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal, NamedTuple

from dsl import tree
from dsl.graph.compiler import walk
from dsl.project import Project
from dsl.tree import walk as everything
from editor.language import _
from editor.trying.fitting import before, fit
from editor.trying.making import Making, product_of
from editor.views.stories import titled
from engine.core.calendar import instant
from engine.core.facts import CONTACT
from engine.lab import wording

Group = Literal["enters", "goes_on", "ends", "counts", "other"]
_USUAL = (
    'purchase (value: 59, order_id: "o-tried")',
    'unsubscribe (channel: "email")',
    'set customer (country: "AT")',
)
MOST_OF_ONE = 4
MOST_WITH_OTHERS = 8
"""So many ways to say one event are offered."""


class Offer(NamedTuple):
    """`text` as a test plays it, `title` what it is in the reader's words, `group` what it does."""

    text: str
    title: str
    about: str
    group: Group


class Somebody(NamedTuple):
    """Who a trial can begin with: lines of a test that give them, and when it starts."""

    title: str
    given: tuple[str, ...]
    start: str
    plays: tuple[tuple[str, int], ...] = ()


def titles_of(project: Project) -> dict[str, str]:
    """What the project calls its own events."""
    return {one.name: one.title for one in project.all_declarations
            if isinstance(one, tree.Event) and one.title}  # fmt: skip


def offers(project: Project, flow: tree.Flow) -> list[Offer]:
    """What can happen to somebody in this flow, the most telling first."""
    said = titles_of(project)
    groups = _groups(flow)
    found: dict[str, Offer] = {}
    counted: dict[str, int] = {}

    played: list[tree.Play] = []

    def add(play: tree.Play, group: Group, most: int = MOST_OF_ONE) -> None:
        text = wording.play(play)
        name = _name(play)
        if text in found or counted.get(name, 0) >= most:
            return
        played.append(play)
        counted[name] = counted.get(name, 0) + 1
        title, about = _words(play, said)
        found[text] = Offer(text, title, about, group)

    # A flow that is entered by who somebody is, or by the calendar, is led to by what they do.
    otherwise: Group = "other" if "enters" in groups.values() else "enters"
    if any(isinstance(one.trigger, tree.Manually) for one in _entries(flow)):
        add(tree.StartPlay(flow.name), "enters")
    for test in project.tests:
        if test.flow == flow.name:
            for line in test.lines:
                if isinstance(line, tree.PlayAt):
                    group = groups.get(_name(line.play), otherwise)
                    led = otherwise == "enters" and group == "counts"
                    add(line.play, "enters" if led else group)
    making = Making(project, flow)
    last = making.meant.last
    if last is not None and _name(last) not in counted:
        add(last, "enters")
    for happening, group in _happenings(flow):
        play = making(happening)
        if play is not None and _name(play) not in counted:
            add(play, group)
    plays = {wording.play(one): one for one in played if isinstance(one, tree.EventPlay)}
    for another in making.others(tuple(plays.values())):
        add(another, groups.get(_name(another), "other"), MOST_WITH_OTHERS)
    for text in _USUAL:
        name = text.partition(" ")[0]
        if name not in counted and name not in {
            one.text.partition(" ")[0] for one in found.values()
        }:
            title, about = _("Unsubscribes"), _("from e-mail")
            if name == "purchase":
                title, about = titled("purchase", said), "value 59"
            if name == "set":
                title, about = _("The customer changes"), "country AT"
            found[text] = Offer(text, title, about, "other")
    order = ("enters", "goes_on", "ends", "counts", "other")
    return sorted(found.values(), key=lambda one: order.index(one.group))


def somebodies(project: Project, flow: tree.Flow) -> list[Somebody]:
    """An invented customer, then those of the flow's tests."""
    start = next((it for one in _entries(flow) if (it := before(one.trigger))), "")
    found = [Somebody(_("Ada, invented"), tuple(_invented(project, flow)), start)]
    for test in project.tests:
        if test.flow == flow.name:
            given, start = _given(test)
            found.append(Somebody(test.title, tuple(given), start))
    return found


def _given(test: tree.Test) -> tuple[list[str], str]:
    given: list[str] = []
    start = ""
    for line in test.lines:
        match line:
            case tree.StartAt():
                start = wording.value(line.moment)
            case tree.GivenCustomer():
                given.append(f"given customer {_arguments(line.arguments)}")
            case tree.GivenProduct():
                given.append(f'given product "{line.product}" {_arguments(line.arguments)}')
            case tree.GivenArm():
                given.append(f"given arm {line.arm} of {line.experiment}")
            case tree.GivenChosen():
                given.append(f"given chosen {line.arm} of {line.experiment}")
            case tree.GivenHoldout():
                given.append("given holdout")
            case tree.GivenPast():
                given.append(f"given {wording.duration(line.ago)} ago {wording.play(line.play)}")
            case _:
                pass
    return given, start


def _arguments(arguments: tuple[tree.Argument, ...]) -> str:
    return f"({', '.join(f'{one.name}: {wording.value(one.value)}' for one in arguments)})"


# --- the invented customer ------------------------------------------------------------------


def _invented(project: Project, flow: tree.Flow) -> Iterator[str]:
    customer: dict[str, str] = {
        "email": '"ada@example.com"',
        "phone": '"+4915112345678"',
        "push": "true",
        "first_name": '"Ada"',
    }
    entries = _entries(flow)
    for entry in entries:
        trigger = entry.trigger
        if isinstance(trigger, tree.OnAnniversary | tree.OnDate):
            name = trigger.path.parts[-1]
            year = 2024 if isinstance(trigger, tree.OnAnniversary) else 2026
            # A moment needs its time; a day is a day.
            clock = " 10:00" if name.endswith("_at") else ""
            customer[name] = f"{year}-01-12{clock}"
    product = product_of(project, flow)
    meant = fit(project, flow, product)
    customer |= meant.customer
    for channel in meant.lost:
        customer.pop(CONTACT.get(channel, channel), None)
    if meant.tags:
        customer["tags"] = f"[{', '.join(wording.value(tree.Text(one)) for one in meant.tags)}]"
    said = ", ".join(f"{name}: {value}" for name, value in customer.items())
    yield f"given customer ({said})"
    moves = [one for entry in entries for one in _of(entry)]
    changes = [
        it for it in moves if isinstance(it, tree.BackInStock | tree.PriceDrop | tree.StockFalls)
    ]
    if changes or meant.about_product:
        stock = 50
        for one in changes:
            stock = 0 if isinstance(one, tree.BackInStock) else stock
            stock = one.below + 2 if isinstance(one, tree.StockFalls) else stock
        told = {"name": '"Zweipersonenzelt"', "price": "249", "stock": str(stock), **meant.product}
        said = ", ".join(f"{name}: {value}" for name, value in told.items())
        yield f"given product {wording.value(tree.Text(product))} ({said})"
    yield from meant.lines()


# --- what a flow listens to -----------------------------------------------------------------


def _entries(flow: tree.Flow) -> list[tree.Enter]:
    return [one for one in flow.headers if isinstance(one, tree.Enter)]


def _of(entry: tree.Enter) -> tuple[tree.Happening, ...]:
    return entry.trigger.happenings if isinstance(entry.trigger, tree.OnHappening) else ()


def _happenings(flow: tree.Flow) -> Iterator[tuple[tree.Happening, Group]]:
    for header in flow.headers:
        match header:
            case tree.Enter():
                yield from ((one, "enters") for one in _of(header))
            case tree.ExitWhen():
                yield from ((one, "ends") for one in header.happenings)
            case tree.JumpWhen():
                yield from ((one, "goes_on") for one in header.happenings)
            case tree.Goal():
                for one in everything(header):
                    if isinstance(one, tree.EventHappens):
                        yield one, "counts"
            case _:
                pass
    for step in walk(flow.steps):
        if isinstance(step, tree.Wait):
            arms = [one for one in step.arms if isinstance(one, tree.ForArm)]
            for one in (*step.happenings, *(it for arm in arms for it in arm.happenings)):
                yield one, "goes_on"


def _groups(flow: tree.Flow) -> dict[str, Group]:
    by_hand = any(isinstance(one.trigger, tree.Manually) for one in _entries(flow))
    found: dict[str, Group] = {flow.name: "enters"} if by_hand else {}
    for happening, group in _happenings(flow):
        if isinstance(happening, tree.EventHappens):
            found.setdefault(happening.event, group)
        elif not isinstance(happening, tree.SegmentMove):
            found.setdefault("product", group)
    return found


def _name(play: tree.Play) -> str:
    match play:
        case tree.EventPlay():
            return play.event
        case tree.ProductPlay():
            return "product"
        case tree.CustomerPlay():
            return "customer"
        case tree.StartPlay():
            return play.flow


def _words(play: tree.Play, said: dict[str, str]) -> tuple[str, str]:
    match play:
        case tree.EventPlay():
            title = titled(play.event, said)
            arguments: Iterable[tree.Argument] = play.arguments
            if play.of:
                title = f"{title}: {play.of}"
        case tree.ProductPlay():
            title, arguments = _("Product {name}", name=play.product), play.arguments
        case tree.CustomerPlay():
            title, arguments = _("The customer changes"), play.arguments
        case tree.StartPlay():
            title, arguments = _("Start by hand"), ()
    return title, ", ".join(f"{one.name} {_plain(one.value)}" for one in arguments)


def _plain(value: tree.Value) -> str:
    return value.value if isinstance(value, tree.Text) else wording.value(value)


def starts(start: str, zone: str) -> int:
    """When a test begins, in milliseconds. Raises ValueError for what is no moment."""
    if not start:
        return instant(tree.TEST_START, zone)
    return instant(datetime.fromisoformat(start.strip()).replace(tzinfo=None), zone)
