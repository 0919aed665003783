"""What can be inserted into a flow: for each kind of step the text that then stands there.

The names in it are those that the project uses most, so that a new step is one that can run; where
there is none it says `new_message`, and the checks say what is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypedDict

from dsl import tree
from dsl.graph.compiler import name_of, walk
from dsl.graph.kinds import KINDS, Family, StepKind
from dsl.names import vocabulary
from dsl.printing.expressions import print_value
from dsl.project import Project
from editor.language import _, noop


class Choice(TypedDict):
    """A row of the picker. `words` are the language's and others by which people look for it,
    `about` is half a sentence, `family` the colour, `icon` strokes in a field of 16 x 16, `text`
    one step.
    """

    kind: str
    title: str
    words: str
    about: str
    family: Family
    icon: str
    text: str


def choices(project: Project, flow: str) -> list[Choice]:
    """Every kind of step that the flow of this name may hold, the usual ones first; not `go on`,
    which stands by itself where there is no other step.

    `flow` need not be one of the project: a new one uses what the others do.
    """
    used = _Used(project, flow)
    return [
        Choice(
            kind=row.kind,
            title=_(row.title),
            words=row.words if _(row.words) == row.words else f"{row.words} {_(row.words)}",
            about=_(row.about),
            family=_as_drawn(row).family,
            icon=_as_drawn(row).icon,
            text=row.text(used),
        )
        for row in _ROWS
    ]


_WAITS = {"wait_for", "wait_until"}
"""What one looks for under names of its own, and what is a `wait` in the language."""


class _Used:
    """The steps of a project, those of one flow first: a name that it uses already fits here."""

    def __init__(self, project: Project, flow: str) -> None:
        self.project = project
        self.flow = flow
        mine = project.flows.get(flow)
        self.headers = () if mine is None else mine.headers
        self.own = [] if mine is None else list(walk(mine.steps))
        self.steps = [
            *self.own,
            *(
                step
                for one in project.flows.values()
                if one is not mine
                for step in walk(one.steps)
            ),
        ]


def _most(said: Iterable[str], otherwise: Iterable[str] = ()) -> str | None:
    """What is said most often, of equals what is said first; if nothing is, the first otherwise."""
    counted = Counter(said).most_common(1)
    return counted[0][0] if counted else next(iter(otherwise), None)


def _send(used: _Used) -> str:
    def messages(steps: Iterable[tree.Statement]) -> Iterator[str]:
        sends = (one for one in steps if isinstance(one, tree.Send) and "email" in one.channels)
        return (one.message for one in sends)

    found = _most(messages(used.own)) or _most(messages(used.steps))
    return f"send email {found or 'new_message'}"


def _show(used: _Used) -> str:
    shows = (one for one in used.steps if isinstance(one, tree.Show) and one.surface == "popup")
    return f"show popup {_most(one.message for one in shows) or 'new_message'} on leaving"


def _notify(used: _Used) -> str:
    told = [one for one in used.steps if isinstance(one, tree.Notify)]
    staff = _most((one.staff for one in told), used.project.declarations.staff) or "new_staff"
    message = _most(one.message for one in told if one.staff == staff) or "new_message"
    return f"notify {staff} with {message}"


def _call(used: _Used) -> str:
    calls = (one.webhook for one in used.steps if isinstance(one, tree.Call))
    return f"call {_most(calls, used.project.webhooks) or 'new_webhook'}"


def _property(used: _Used) -> str:
    """A property that flows set already, else the first that the shop has of its own."""
    own = (f"customer.{name}" for name in used.project.customer if name not in vocabulary.CUSTOMER)
    paths = (print_value(one.path) for one in used.steps if isinstance(one, tree.SetProperty))
    return _most(paths, own) or "customer.first_name"


_VALUES = {
    "text": '"new"',
    "number": "1",
    "money": "1",
    "boolean": "true",
    "date": "2027-01-01",
    "time": "09:00",
    "list": '["new"]',
}


def _set(used: _Used) -> str:
    path = _property(used)
    values = (
        print_value(one.value)
        for one in used.steps
        if isinstance(one, tree.SetProperty)
        and print_value(one.path) == path
        and isinstance(one.value, tree.Text | tree.Number | tree.Boolean)
    )
    kind = used.project.customer.get(path.removeprefix("customer."), "text")
    return f"set {path} to {_most(values) or _VALUES[kind]}"


def _tag(used: _Used) -> str:
    tags = (one.tag for one in used.steps if isinstance(one, tree.AddTag | tree.RemoveTag))
    return print_value(tree.Text(_most(tags) or "new tag"))


def _score(used: _Used) -> str:
    scores = (one.score for one in used.steps if isinstance(one, tree.AddScore))
    return f"add 5 to score {_most(scores, used.project.scores) or 'new_score'}"


def _coupon(used: _Used) -> str:
    coupons = (one.coupon for one in used.steps if isinstance(one, tree.GiveCoupon))
    return f"give coupon {_most(coupons, used.project.coupons) or 'new_coupon'}"


def _topic(used: _Used) -> str:
    steps = (one for one in used.steps if isinstance(one, tree.Subscribe | tree.Unsubscribe))
    return _most((one.what for one in steps), used.project.declarations.topics) or "email"


def _track(used: _Used) -> str:
    events = (one.event for one in used.steps if isinstance(one, tree.Track))
    return f"track {_most(events, used.project.declarations.own_events) or 'new_event'}"


def _start(used: _Used) -> str:
    """Only a flow with `enter manually` can be started."""
    by_hand = [
        name
        for name, flow in used.project.flows.items()
        if any(
            isinstance(one, tree.Enter) and isinstance(one.trigger, tree.Manually)
            for one in flow.headers
        )
    ]
    steps = (one for one in used.steps if isinstance(one, tree.StartFlow))
    started = [one.flow for one in steps if one.flow in by_hand]
    others = [name for name in by_hand if name != used.flow]
    return f"start flow {_most((one for one in started if one != used.flow), others) or 'new_flow'}"


def _stop(used: _Used) -> str:
    flows = (one.flow for one in used.steps if isinstance(one, tree.StopFlow))
    others = (name for name in used.project.flows if name != used.flow)
    return f"stop flow {_most((one for one in flows if one != used.flow), others) or 'new_flow'}"


def _go_to(used: _Used) -> str:
    """To a step of this flow: a label means nothing in another."""
    targets = (one.target for one in used.own if isinstance(one, tree.GoTo))
    labels = (one.label for one in used.own if isinstance(one, tree.LabelledStatement))
    return f"go to {_most(targets, (one for one in labels if one)) or 'new_label'} up to 3 times"


def _wait_for(used: _Used) -> str:
    """For what ends no run of this flow anyway."""
    ends = {
        one.event
        for header in used.headers
        if isinstance(header, tree.ExitWhen)
        for one in header.happenings
        if isinstance(one, tree.EventHappens)
    }
    waits = (one for one in used.steps if isinstance(one, tree.Wait))
    events = (
        one.event
        for wait in waits
        for one in (*wait.happenings, *_of_arms(wait))
        if isinstance(one, tree.EventHappens) and one.event not in ends
    )
    usual = (one for one in ("purchase", "click_email") if one not in ends)
    return f"wait up to 1 day for {_most(events, usual) or 'open_email'}:\n  go on"


def _of_arms(wait: tree.Wait) -> list[tree.Happening]:
    arms = (one for one in wait.arms if isinstance(one, tree.ForArm))
    return [happening for arm in arms for happening in arm.happenings]


def _experiment(used: _Used) -> str:
    """An experiment's name is its own in all of the project."""
    taken = {name_of(one) for one in used.steps}
    name, number = "new_experiment", 1
    while name in taken:
        number += 1
        name = f"new_experiment_{number}"
    return f"experiment {name}:\n  50% as a:\n    go on\n  50% as b:\n    go on"


class _Row(NamedTuple):
    kind: str
    title: str
    words: str
    about: str
    text: Callable[[_Used], str]


def _as_drawn(row: _Row) -> StepKind:
    return KINDS["wait" if row.kind in _WAITS else row.kind]


def _plain(text: str) -> Callable[[_Used], str]:
    return lambda _used: text


_ROWS = (
    _Row("send", noop("Send a message"), noop("send email sms push whatsapp mail newsletter text"),
         noop("by e-mail, SMS, push or WhatsApp"), _send),
    _Row("wait", noop("Wait"), noop("wait delay pause minutes hours days weeks"),
         noop("some minutes, hours, days or weeks"), _plain("wait 1 day")),
    _Row("if", noop("Yes or no"), noop("if else condition split branch decision filter"),
         noop("goes one way if a condition holds, the other if not"),
         _plain("if customer.orders >= 1:\n  go on")),
    _Row("wait_for", noop("Wait for something"), noop("wait up to for event until happens"),
         noop("goes on at once when it happens, the other way when time is up"), _wait_for),
    _Row("wait_until", noop("Wait until"), noop("wait until time weekday date moment"),
         noop("a time of day, a weekday, a date or the customer's best time"),
         _plain("wait until 10:00")),
    _Row("switch", noop("By value"), noop("switch case split branch country language choose"),
         noop("a way for each value of a property"),
         _plain('switch customer.country:\n  case "DE":\n    go on')),
    _Row("experiment", noop("Experiment"), noop("experiment a/b test ab split random share"),
         noop("sends shares of the people different ways and compares them"), _experiment),
    _Row("repeat", noop("Repeat"), noop("repeat times loop again"),
         noop("does the same steps several times"), _plain("repeat 3 times:\n  go on")),
    _Row("give_coupon", noop("Give a coupon"), noop("give coupon discount code voucher gift"),
         noop("draws a code that messages can show"), _coupon),
    _Row("notify", noop("Notify staff"), noop("notify staff alert person team internal"),
         noop("writes to a person in the shop"), _notify),
    _Row("show", noop("Show on the site"), noop("show popup banner block website on-site"),
         noop("a popup, a banner or a block in the shop"), _show),
    _Row("add_tag", noop("Add a tag"), noop("add tag label mark"),
         noop("marks the customer"),
         lambda used: f"add tag {_tag(used)}"),
    _Row("remove_tag", noop("Remove a tag"), noop("remove tag label unmark"),
         noop("takes a mark away"),
         lambda used: f"remove tag {_tag(used)}"),
    _Row("set", noop("Set a property"), noop("set property field attribute update customer"),
         noop("writes down something about the customer"), _set),
    _Row("clear", noop("Clear a property"), noop("clear property field delete empty customer"),
         noop("forgets something about the customer"), lambda used: f"clear {_property(used)}"),
    _Row("add_score", noop("Add to a score"), noop("add score points rating engagement lead"),
         noop("gives or takes points"), _score),
    _Row("subscribe", noop("Subscribe"), noop("subscribe customer to topic channel opt in"),
         noop("to a channel or a topic"), lambda used: f"subscribe customer to {_topic(used)}"),
    _Row("unsubscribe", noop("Unsubscribe"), noop("unsubscribe customer from opt out"),
         noop("from a channel or a topic"),
         lambda used: f"unsubscribe customer from {_topic(used)}"),
    _Row("track", noop("Track an event"), noop("track event record happened"),
         noop("records that something happened"), _track),
    _Row("call", noop("Call a webhook"), noop("call webhook http api request crm integration"),
         noop("tells another system"), _call),
    _Row("start_flow", noop("Start a flow"), noop("start flow enter another automation"),
         noop("takes the customer into another flow as well"), _start),
    _Row("stop_flow", noop("Stop a flow"), noop("stop flow end another automation"),
         noop("ends the customer's way through another flow"), _stop),
    _Row("go_to", noop("Go to a step"), noop("go to jump label back loop"),
         noop("goes on at a named step of this flow"), _go_to),
    _Row("exit", noop("Exit"), noop("exit end stop leave finish"),
         noop("ends the flow here"), _plain("exit")),
)  # fmt: skip
