"""What a flow would have done: the stored past played through the saved files, behind its page.

It is played in a process of its own, at a low priority: the server goes on meanwhile.
"""

from __future__ import annotations

import atexit
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from editor.access import MARKETERS, author, may, own_form, signed_in
from editor.language import _
from editor.properties import CHANNELS
from editor.rendering import page
from editor.running import Files, Running, running
from editor.sentences import retold
from editor.views.backtest_words import ACTS, SAID
from editor.views.named import people_of
from editor.views.stories import titled
from engine.core import calendar
from engine.core.calendar import local_date
from engine.errors import RefusedError
from engine.reports.period import UnreadablePeriodError, period

router = APIRouter(dependencies=[Depends(signed_in)])

USUAL: Final = 30
_MOST: Final = 12
"""So many results are remembered."""
_PAGE: Final = 50
"""So many people to look at stand on a page."""
_HELD: Final = 20
_KNOWN: Final = {"": [], "then": ["--as-if-known"], "came": ["--as-it-came"]}
_COMMAND: Final = "import os; os.nice(10); from editor.cli import main; main()"


class BusyError(RefusedError):
    """One backtest at a time."""


@dataclass(slots=True)
class Played:
    """A backtest of one flow, that is under way or over. `known` is then, came or "": whether what
    was imported later counts from when it happened. `done` of `of` is how far it is.
    """

    flow: str
    since: str
    until: str
    known: str = ""
    done: int = 0
    of: int = 0
    result: dict[str, Any] | None = None
    problem: str = ""
    following: threading.Thread | None = None

    @property
    def over(self) -> bool:
        return self.result is not None or bool(self.problem)

    @property
    def share(self) -> int:
        """Percent."""
        return min(100 * self.done // self.of, 100) if self.of else 0


@dataclass(slots=True)
class Backtests:
    """Those that were asked for since the server began."""

    found: dict[str, Played] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, data: Path, folder: Path, played: Played) -> None:
        """Play it in the background.

        Raises:
            BusyError: another one is under way.
        """
        with self._lock:
            if any(not one.over for one in self.found.values()):
                raise BusyError(_("Another backtest is under way; one is played at a time."))
            self.found.pop(played.flow, None)
            self.found[played.flow] = played
            while len(self.found) > _MOST:
                del self.found[next(iter(self.found))]
        asked = [
            "backtest", played.flow, "--from", played.since, "--to", played.until,
            "--data", str(data), "--path", str(folder), "--format", "json", "--tell",
            *_KNOWN[played.known],
        ]  # fmt: skip
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-c", _COMMAND, *asked],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        atexit.register(process.kill)
        played.following = threading.Thread(target=_follow, args=(process, played), daemon=True)
        played.following.start()


def _follow(process: subprocess.Popen[bytes], played: Played) -> None:
    """Learn from a process how far it is, and what came of it."""
    assert process.stdout is not None
    assert process.stderr is not None
    said = b""
    for line in process.stderr:
        if line.startswith(b"played "):
            played.done, played.of = map(int, line.split()[1:3])
        else:
            said += line
    told = process.stdout.read()
    process.wait()
    atexit.unregister(process.kill)
    if process.returncode == 0:
        played.result = orjson.loads(told)
    else:
        played.problem = said.decode(errors="replace").strip() or _("The backtest was ended.")


def backtests(request: Request) -> Backtests:
    """Those of this server."""
    found: Backtests = request.app.state.backtests
    return found


def in_short(request: Request) -> dict[str, dict[str, Any]]:
    """By flow what came of its last backtest: days, messages more, fewer, at another time."""
    return {
        flow: {
            "since": one.since,
            "until": one.until,
            "added": _total(one.result, "added"),
            "missing": _total(one.result, "missing"),
            "moved": _total(one.result, "later") + _total(one.result, "earlier"),
        }
        for flow, one in backtests(request).found.items()
        if one.result is not None
    }


@router.get("/flows/{name}/backtest")
def look(
    request: Request,
    name: str,
    kind: Annotated[str, Query(pattern="^(later|earlier|added|missing)?$")] = "",
    after: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """The form, and what came of the last one: the people to look at from the one `after` on."""
    return _page(request, name, kind=kind, after=after)


@router.get("/api/flows/{name}/backtest")
def told(request: Request, name: str) -> JSONResponse:
    """The last one of this flow: how far it is, and what came of it."""
    played = backtests(request).found.get(name)
    if played is None:
        raise HTTPException(404, _("No backtest of this flow was played yet."))
    return JSONResponse(
        {
            "flow": played.flow,
            "from": played.since,
            "to": played.until,
            "share": played.share,
            "problem": played.problem,
            "result": played.result,
        }
    )


@router.post("/flows/{name}/backtest", dependencies=[Depends(own_form)])
def play(
    request: Request,
    service: Running,
    files: Files,
    name: str,
    since: Annotated[str, Form(alias="from", max_length=40)] = "",
    until: Annotated[str, Form(alias="to", max_length=40)] = "",
    known: Annotated[Literal["", "then", "came"], Form()] = "",
) -> Response:
    """Play the past through what is saved."""
    author(request, MARKETERS, _("You may look at flows; playing the past takes a marketer."))
    try:
        days = period(service.clock.now(), service.deployment.zone, since, until, USUAL)
        played = Played(name, days.first.isoformat(), days.last.isoformat(), known)
        backtests(request).begin(service.data_dir, files.folder, played)
    except (UnreadablePeriodError, BusyError) as error:
        return _page(request, name, problem=str(error), status=409)
    return RedirectResponse(f"/flows/{quote(name, safe='')}/backtest", 303)


def _page(
    request: Request,
    name: str,
    problem: str = "",
    status: int = 200,
    kind: str = "",
    after: int = 0,
) -> Response:
    service = running(request)
    played = backtests(request).found.get(name)
    program = service.deployment.programs.get(name)
    today = local_date(service.clock.now(), service.deployment.zone)
    result = None if played is None else played.result
    people: dict[int, Any] = {}
    all_of_them = [] if result is None else result["differences"]
    chosen = [one for one in all_of_them if kind in ("", one["kind"])]
    differences = chosen[after : after + _PAGE]
    if differences:
        with service.database.reader() as reader:
            people = people_of(reader, (one["customer"] for one in differences))
    return page(
        request,
        "backtest.html",
        status=status,
        name=name,
        title=name if program is None else program.title,
        played=played,
        result=result,
        people=people,
        kind=kind,
        of_kind=Counter(one["kind"] for one in all_of_them),
        differences=differences,
        before=max(after - _PAGE, 0) if after else None,
        following=after + _PAGE if len(chosen) > after + _PAGE else None,
        held_most=_HELD,
        acts=ACTS,
        channels=CHANNELS,
        live=program is not None,
        known=played.known if played else "",
        said=lambda says: retold(says, SAID),
        titled=lambda event: titled(event, {}),
        problem=problem,
        since=played.since if played else (today - timedelta(days=USUAL)).isoformat(),
        until=played.until if played else (today - timedelta(days=1)).isoformat(),
        may_play=may(request, MARKETERS),
        zone=service.deployment.zone,
        total=_total,
        moment=_moment,
    )


def _total(result: dict[str, Any], kind: str) -> int:
    return sum(one[kind] for one in result["messages"])


def _moment(text: str | None) -> int | None:
    """An ISO moment as ours."""
    return None if text is None else calendar.instant(datetime.fromisoformat(text))
