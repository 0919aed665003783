"""Whether messages arrive: by the domain that receives them."""

from __future__ import annotations

from typing import Final

from engine.reports.asked import Asked
from engine.reports.messages import BOUNCED, BOUNCES, COMPLAINED
from engine.reports.told import Column, Number, Report, Row, Table, ordered, say, share
from engine.store import domains

SENT: Final = Column("sent", say("Sent"), "count", say("E-mails that a provider took."), ("sent",))
DEFERRED: Final = Column(
    "deferred", say("Deferred now"), "count",
    say("E-mails that were not taken and wait for another attempt at this moment."),
    ("deferred",),
)  # fmt: skip
FAILED: Final = Column(
    "undelivered", say("Not taken"), "count",
    say("E-mails that no attempt could hand over, or that were refused at once."),
    ("undelivered",),
)  # fmt: skip
BOUNCE_RATE: Final = Column(
    "bounce_rate",
    say("Bounce rate"),
    "share",
    say("Bounced, of those sent."),
    ("bounced",),
)
COMPLAINT_RATE: Final = Column(
    "complaint_rate", say("Complaint rate"), "share",
    say("Complaints, of those sent. Large mailbox providers block who stays above 0.3 %."),
    ("complained",),
)  # fmt: skip
COLUMNS: Final = (SENT, DEFERRED, FAILED, BOUNCED, BOUNCE_RATE, COMPLAINED, COMPLAINT_RATE)


def delivery_report(asked: Asked) -> Report:
    """Sent, deferred, bounced and complained, in all and per receiving domain."""
    now, before = _heads(asked, before=False), _heads(asked, before=True)
    rows: list[Row] = []
    for domain, told in domains.of_time(asked.rows, asked.period.span).items():
        rows.append({"domain": domain or "?", **_rates(told)})
    rows = ordered(rows, "sent")
    columns = (Column("domain", say("Domain"), "text"), *COLUMNS)
    tables = [
        Table(
            "domains", say("Receiving domains"), columns, rows,
            says=say("By the address that the person has now; ? stands for people whose address is gone."),  # noqa: E501
            empty=say("No e-mail was sent in this time."),
            about=[{"domain": str(row["domain"]), "channel": "email"} for row in rows],
        ),
        _messages(asked),
    ]  # fmt: skip
    period = asked.period
    return Report(
        "deliverability", say("Deliverability"), period.first.isoformat(),
        period.last.isoformat(), period.zone, asked.currency,
        [Number(one, now[one.name], None if one is DEFERRED else before[one.name])
         for one in COLUMNS],
        tables,
    )  # fmt: skip


def _rates(told: dict[str, int]) -> Row:
    sent, bounced, complained = (told.get(one, 0) for one in ("sent", "bounced", "complained"))
    return {
        "sent": sent,
        "deferred": told.get("deferred", 0),
        "undelivered": told.get("undelivered", 0),
        "bounced": bounced,
        "bounce_rate": share(bounced, sent),
        "complained": complained,
        "complaint_rate": share(complained, sent),
    }


def _told(
    asked: Asked, by: tuple[str, ...], *, before: bool = False
) -> dict[object, dict[str, int]]:
    found: dict[object, dict[str, int]] = {}
    sums = asked.sums(
        *by, "channel", "kind", "way", kinds=("sent", "undelivered", "returned"), before=before
    )
    for (*group, channel, kind, way), (count, _) in sums.items():
        if channel == "email":
            name = str(kind)
            if name == "returned":
                name = "bounced" if way in BOUNCES else str(way)
            told = found.setdefault(tuple(group), {})
            told[name] = told.get(name, 0) + count
    return found


def _heads(asked: Asked, *, before: bool) -> Row:
    told = _told(asked, (), before=before).get((), {})
    if not before:
        told["deferred"] = domains.deferred(asked.rows)
    return _rates(told)


def _messages(asked: Asked) -> Table:
    """Which messages come back, and which of them are stopped."""
    rows: list[Row] = []
    for group, told in _told(asked, ("flow", "message")).items():
        assert isinstance(group, tuple)
        flow, message = asked.flows[int(group[0])], str(group[1])
        stops = (flow, message, "email") in asked.stopped
        cells = _rates(told)
        del cells["deferred"]
        state = say("stopped") if stops else _near(asked, cells)
        rows.append({"flow": flow, "message": message, **cells, "state": state})
    rows = ordered(rows, "complained")
    columns = (
        Column("flow", say("Flow"), "text"),
        Column("message", say("Message"), "text"),
        *(one for one in COLUMNS if one is not DEFERRED),
        Column("state", say("State"), "text",
               say("A message of which too much comes back is stopped until a person lets it go on."), spoken=True),  # noqa: E501
    )  # fmt: skip
    return Table(
        "messages", say("Messages"), columns, rows, empty=say("No e-mail was sent in this time."),
        about=[{"flow": str(row["flow"]), "message": str(row["message"]), "channel": "email"}
               for row in rows],
    )  # fmt: skip


def _near(asked: Asked, cells: Row) -> str:
    told = cells["complaint_rate"]
    if isinstance(told, float) and asked.stops_at and told >= asked.stops_at:
        return say("above the limit")
    return ""
