"""Plays a `test` block of the language on the real server, as a shop would: by HTTP and time.

Nothing here knows how anything is stored. What the test gives is told before the tested flows are
published, so that it is simply so; then they are published, and the test's plays are told at their
moments.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from dsl import tree
from engine.core import calendar, draws
from engine.core.facts import CONTACT
from engine.core.model import DAY, SECOND
from engine.core.program import ExperimentSpec
from engine.lab.literals import arguments
from engine.lab.outcome import Chronicle
from engine.lab.script import Cue, read
from engine.lab.suite import Case, Suite
from tests.production.house import House, Letter, Mailbox, word
from tests.production.project import with_flows
from tests.production.seen import Seen

USER = "ada"
_STAND_IN = {"email": "customer@example.com", "phone": "+4915100000000", "push": "token"}
_TRACKING = "tracking"
_ELSE = ""


class Production:
    """One test on a server of its own. `play` may be called once; `close` comes last."""

    def __init__(
        self,
        suite: Suite,
        case: Case,
        project: Path,
        folder: Path,
        database_url: str | None,
        box: Mailbox,
    ) -> None:
        """`project` is the folder that `suite` was read from; all that is made lies in `folder`,
        which may have a data folder without anything in it already.
        """
        self._suite, self._case = suite, case
        flows = suite.running(case.test.flow)
        self._deployment = suite.deployment(flows)
        self._script = script = read(case.test, self._deployment.zone)
        kept = {"schedules": script.until is not None, "catalogue": bool(script.products)}
        before = with_flows(project, folder / "before", frozenset(), **kept)
        self._flows = with_flows(project, folder / "flows", flows, **kept)
        began = min([script.start, *(cue.at for cue in script.past)]) - DAY
        self.house = House(before, folder / "data", database_url, box, began)
        self._calls = count(1)
        self._subscribes = {
            str(told)
            for cue in (*script.past, *script.cues)
            if isinstance(cue.play, tree.EventPlay) and cue.play.event == "subscribe"
            for name, told in arguments(cue.play.arguments).items()
            if name in ("channel", "topic")
        }
        self._paths = {
            (node.step.where or "/").replace("*", "x")
            for flow in flows
            for node in suite.project.graphs[flow].nodes
            if isinstance(node.step, tree.Show)
        }
        self._shown: Counter[tuple[int, str, str]] = Counter()
        self._showing: set[Any] = set()

    def close(self) -> None:
        self.house.close()

    def play(self, chronicle: Chronicle) -> Seen:
        """Everything that the test gives and plays, and as much time as the lab lived through.

        The site is looked at whenever something is played, and where the lab showed something.
        """
        house, script = self.house, self._script
        self._give()
        for cue in script.past:
            house.run_to(cue.at)
            self.happen(cue)
        house.run_to(script.start - 1)
        house.publish(self._flows)
        cues = list(script.cues)
        looks = {it.at for it in chronicle.messages if it.kind == "show"}
        until = max(chronicle.ended_at, script.until or 0)
        for at in sorted({script.start, until, *looks, *(cue.at for cue in cues)}):
            house.run_to(max(at - 1, script.start - 1))
            self._look()
            while cues and cues[0].at <= at:
                if house.clock.now() < at:
                    house.clock.turn(at)
                self.happen(cues.pop(0))
            house.run_to(at)
            self._look()
        return self._seen()

    def inside(self) -> bool:
        """Whether the customer is in any flow now."""
        return any(run["state"] != "ended" for run in self.house.trace(USER)["runs"])

    def passed(self) -> set[tuple[int, str, str]]:
        """When the runs came to which step of which flow, by the customer's trace."""
        return {
            (int(datetime.fromisoformat(step["at"]).timestamp()), run["flow"], step["step"])
            for run in self.house.trace(USER)["runs"]
            for step in run["steps"]
            if step["kind"] != "goal"
        }

    # --- what is given --------------------------------------------------------------------

    def _give(self) -> None:
        """The products, and a customer whose draws fall as the test says."""
        for given in self._script.products:
            self.house.put(f"/v1/products/{given.product}", _plain(arguments(given.arguments)))
        self._give_others()
        told = arguments(self._script.customer)
        first_order = told.pop("first_order_at", None)
        can_receive = told.pop("can_receive", None)
        tracked = told.pop("tracked", True)
        if told.get("push") is True:
            told["push"] = _STAND_IN["push"]
        for channel in can_receive or ():
            if channel in CONTACT:
                told.setdefault(CONTACT[channel], _STAND_IN[CONTACT[channel]])
        if can_receive is None:
            agreed = {it: True for it in CONTACT if told.get(CONTACT[it])}
        else:
            agreed = {it: it in can_receive for it in (*CONTACT, *self._deployment.topics)}
        # Who subscribes in the test has not done so before: it would be no news.
        agreed = {it: said for it, said in agreed.items() if it not in self._subscribes}
        # Who never spoke of a topic has it.
        agreed |= {it: False for it in self._subscribes if it in self._deployment.topics}
        self._identify({**_plain(told), "consent": {**agreed, _TRACKING: bool(tracked)}})
        for channel, contact in CONTACT.items():
            left_out = can_receive is not None and channel not in can_receive
            if left_out and told.get(contact) and channel not in self._subscribes:
                self.house.suppress(channel, str(told[contact]))
        if first_order is not None:  # which is counted, never told: there was an order then
            zone = ZoneInfo(self._deployment.zone)
            self._track("purchase", {}, timestamp=first_order.replace(tzinfo=zone).isoformat())

    def _give_others(self) -> None:
        """Those who came before, since draws go by who is the how manieth. One of them is busy at
        ten: a shop that knows nobody else would learn its habits from the test's customer alone.
        """
        others: list[dict[str, Any]] = [
            {"type": "identify", "userId": f"stranger-{it}"} for it in range(1, self._number())
        ]
        zone, now = self._deployment.zone, self.house.clock.now()
        for days in range(1, 30):
            at = calendar.at_clock(calendar.local_date(now - days * DAY, zone), time(10), zone)
            busy = {"type": "track", "userId": "stranger-1", "event": "click_email"}
            others.append({**busy, "timestamp": calendar.iso(at)})
        self.house.post("/v1/import", {"batch": others})

    def _number(self) -> int:
        """Which customer of this shop draws the wanted arms, and is held out or not."""
        script, deployment = self._script, self._deployment
        experiments = [
            op.spec
            for program in deployment.programs.values()
            for op in program.ops
            if isinstance(op.spec, ExperimentSpec)
        ]

        def draws_as_wanted(number: int) -> bool:
            for spec in experiments:
                wanted = script.arms.get(spec.name, _arm(spec, 1))
                labels = [label for _, label in spec.shares]
                if _arm(spec, number) != (wanted if wanted in labels else _ELSE):
                    return False
            return all(
                (draws.of_holdout(flow, number) < program.holdout)
                == (script.holdout and flow == self._case.test.flow)
                for flow, program in deployment.programs.items()
                if program.holdout > 0
            )

        return next(number for number in count(2) if draws_as_wanted(number))

    # --- what happens ---------------------------------------------------------------------

    def _identify(self, traits: dict[str, Any]) -> None:
        # With its time: what is told without one undoes no withdrawal.
        now = calendar.iso(self.house.clock.now())
        self._tell("identify", {"traits": traits, "timestamp": now})

    def happen(self, cue: Cue) -> None:
        play = cue.play
        if isinstance(play, tree.StartPlay):
            self.house.post(f"/v1/flows/{play.flow}/start", {"userId": USER})
            return
        told = _plain(arguments(play.arguments))
        if isinstance(play, tree.CustomerPlay):
            self._change(told)
            return
        if isinstance(play, tree.ProductPlay):
            self.house.put(f"/v1/products/{play.product}", told)
            return
        if play.event == "subscribe":
            named = [told[it] for it in ("channel", "topic") if told.get(it)] or list(CONTACT)
            self._identify({"consent": dict.fromkeys(named, True)})
            return
        if play.of is not None:
            told = {**self._message_of(play.event, play.of), **told}
        self._track(play.event, told)

    def _track(self, event: str, properties: dict[str, Any], **more: Any) -> None:
        self._tell("track", {"event": event, "properties": properties, **more})

    def _tell(self, kind: str, told: dict[str, Any]) -> None:
        call = {"userId": USER, "messageId": f"told {next(self._calls)}", **told}
        answer = self.house.post(f"/v1/{kind}", call)
        assert answer == {"success": True}, (call, answer)  # all of it, nothing left out

    def _change(self, traits: dict[str, Any]) -> None:
        """The shop tells something new of the customer, and that a new address may be used."""
        can_receive = arguments(self._script.customer).get("can_receive")
        agreed = {
            channel: bool(traits[contact])
            for channel, contact in CONTACT.items()
            if contact in traits and (can_receive is None or channel in can_receive)
        }
        if traits.get("push") is True:
            traits["push"] = _STAND_IN["push"]
        self._identify({**traits, "consent": agreed} if agreed else traits)

    def _message_of(self, event: str, name: str) -> dict[str, Any]:
        """`click_email of first` is about the latest message of that label or name, as a provider
        would tell it from the key that the message bore.
        """
        channel = event.rpartition("_")[2]
        for letter in reversed(self._to_customer()):
            run, step, _, _ = letter.key.split(":")
            flow = next(it for it in self._deployment.programs if self._has(it, step, letter))
            node = self._suite.source(flow).nodes[step]
            if name in (node.name, letter.message) and channel in (letter.channel, event):
                about = {"message": letter.message, "flow": flow}
                return {**about, "run": int(run), "step": step}
        for node in self._suite.project.graphs[self._case.test.flow].nodes:
            if node.name == name and isinstance(node.step, tree.Send):
                return {"message": node.step.message}
        return {"message": name}

    def _has(self, flow: str, step: str, letter: Letter) -> bool:
        node = self._suite.source(flow).nodes.get(step)
        sends = node is not None and isinstance(node.step, tree.Send)
        return sends and node.step.message == letter.message  # type: ignore[union-attr]

    # --- what came of it ------------------------------------------------------------------

    def _look(self) -> None:
        """What the site shows that it did not show a moment ago."""
        now = self.house.clock.now()
        found = {
            (it["id"], word(str(it)))
            for path in self._paths
            for it in self.house.on_site(USER, path)
        }
        self._shown.update((now // SECOND, "show", name) for _, name in found - self._showing)
        self._showing |= found

    def _to_customer(self) -> list[Letter]:
        return [it for it in self.house.letters if it.key.endswith(":customer")]

    def _seen(self) -> Seen:
        house = self.house
        out = Counter(
            (it.at // SECOND, it.channel if it.key.endswith(":customer") else "notify", it.message)
            for it in house.letters
        )
        out.update((at // SECOND, "call", name) for at, name in house.calls)
        out.update(self._shown)
        runs = house.trace(USER)["runs"]
        ended: Counter[tuple[int, str]] = Counter()
        goals: Counter[tuple[int, str]] = Counter()
        coupons: Counter[tuple[int, str]] = Counter()
        tracked: Counter[tuple[int, str]] = Counter()
        for run in runs:
            nodes = self._suite.source(run["flow"]).nodes
            left: int | None = None
            for told in run["steps"]:
                at = int(datetime.fromisoformat(told["at"]).timestamp())
                node = nodes.get(told["step"])
                match told["outcome"], node and node.step:
                    case "ended", _:
                        left = at  # who is left after the end ends with the later reason
                    case "reached", None:
                        goals[at, run["flow"]] += 1
                    case "done", tree.GiveCoupon(coupon=coupon):
                        coupons[at, coupon] += 1
                    case "done", tree.Track(event=event):
                        tracked[at, event] += 1
            if left is not None:
                ended[left, run["flow"]] += 1
        (customer,) = [it for it in house.customers() if it["id"] == USER]
        tags = frozenset(customer.get("tags") or ())
        return Seen(out, len(runs), ended, goals, tags, coupons, tracked, self._answers())

    def _answers(self) -> tuple[bool, ...]:
        """What the test's conditions say of the customer: a flow that asks them is published."""
        lines = [it for it in self._case.test.lines if isinstance(it, tree.ExpectCondition)]
        if not lines:
            return ()
        text = self._suite.project.sources[self._case.file].split("\n")
        asked = ["flow asks_at_the_end:", "  enter manually", ""]
        for line in lines:
            words = text[line.span.line - 1].strip().removeprefix("expect ")
            asked += [f"  if {words}:", '    add tag "holds"']
        (self._flows / "asks_at_the_end.flow").write_text("\n".join(asked) + "\n", "utf-8")
        self.house.publish(self._flows)
        self.house.post("/v1/flows/asks_at_the_end/start", {"userId": USER})
        self.house.run_to(self.house.clock.now())
        (run,) = self.house.trace(USER, "asks_at_the_end")["runs"]
        return tuple(it["detail"] == "yes" for it in run["steps"] if it["detail"] in ("yes", "no"))


def _arm(spec: ExperimentSpec, number: int) -> str:
    drawn = draws.of_experiment(spec.name, number)
    return next((label for bound, label in spec.shares if drawn < bound), _ELSE)


def _plain(told: dict[str, Any]) -> dict[str, Any]:
    """A test's literals as a shop would write them in JSON."""
    return {name: _json(value) for name, value in told.items()}


def _json(value: Any) -> Any:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime() | date() | time():
            return value.isoformat()
        case list():
            return [_json(it) for it in value]
        case _:
            return value
