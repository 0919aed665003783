"""The people behind a figure of a report: a page of them at a time, the latest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from editor.access import signed_in
from editor.language import _, noop
from editor.rendering import page
from editor.running import Running
from editor.views.named import people_of
from engine.errors import RefusedError
from engine.reports import behind
from engine.reports.asked import Asked
from engine.reports.of_behaviour import ACTS
from engine.reports.period import period
from engine.service.service import Service

router = APIRouter(dependencies=[Depends(signed_in)])

Day = Annotated[str, Query(max_length=40)]
Since = Annotated[str, Query(alias="from", max_length=40)]
CALLED: Final = {
    "sent": noop("Sent"),
    "delivered": noop("Delivered"),
    "opened": noop("Opened"),
    "clicked": noop("Clicked"),
    "left": noop("Unsubscribed"),
    "bought": noop("Orders of the shop"),
    "money": noop("Revenue of the shop"),
    "bounced": noop("Bounced"),
    "complained": noop("Complaints"),
    "undelivered": noop("Not taken"),
    "dropped": noop("Not sent"),
    "not sent": noop("Not sent"),
    "entered": noop("Entered"),
    "ended": noop("Ends"),
    "finished": noop("Finished"),
    "left early": noop("Left early"),
    "done": noop("Gone through"),
    "skipped": noop("Skipped"),
    "failed": noop("Failed"),
    "held": noop("Held"),
    "goal": noop("Goals"),
    "inside": noop("Inside now"),
    "deferred": noop("Deferred now"),
    "engaged": noop("Opened or clicked"),
    "arm": noop("Customers"),
    "arm reached": noop("Reached the goal"),
    "arm held out": noop("Held out"),
    "did": noop("People who did"),
    "did bought": noop("Of them bought"),
    "others": noop("Others"),
    "others bought": noop("Of them bought"),
    "order": noop("Orders"),
    "order money": noop("Revenue"),
    "earned": noop("Orders"),
    "earned money": noop("Earned by last click"),
    "first order": noop("First-time buyers"),
    "bought once": noop("Bought once"),
}
"""What a kind of figure is called; what is not here is somebody who ordered again."""


@router.get("/reports/people")
def people_page(
    request: Request,
    service: Running,
    kind: Annotated[str, Query(max_length=40)],
    since: Since = "",
    to: Day = "",
    version: Annotated[str, Query(pattern=r"^\d{0,9}$")] = "",
    after: Annotated[str, Query(pattern=r"^(\d{1,15}-\d{1,15})?$")] = "",
) -> Response:
    """`after` is where the page ahead ended: a moment and a customer."""
    if kind not in behind.KINDS:
        raise HTTPException(404)
    told = request.query_params
    about = {name: told[name][:400] for name in behind.ABOUT if told.get(name)}
    if version:
        about["version"] = version
    moment, _dash, customer = after.partition("-")
    place = (int(moment), int(customer)) if after else behind.FIRST
    try:
        with asking(service, since, to, 0, about.get("flow", "")) as asked:
            found = behind.people(asked, kind, about, place)
            names = people_of(asked.rows, [customer for customer, _at in found])
    except RefusedError as error:
        raise HTTPException(422, str(error)) from None
    first, last = asked.period.first.isoformat(), asked.period.last.isoformat()
    here = {"kind": kind, **about, "from": first, "to": last}
    more = ""
    if len(found) == behind.MOST:
        more = urlencode({**here, "after": f"{found[-1][1]}-{found[-1][0]}"})
    return page(
        request,
        "report_people.html",
        people=[(names[customer], at) for customer, at in found],
        about=list(_told(asked, about)),
        figure=CALLED.get(kind, noop("Ordered again")),
        begins="" if not after else urlencode(here),
        more=more,
        since=first,
        until=last,
    )


def _told(asked: Asked, about: Mapping[str, str]) -> Iterator[str]:
    """What the figure is of, as people call it."""
    for name, value in about.items():
        if name == "flow":
            yield asked.title(value)
        elif name == "version":
            yield _("version %(number)s") % {"number": value}
        elif name == "act":
            yield _(ACTS[value][0]) if value in ACTS else value
        elif name != "exact":
            yield value


@contextmanager
def asking(
    service: Service, since: str, to: str, days: int, flow: str = "", version: int | None = None
) -> Iterator[Asked]:
    """A report's questions, of one moment.

    Raises:
        UnreadablePeriodError: these are no days.
    """
    deployment, settings = service.deployment, service.settings
    when: dict[str, Any] = {"days": days} if days else {}
    time = period(service.clock.now(), deployment.zone, since, to, **when)
    stopped = service.live.brakes.messages
    with service.database.reader() as reader:
        yield Asked(
            reader,
            settings.credit_rule,
            time,
            deployment.currency,
            deployment.programs,
            flow,
            version,
            settings.alarm_complaints / 100,
            frozenset((one.flow, one.message, one.channel) for one in stopped),
        )
