"""Page or fragment from one template: a request of htmx gets the block it asks for."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChainableUndefined, Environment, FileSystemLoader
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from editor import language
from editor.access import ADMINS, DEVELOPERS, MARKETERS, may
from editor.running import running
from editor.security import csrf_token
from editor.sentences import retold
from engine.core.calendar import iso
from engine.core.model import Instant
from engine.core.values import minor_digits
from engine.reports.statistics import Interval

if TYPE_CHECKING:
    from engine.publishing.brakes import Brakes
    from engine.service.service import Service

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
HERE = Path(__file__).parent


@cache
def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_callables(language._, language.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.filters["local"] = local
    made.filters["iso"] = iso
    made.filters["retold"] = retold
    made.filters["moment"] = moment
    made.filters["money"] = money
    made.filters["amount"] = amount
    made.filters["said"] = language._
    made.filters["figure"] = figure
    return made


def page(
    request: Request, template: str, *, status: int = 200, fragment: str | None = None, **words: Any
) -> HTMLResponse:
    """Render `template`; of it only the block `fragment` where htmx asks for a part."""
    service = running(request)
    deployment = service.deployment
    words |= {
        "request": request,
        "path": request.url.path,
        "here": f"{request.url.path}?{request.url.query}".removesuffix("?"),
        "nonce": getattr(request.state, "nonce", ""),
        "csrf": csrf_token(request) if "session" in request.scope else "",
        "user": getattr(request.state, "user", None),
        "may_act": may(request, MARKETERS),
        "may_confirm": may(request, DEVELOPERS),
        "may_invite": may(request, ADMINS) and request.app.state.demo is None,
        "demo": request.app.state.demo is not None,
        "language": language.current(),
        "languages": language.LANGUAGES,
        "script_words": _script_words(language.current()),
        "title_of": title_of(service),
        "shop_name": deployment.name or "Headrace",
        "zone": deployment.zone,
        "currency": deployment.types.currency,
        "now": service.clock.now(),
        "paused": service.paused,
        "braked": _braked(service),
    }
    made = environment().get_template(template)
    if fragment is not None and request.headers.get("hx-request") == "true":
        context = made.new_context(words)
        html = "".join(made.blocks[fragment](context))
    else:
        html = made.render(words)
    return HTMLResponse(html, status, headers={"Vary": "HX-Request"})


@cache
def _script_words(_language: str) -> Markup:
    """What scripts say, as JSON in a page, in the language of now."""
    return htmlsafe_json_dumps(language.script_words())


def _braked(service: Service) -> Brakes | None:
    """What of marketing is stopped, None for nothing."""
    brakes = service.live.brakes
    return brakes if brakes.everything is not None or brakes.messages else None


def title_of(service: Service) -> Callable[[str], str]:
    """What people call a flow, by its name."""
    programs = service.deployment.programs

    def titled(flow: str) -> str:
        program = programs.get(flow)
        return program.title if program is not None else flow

    return titled


def local(at: Instant | None, zone: str, form: str = "%a %d %b %Y, %H:%M") -> str:
    """A moment in a zone's local time, for people."""
    if at is None:
        return ""
    return _said(datetime.fromtimestamp(at / 1000, ZoneInfo(zone)), form)


def moment(text: str, zone: str, form: str = "%d %b %Y, %H:%M:%S") -> str:
    """An ISO 8601 moment in a zone's local time, for people."""
    if not text:
        return ""
    return _said(datetime.fromisoformat(text).astimezone(ZoneInfo(zone)), form)


def _said(at: datetime, form: str) -> str:
    return at.strftime(language.strftime_words(form, at.weekday(), at.month))


def plain(text: str, zone: str) -> str:
    """A sentence of a trace with the moments in it as people read them."""
    return _MOMENT.sub(lambda found: moment(found.group(), zone, "%a %d %b, %H:%M"), text)


def money(amount: int, currency: str = "EUR") -> str:
    """Minor units as people in Germany write them: 1890 is 18,90 €, of yen it is 1.890 JPY."""
    digits = minor_digits(currency)
    whole, part = divmod(abs(amount), 10**digits)
    sign = "-" if amount < 0 else ""
    grouped = f"{whole:,}".replace(",", ".")
    behind = f",{part:0{digits}d}" if digits else ""
    return f"{sign}{grouped}{behind} {'€' if currency == 'EUR' else currency}"


def amount(units: int, currency: str) -> str:
    """Minor units as the pages of the editor write them: 1290 is 12.90 EUR."""
    digits = minor_digits(currency)
    whole, part = divmod(abs(units), 10**digits)
    behind = f".{part:0{digits}d}" if digits else ""
    return f"{'-' if units < 0 else ''}{whole:,}{behind} {currency}"


def figure(value: object, unit: str, currency: str) -> str:
    """A value of a report for people, in the units of its column (`engine.reports.told.Unit`)."""
    if value is None or value == "":
        return "–"
    if isinstance(value, Interval):
        whole, low, high = (figure(one, unit, currency) for one in value)
        return f"{whole} ({language._('{low} to {high}', low=low, high=high)})"
    if not isinstance(value, int | float):
        return str(value)
    if unit in ("share", "rate"):
        return f"{value * 100:.1f}\u00a0%"
    if unit in ("money", "worth"):
        return amount(round(value), currency).replace(" ", "\u00a0")
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
