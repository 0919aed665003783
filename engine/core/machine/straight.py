"""Plain ways through a flow as straight Python, from a step to where the run next stands.

Most turns are plain: a wait is over, a condition is asked, a message goes, the next wait begins.
Which steps those are stands in the program, so each way is written out once per deployment: from
the row of `PLAIN` for each op, in the order in which the machine would take them. What a way needs
comes as values, what becomes of the run goes out as values.

This is no second machine. `PLAIN` has a row for those kinds of steps of `steps.STEPS` that can be
written out, and for them only what usually happens. Whatever else turns up (an objection to a
message, a moment that has come already, an `exit if` that holds) ends the way with None: nothing
has happened then, and the machine proper takes the turn. Decision 49; held equal by
`tests/engine/runtime/test_straight.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, Protocol

from engine.core import draws
from engine.core.choices import Choice, Choices
from engine.core.conditions.scope import Scope
from engine.core.deployment import Deployment
from engine.core.eligibility import choose
from engine.core.facts import Sent
from engine.core.machine import experiments
from engine.core.machine.messages import payload_of
from engine.core.machine.state import ended_by
from engine.core.model import EndKind, Instant
from engine.core.program import ExperimentSpec, Op, Program, SendSpec

LONGEST: Final = 60
"""Steps of a way, those of all its branches together."""

_DOOR: Final = -1
"""In place of the node at which a way begins."""

UNUSUAL: Final = frozenset(("parked", "retime", "held", "awaits", "date", "holdout"))
"""A run that remembers any of these is not plain. See `engine.core.machine.state`."""


class Stand(NamedTuple):
    """Where a way has led: `wake_at` for a run that waits at `node`, the rest for one that ended
    there at `at`. `rows` counts the rows of history, `sends` says that a message goes.
    """

    rows: int
    sends: bool
    node: int
    at: Instant
    wake_at: Instant | None
    end_kind: EndKind | None = None
    end_reason: str | None = None


class Take(Protocol):
    """A way, from a run that stands at its beginning.

    `scope` is asked by conditions, `memory` changes with the run; `at` is when the step before
    happened, `now` the turn's moment. `number` is the first free number of history, `head` the
    run's newest. `history` and `intents` take rows as `engine.store.straight` writes them.
    """

    def __call__(
        self,
        scope: Scope,
        memory: dict[str, Any],
        run: int,
        customer: int,
        flow: int,
        at: Instant,
        now: Instant,
        number: int,
        head: int | None,
        history: Callable[[tuple[Any, ...]], object],
        intents: Callable[[tuple[Any, ...]], object],
        providers: frozenset[str] | None,
    ) -> Stand | None: ...


class Way(NamedTuple):
    """`take` writes at most so many `rows` of history; `asks`: it looks at the customer, `changes`:
    it may change what is known of them, even where it then leads nowhere.
    """

    take: Take
    rows: int
    asks: bool
    source: str
    changes: bool = False


Rows = Mapping[str, "Callable[[Writing, Path, Op], None]"]
"""By kind of step: what writes it out."""


class Ways:
    """The plain ways of a deployment, each made when it is first asked for."""

    def __init__(
        self,
        deployment: Deployment,
        pack: Callable[..., Any],
        *,
        remembers: bool = False,
        plain: Rows | None = None,
        counts: bool = False,
    ) -> None:
        """`pack` makes the last column of an intent from payload, staff, to, order and over.
        `remembers`: whoever takes a way knows what happened to its customer before. `plain` are the
        kinds of steps that can be written out, by default `PLAIN`. `counts`: of history only step,
        outcome and detail are told, of intents channel, message, moment, run and step.
        """
        self._counts = counts
        self._plain = PLAIN if plain is None else plain
        self._deployment = deployment
        self._pack = pack
        self._remembers = remembers
        self._known: dict[tuple[str, int, int], Way | None] = {}
        self._choices: dict[tuple[str, str], Choice] = {}

    def choose(self, choices: Choices) -> None:
        """From now on ways lead where these say."""
        self._choices.clear()
        self._choices.update(choices)

    def after(self, flow: str, version: int, node: int) -> Way | None:
        """The way of a run whose wait at `node` is over, None where there is no plain one."""
        key = (flow, version, node)
        if key not in self._known:
            program = self._deployment.versions.get((flow, version))
            self._known[key] = None if program is None else self._wake(program, node)
        return self._known[key]

    def through(self, program: Program) -> Way | None:
        """The way of somebody who enters, from the door on."""
        key = (program.flow, program.version, _DOOR)
        if key not in self._known:
            writing = self._writing(program)
            first = program.ops[0]
            self._known[key] = writing.way(first, "entered", "", first.next)
        return self._known[key]

    def _wake(self, program: Program, node: int) -> Way | None:
        op = program.ops[node]
        writing = self._writing(program)
        if op.kind == "send" and self._remembers:
            return writing.way(None, "", "", node)  # it was held there
        if isinstance(op.spec, ExperimentSpec) and op.spec.winner is not None:
            return writing.way(None, "", "", node)
        if op.kind != "wait":
            return None
        if op.wait.arms:
            return writing.way(op, "done", "time is up", op.otherwise)
        return writing.way(None, "", "", op.next)

    def _writing(self, program: Program) -> Writing:
        writing = Writing(
            self._deployment, program, self._pack, self._remembers, self._plain, self._counts
        )
        writing.known["choices"] = self._choices
        return writing


class NotPlainError(Exception):
    """There is a step that cannot be written out."""


class Path(NamedTuple):
    """What is known of a run at some place of a way, before it is taken."""

    depth: int
    rows: int = 0
    acted: bool = False
    sends: bool = False

    def inside(self) -> Path:
        return self._replace(depth=self.depth + 1)


class Writing:
    """One way being written."""

    def __init__(
        self,
        deployment: Deployment,
        program: Program,
        pack: Callable[..., Any],
        remembers: bool,
        plain: Rows,
        counts: bool,
    ) -> None:
        self.plain = plain
        self.counts = counts
        self.deployment = deployment
        self.program = program
        self.remembers = remembers
        self.lines: list[str] = []
        self.known: dict[str, Any] = {
            "Stand": Stand,
            "Sent": Sent,
            "choose": choose,
            "draw": draws.of_experiment,
            "pack": pack,
            "payload_of": payload_of,
            "program": program,
            "rules": deployment.rules,
            "make": tuple.__new__,
        }
        self.steps = 0
        self.rows = 0
        self.asks = self.changes = False

    def way(self, first: Op | None, outcome: str, detail: str, place: int) -> Way | None:
        """From `place`, with a row of history about `first` before it."""
        needs = self.program.needs
        if (needs.events or needs.cart) and not self.remembers:
            return None  # what happened before is not loaded
        path = Path(1)
        try:
            if first is not None:
                path = self.note(path, first, outcome, repr(detail))
            self.walk(path, place)
        except NotPlainError:
            return None
        names = "scope, memory, run, customer, flow, at, now, number, head, history, intents"
        source = "\n".join((f"def take({names}, providers):", *self.lines, ""))
        exec(compile(source, f"<way through {self.program.flow}>", "exec"), self.known)  # noqa: S102
        return Way(self.known["take"], self.rows, self.asks, source, self.changes)

    def walk(self, path: Path, place: int) -> None:
        """The steps from `place` on, until the run stands."""
        self.steps += 1
        if self.steps > LONGEST:
            raise NotPlainError
        op = self.program.ops[place]
        if op.kind == "end":
            self.end(path, op, "finished")
            return
        plain = self.plain.get(op.kind)
        if plain is None:
            raise NotPlainError
        for test, _ in self.program.exit_ifs:
            self.put(path, f"if {self.value(test)}(scope, None, None): return None")
            self.asks = True
        plain(self, path, op)

    def put(self, path: Path, line: str) -> None:
        self.lines.append("    " * path.depth + line)

    def value(self, value: Any) -> str:
        """A name for something that is known now."""
        name = f"known_{len(self.known)}"
        self.known[name] = value
        return name

    def note(
        self, path: Path, op: Op, outcome: str, detail: str, until: str = "None", said: str = ""
    ) -> Path:
        """A row of history; `detail` and `until` are expressions, and `said` is one in place of
        `outcome`.
        """
        rows = path.rows
        before = "head" if rows == 0 else f"number + {rows - 1}"
        said = said or repr(outcome)
        row = f"number + {rows}, run, {before}, {op.id!r}, at, {said}, {detail}, {until}"
        self.put(path, f"history(({f'{op.id!r}, {said}, {detail}' if self.counts else row}))")
        self.rows = max(self.rows, rows + 1)
        return path._replace(rows=rows + 1)

    def stand(self, path: Path, *values: str) -> None:
        self.put(
            path,
            f"return make(Stand, ({path.rows}, {path.sends}, {', '.join(values)}))",
        )

    def end(self, path: Path, op: Op, kind: EndKind, reason: str = "") -> None:
        path = self.note(path, op, "ended", repr(ended_by(kind, reason)))
        self.stand(path, str(op.position), "at", "None", repr(kind), repr(reason or None))

    def wait(self, path: Path, op: Op) -> None:
        """Stand at a wait whose moment does not depend on what its customer may change."""
        timing = op.wait.timing
        if timing.elapsed is not None:
            self.put(path, f"until = at + {timing.elapsed}")
        else:
            self.asks = True
            self.put(path, f"until = {self.value(timing.due)}(scope, at, {not path.acted})")
            self.put(path, "if until.__class__ is not int: return None")
        self.put(path, "if until <= at or until <= now: return None")
        path = self.note(path, op, "waiting", "''", "until")
        self.stand(path, str(op.position), "at", "until", "None", "None")

    def send(self, path: Path, op: Op, spec: SendSpec) -> None:
        """Send what nothing stands against."""
        self.choice(path, spec)
        self.put(path, "if chosen.__class__ is not str: return None")
        path = self.sent(path, op, spec)
        self.walk(self.note(path, op, "done", "chosen"), op.next)

    def choice(self, path: Path, spec: SendSpec) -> None:
        """By which channel, or what stands against it."""
        if any(self.deployment.listens(f"sent_{channel}") for channel in spec.channels):
            raise NotPlainError
        self.asks = True
        options = f"addressed={spec.to is not None}, providers=providers, over={_over(spec)}"
        chosen = f"choose(rules, program, scope.facts, {spec.channels!r}, {spec.message!r}, now"
        self.put(path, f"chosen = {chosen}, {options})")

    def sent(self, path: Path, op: Op, spec: SendSpec) -> Path:
        """It goes by the chosen channel."""
        program = self.program
        payload = f"payload_of(memory, {self.value(spec)})"
        detail = f"pack({payload}, None, {spec.to!r}, sum(visits.values()), {_over(spec)})"
        key = (
            f"run, {op.id!r}, visit, 0, customer, flow, {program.version}, chosen, {spec.message!r}"
        )
        counts = not program.transactional
        told = f"{key}, now, now, {program.priority}, {counts}, {detail}"
        if self.counts:
            told = f"chosen, {spec.message!r}, now, run, {op.id!r}"
        for line in (
            "visits = memory.setdefault('visits', {})",
            f"visit = visits[{op.id!r}] = visits.get({op.id!r}, 0) + 1",
            f"intents(({told}))",
            "at = memory['last_send'] = now",
            f"memory.setdefault('sends', {{}})[{op.id!r}] = now",
        ):
            self.put(path, line)
        if counts:
            key = f"f'{{run}}:' + {op.id!r} + f':{{visit}}:customer'"
            self.put(path, f"scope.facts.sent.append(Sent(now, chosen, {key}, False))")
        return path._replace(acted=True, sends=True)


def _over(spec: SendSpec) -> str:
    return f"now + {spec.over}" if isinstance(spec.over, int) else repr(spec.over)


# --- what a step usually does ---------------------------------------------------------------


def _wait(writing: Writing, path: Path, op: Op) -> None:
    timing = op.wait.timing
    if op.wait.arms or timing.within is not None or timing.follows is not None:
        raise NotPlainError
    writing.wait(path, op)


def _choose_arm(writing: Writing, path: Path, op: Op) -> None:
    tests = op.spec
    assert isinstance(tests, tuple)
    writing.asks = True
    for arm, test in enumerate(tests):
        writing.put(path, f"if {writing.value(test)}(scope, None, None):")
        says = "yes" if arm == 0 and op.kind == "if" else f"case {arm + 1}"
        inside = writing.note(path.inside(), op, "done", repr(says))
        writing.walk(inside, op.arms[arm])
    path = writing.note(path, op, "done", repr("no" if op.kind == "if" else "else"))
    writing.walk(path, op.otherwise)


def _send(writing: Writing, path: Path, op: Op) -> None:
    spec = op.spec
    assert isinstance(spec, SendSpec)
    if spec.products is not None:
        raise NotPlainError
    writing.send(path, op, spec)


def _go_on(writing: Writing, path: Path, op: Op) -> None:
    writing.walk(path, op.next)


def _leave(writing: Writing, path: Path, op: Op) -> None:
    writing.end(path, op, "exit", op.name)


PLAIN: Final[Rows] = {
    "wait": _wait,
    "if": _choose_arm,
    "switch": _choose_arm,
    "experiment": experiments.experiment,
    "send": _send,
    "go_on": _go_on,
    "exit": _leave,
}
