"""An edit of a drawing, asked for over HTTP, of a server that has a real project and database.

Processor time is what the server itself tells (`Server-Timing`), and what this whole process spent
meanwhile but for the asking: the event loop, the database's writer, what runs by itself.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any, Final

import httpx

from editor.bench.beside import busy
from editor.bench.long import NAME
from editor.bench.parts import parts
from editor.bench.site import Site, site
from editor.bench.spread import spread

EDIT: Final = f"/api/flows/{NAME}/edit"
_PROBLEMS: Final = f"/api/flows/{NAME}/problems"
_KINDS: Final = ("insert", "set", "move", "duplicate", "delete", "type", "wrap", "delete", "flip")


class NotDoneError(RuntimeError):
    """The server did not do an edit that is measured."""


def run(steps: int, edits: int, journeys: int = 0) -> dict[str, Any]:
    """The figures of a flow of so many steps, in milliseconds, over so many edits.

    With `journeys` W1 runs in the same process meanwhile, over so many.
    """
    with site(steps) as here, here.client() as client, busy(journeys):
        hand = Hand(client, here)
        hand.open()
        for kind in _KINDS:  # what is made once, is made
            hand.do(kind)
        measured = Measured()
        for number, kind in enumerate(islice(cycle(_KINDS), edits)):
            measured.edit(hand, kind)
            if number % 3 == 0:
                measured.problems(hand)
        for _ in range(5):
            measured.load(hand)
        found = {"steps": steps, **measured.as_json()}
        if not journeys:
            found["parts"] = parts(here.folder, here.file)
            parse = found["parts"]["parse"]
            found["ratio_to_parse"] = round(found["server"]["median"] / parse, 2)
        return found


@dataclass(slots=True)
class Measured:
    server: list[float] = field(default_factory=list)
    process: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    size: list[float] = field(default_factory=list)
    check: list[float] = field(default_factory=list)
    check_wall: list[float] = field(default_factory=list)
    opening: list[float] = field(default_factory=list)
    opening_wall: list[float] = field(default_factory=list)
    kinds: dict[str, list[float]] = field(default_factory=dict)

    def edit(self, hand: Hand, kind: str) -> None:
        began, process, own = time.perf_counter(), time.process_time(), time.thread_time()
        answer = hand.do(kind)
        spent = time.process_time() - process - (time.thread_time() - own)
        self.wall.append((time.perf_counter() - began) * 1000)
        self.process.append(spent * 1000)
        self.server.append(told(answer))
        self.size.append(len(answer.content) / 1000)
        self.kinds.setdefault(kind, []).append(told(answer))
        began = time.perf_counter()
        hand.client.get("/healthz")
        self.bare.append((time.perf_counter() - began) * 1000)

    def problems(self, hand: Hand) -> None:
        began = time.perf_counter()
        answer = hand.client.get(_PROBLEMS, params={"state": hand.state})
        self.check_wall.append((time.perf_counter() - began) * 1000)
        self.check.append(told(answer))

    def load(self, hand: Hand) -> None:
        began, process, own = time.perf_counter(), time.process_time(), time.thread_time()
        hand.open()
        spent = time.process_time() - process - (time.thread_time() - own)
        self.opening_wall.append((time.perf_counter() - began) * 1000)
        self.opening.append(spent * 1000)

    def as_json(self) -> dict[str, Any]:
        return {
            "edits": len(self.server),
            "server": spread(self.server),
            "process": spread(self.process),
            "wall": spread(self.wall),
            "bare_request_wall": spread(self.bare),
            "answer_kb": spread(self.size),
            "problems": spread(self.check),
            "problems_wall": spread(self.check_wall),
            "page": spread(self.opening),
            "page_wall": spread(self.opening_wall),
            "kinds": {kind: spread(values) for kind, values in self.kinds.items()},
        }


class Hand:
    """Somebody who edits: each thing is done to what the one before has left."""

    def __init__(self, client: httpx.Client, here: Site) -> None:
        self.client = client
        self.path = here.path
        self.state = ""
        self.steps: list[list[Any]] = []
        self.at = 0
        self.chosen = ""

    def open(self) -> None:
        """Load the page, and know what the draft is."""
        self.client.get(self.path).raise_for_status()
        answer = self.client.get(f"/api/flows/{NAME}/draft").json()
        self.state, self.steps = answer["state"], answer["drawing"]["steps"]

    def do(self, kind: str) -> httpx.Response:
        """One edit. Raises NotDoneError."""
        body: dict[str, Any] = {"state": self.state, "check": "later"}
        if kind == "type":
            line = next(row[3] for row in self.steps if row[0] == self.chosen)
            place = {"line": line, "column": 1, "end_line": line, "end_column": 1}
            body["edits"] = [place | {"text": f"  wait {line} minutes\n"}]
        else:
            body["do"] = self._act(kind)
        response = self.client.post(EDIT, json=body)
        response.raise_for_status()
        answer = response.json()
        if answer["outcome"] != "done":
            raise NotDoneError(f"{kind} of {self.chosen}: {answer['outcome']}: {answer['reason']}")
        self.state, self.steps = answer["state"], answer["drawing"]["steps"]
        self.chosen = answer["renamed"].get(self.chosen, self.chosen)
        self.chosen = answer["select"] or self.chosen
        return response

    def _act(self, kind: str) -> dict[str, Any]:
        match kind:
            case "insert":
                return {"op": "insert", "at": f"after:{self._next()}", "text": "wait 3 hours"}
            case "set":
                return {"op": "set", "step": self.chosen, "fields": {"note": "Why we wait."}}
            case "move":
                return {"op": "move", "steps": [self.chosen], "at": f"after:{self._next()}"}
            case "flip":
                branch = next(row[0] for row in self.steps if row[0].startswith("if"))
                return {"op": "flip", "step": branch}
            case "delete" | "wrap":
                return {"op": kind, "steps": [self.chosen]}
        return {"op": kind, "step": self.chosen}

    def _next(self) -> str:
        """A step of the outermost block, now here and now there in the flow."""
        outer = [row[0] for row in self.steps if row[1] is None][1:-1]
        self.at += 7
        return str(outer[self.at % len(outer)])


def told(answer: httpx.Response) -> float:
    """The processor time that the server says an answer took, in milliseconds."""
    return float(answer.headers["server-timing"].partition("dur=")[2])
