"""Of which days the figures at a flow's steps are: of all, or of the last ones."""

from __future__ import annotations

from typing import Final

from fastapi import Request

from editor.running import running
from engine.reports.numbers import step_numbers
from engine.reports.period import LENGTHS, period
from engine.store.rows import Rows

COOKIE: Final = "headrace_days"
"""Kept by the browser, so that each part of the page that comes later is of the same days."""


def days(request: Request) -> int:
    """So many days, today included; 0 for all since the flow began."""
    told = request.cookies.get(COOKIE, "")
    return next((one for one in LENGTHS if told == str(one)), 0)


def sends(request: Request, rows: Rows, flow: str) -> dict[str, dict[str, int]]:
    """The figures of each step's messages, of the chosen days of the shop's calendar."""
    service = running(request)
    span = None
    if chosen := days(request):
        now, zone = service.clock.now(), service.deployment.zone
        span = period(now, zone, days=chosen).span
    return step_numbers(rows, flow, service.settings.credit_rule, span)
