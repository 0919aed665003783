"""What can be asked of a data folder: one table, whoever asks and whoever does it.

`engine.service.control` serves each row over HTTP, `engine.service.client` asks a running server
for it, and `engine.cli.verb` does the same row here where no server runs. So a row is written
once, and its answer is the same both ways.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from engine.core.facts import CONTACT
from engine.core.model import Instant
from engine.core.values import Types
from engine.customers import suppressing
from engine.customers.erasure import erase_by_name
from engine.errors import RefusedError
from engine.imports.groups import Group, Kind, Row, mark_of, store
from engine.imports.target import LocalTarget
from engine.intake import keys
from engine.publishing import brakes
from engine.reports.recommendations import training_json
from engine.runtime import dead_letters, manual
from engine.store import audit, coupons
from engine.store.errors import WriterStoppedError
from engine.store.writer import Transaction, Writer

if TYPE_CHECKING:
    from engine.clock import Clock
    from engine.learning.models import Model
    from engine.publishing.plan import InFlight, Plan
    from engine.publishing.publish import Published
    from engine.service.service import Service
    from engine.store.suppression import Suppressions

Document = dict[str, Any]
Needs = Literal["files", "database", "service"]
"""What must be open: nothing that writes, the database alone, or all that runs on it."""
COMMAND_LINE: Final = "command line"
"""Who did it, in the audit log."""


class Planner(Protocol):
    """What `files` rows work with."""

    def plan(self, folder: Path, *, in_flight: InFlight = ...) -> Plan: ...


class Store(Protocol):
    """What `database` rows work with. A service is one too."""

    @property
    def clock(self) -> Clock: ...
    @property
    def writer(self) -> Writer: ...
    @property
    def suppressions(self) -> Suppressions: ...
    @property
    def paused(self) -> str: ...
    def confirm(self, who: str) -> bool: ...
    def learn(self) -> Model | None: ...
    def wake(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Operation:
    """A row of the table.

    `work` takes what `needs` names and the request, and gives the answer; it says no with a
    `engine.errors.PlainError`. `members` must stand in a request. `begins` names the member with
    the folder of flows that a new data folder begins with. `lists_findings` is for verbs whose
    refusals list what is wrong with the flows.
    """

    name: str
    work: Callable[[Any, Document], Document]
    needs: Needs
    members: tuple[str, ...] = ()
    begins: str = ""
    lists_findings: bool = False

    def run(self, opened: object, request: object) -> Document:
        """Do it with what is open.

        Raises:
            PlainError: it was not done; a RefusedError where the request is the reason.
        """
        if not isinstance(request, dict):
            raise MalformedRequestError(f"{self.name} takes a JSON object")
        for member in self.members:
            if member not in request:
                raise MalformedRequestError(f"{self.name} takes `{member}`, which is missing")
        return self.work(opened, request)


class MalformedRequestError(RefusedError):
    """A request is no object, or lacks what it must say."""


# --- publishing -----------------------------------------------------------------------------


def _in_flight(request: Document) -> InFlight:
    return "finish" if request.get("in_flight") == "finish" else "follow"


def _plan(planner: Planner, request: Document) -> Document:
    return plan_json(planner.plan(Path(request["path"]), in_flight=_in_flight(request)))


def _publish(service: Service, request: Document) -> Document:
    done = service.take_first_publish() or service.publish(
        Path(request["path"]),
        in_flight=_in_flight(request),
        author=str(request.get("author") or COMMAND_LINE),
        expected=request.get("plan"),
    )
    return published_json(done)


def _hold(service: Service, request: Document) -> Document:
    who = str(request.get("author") or COMMAND_LINE)
    return service.hold(str(request["flow"]), request["act"], who)._asdict()


def _brake(service: Service, request: Document) -> Document:
    """`act` is status; stop (with a `reason`) or resume, of all marketing; or lift, of the message
    `message` of `flow` by `channel`.
    """
    act, who = request["act"], str(request.get("author") or COMMAND_LINE)
    live, reason = service.live, str(request.get("reason") or "").strip()[:500]
    if act == "stop":
        service.writer.run(lambda tx: brakes.stop(tx, live, who, reason))
    elif act == "resume":
        service.writer.run(lambda tx: brakes.go_on(tx, live, who))
    elif act == "lift":
        told = [str(request.get(name) or "") for name in ("flow", "message", "channel")]
        service.writer.run(lambda tx: brakes.lift(tx, live, brakes.Key(*told), who))
    elif act != "status":
        raise MalformedRequestError("marketing takes `act`: status, stop, resume or lift")
    return live.brakes.as_json()


def plan_json(made: Plan) -> Document:
    """A plan for scripts (`plan`) and for people (`words`: marks and lines)."""
    from engine.publishing.wording import words_of

    return {"plan": made.as_json(), "words": [list(line) for line in words_of(made)]}


def published_json(done: Published) -> Document:
    """What a publish did: its plan, which it kept to, and who was moved."""
    return {
        "versions": done.versions,
        "removed": done.removed,
        "moved": [one._asdict() for one in done.moved],
        **plan_json(done.plan),
    }


# --- people and what failed -----------------------------------------------------------------


def _by_hand(service: Service, request: Document) -> Document:
    try:
        asked = manual.Request(**request)
    except TypeError as error:
        raise MalformedRequestError(str(error)) from None
    return service.by_hand(asked)._asdict()


def _erase(opened: Store, request: Document) -> Document:
    who, now = str(request["customer"]), opened.clock.now()
    # Before the work: where no server runs, the list's key is read by work of its own.
    suppressions = opened.suppressions
    customer = opened.writer.run(lambda tx: erase_by_name(tx, who, suppressions, now, COMMAND_LINE))
    return {"customer": customer}


def _suppress(opened: Store, request: Document) -> Document:
    """`act` is list; or add or lift, about an `address` and its `channel`, with a `reason`."""
    act, suppressions, now = request["act"], opened.suppressions, opened.clock.now()
    if act == "list":
        return {"suppressed": opened.writer.run(suppressions.listed)}
    channel, reason = str(request.get("channel")), str(request.get("reason") or "").strip()
    address, who = str(request.get("address") or ""), str(request.get("author") or COMMAND_LINE)
    if act not in ("add", "lift") or channel not in CONTACT or not address or not reason:
        raise MalformedRequestError("suppress takes `act`, `channel`, `address` and a `reason`")

    def work(transaction: Transaction) -> bool:
        return suppressing.change(
            transaction, suppressions, act, channel, address, reason, who, now
        )

    return {"act": act, "channel": channel, "changed": opened.writer.run(work)}


def _retry(opened: Store, request: Document) -> Document:
    whose, now = request.get("customer"), opened.clock.now()
    done = opened.writer.run(lambda tx: dead_letters.retry(tx, now, COMMAND_LINE, whose))
    opened.wake()
    return done._asdict()


def _confirm(opened: Store, _request: Document) -> Document:
    why = opened.paused
    return {"confirmed": opened.confirm(COMMAND_LINE), "paused": why}


def _learn(opened: Store, _request: Document) -> Document:
    model = opened.learn()
    if model is None:
        raise WriterStoppedError("the server is stopping")
    return training_json(model)


# --- keys, imports, coupons -----------------------------------------------------------------


def _change_keys(opened: Store, request: Document) -> Document:
    now = opened.clock.now()
    return opened.writer.run(lambda tx: change_keys(tx, request, now))


def change_keys(transaction: Transaction, what: Mapping[str, Any], now: Instant) -> Document:
    """`act` is add (with `kind`), revoke or rotate, about the keys called `name`."""
    name, act = str(what["name"]), what["act"]
    if act == "revoke":
        done: Document = {"name": name, "revoked": keys.revoke(transaction, name, now)}
    elif act == "rotate":
        done = {"name": name, "key": keys.rotate(transaction, name, now) or ""}
        found = keys.find(transaction, done["key"])
        if found is not None and found.kind == "browser":
            done["signing"] = keys.signing_secret(transaction, done["key"])
    else:
        kind: keys.Kind = "browser" if what.get("kind") == "browser" else "server"
        done = {"name": name, "kind": kind, "key": keys.create(transaction, name, kind, now)}
        if kind == "browser":
            done["signing"] = keys.signing_secret(transaction, done["key"])
    audit.note(transaction, audit.Act(now, "command line", f"key {act}", {"name": name}))
    return done


def import_rows(
    transaction: Transaction,
    kind: Kind,
    rows: Sequence[Row],
    *,
    types: Types,
    now: Instant,
    file: str,
) -> list[Document]:
    """Store rows that are at hand; says which were skipped: `[{"line", "reason"}]`."""
    group = Group(types, now, source=f"import of {file}", mark=mark_of(kind, file, now))
    reasons = store(transaction, kind, rows, group)
    return [{"line": rows[index][0], "reason": why} for index, why in sorted(reasons.items())]


def _import(service: Service, request: Document) -> Document:
    """One step of an import; `look` does nothing: a command line asks whether somebody is here."""
    if request["act"] == "look":
        return {}
    target = LocalTarget(service.writer, service.clock, lambda: service.deployment.types)
    done = target.step(request)
    service.wake()
    return done


def add_coupons(service: Service, request: Mapping[str, Any]) -> Document:
    """Put `codes` into the pool of `coupon`.

    Raises:
        RefusedError: there is no such coupon.
    """
    name, declared = str(request["coupon"]), service.deployment.coupons
    if name not in declared:
        known = ", ".join(sorted(declared)) or "none"
        raise RefusedError(f"there is no coupon {name}; declared are: {known}")
    done = service.writer.run(
        lambda tx: coupons.add_codes(tx, name, request["codes"], service.clock.now())
    )
    return done.as_json()


# --- the table ------------------------------------------------------------------------------

OPERATIONS: Final[tuple[Operation, ...]] = (
    Operation("plan", _plan, "files", ("path",), lists_findings=True),
    Operation("publish", _publish, "service", ("path",), begins="path", lists_findings=True),
    Operation("flow", _hold, "service", ("flow", "act"), lists_findings=True),
    Operation("marketing", _brake, "service", ("act",)),
    Operation("by-hand", _by_hand, "service", ("act", "flow", "who"), lists_findings=True),
    Operation("retry", _retry, "database"),
    Operation("confirm", _confirm, "database"),
    Operation("erase", _erase, "database", ("customer",)),
    Operation("suppress", _suppress, "database", ("act",)),
    Operation("key", _change_keys, "database", ("act", "name")),
    Operation("import", _import, "service", ("act",)),
    Operation("coupons", add_coupons, "service", ("coupon", "codes")),
    Operation("learn", _learn, "database"),
)


def operation(name: str, table: Iterable[Operation] = OPERATIONS) -> Operation:
    """The row of this name."""
    return next(row for row in table if row.name == name)
