"""Lengths of time, times of day, dates, waits and schedules as other people write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from dsl.parsing.mistakes.idioms.row import DAYS, Row, row

_NUMBERS = {
    word: str(n)
    for n, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve".split(),  # noqa: SIM905
        1,
    )
} | {"a": "1", "an": "1"}
_UNITS = {
    "minute": "minutes minute mins min minuten m",
    "hour": "hours hour hrs hr h std stunden stunde",
    "day": "days day d tage tag",
    "week": "weeks week wks wk w wochen woche",
    "month": "months month mths mo monate monat",
    "year": "years year yrs yr y jahre jahr",
}
_UNIT_OF = {word: unit for unit, words in _UNITS.items() for word in words.split()}
_UNIT = "|".join(sorted(_UNIT_OF, key=len, reverse=True))
_HOURS = {"minute": Decimal(1) / 60, "hour": Decimal(1), "day": Decimal(24), "week": Decimal(168)}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = "(" + "|".join(_MONTHS) + r")[a-z]*\.?"


def _timed(number: str, unit: str) -> str:
    word = _UNIT_OF[unit.lower()]
    return f"{number} {word}" if number == "1" else f"{number} {word}s"


def _sum(found: re.Match[str]) -> str:
    one, two = _UNIT_OF[found[2].lower()], _UNIT_OF[found[4].lower()]
    if one not in _HOURS or two not in _HOURS:
        return found[0]
    hours = Decimal(found[1]) * _HOURS[one] + Decimal(found[3]) * _HOURS[two]
    if {one, two} <= {"day", "week"} and hours % 24 == 0:
        return _timed(f"{int(hours / 24)}", "day")
    if "minute" in (one, two) or hours != int(hours):
        return _timed(f"{round(hours * 60)}", "minute")
    return _timed(f"{int(hours)}", "hour")


def _date(year: str, month: str, day: str, whole: str) -> str:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return whole


def _slashed(found: re.Match[str]) -> str:
    month, day = found[1], found[2]
    if int(month) > 12:  # day first, as most of the world writes it
        month, day = day, month
    return _date(found[3], month, day, found[0])


def _named(day: int, month: int, year: int) -> Callable[[re.Match[str]], str]:
    def spelled(found: re.Match[str]) -> str:
        number = _MONTHS.index(found[month].lower()) + 1
        return _date(found[year], str(number), found[day], found[0])

    return spelled


def _clock(found: re.Match[str]) -> str:
    hour, minute, half = int(found["h"]), found["m"] or "00", (found["half"] or "")[:1].lower()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return f"{hour:02}:{minute}" if hour < 24 and int(minute) < 60 else found[0]


FIGURES: Row = row(rf"(?<=[<>=] )({'|'.join(list(_NUMBERS)[:12])})\b", lambda m: _NUMBERS[m[1]])
TIMES: tuple[Row, ...] = (
    row(r"\b(\d+) (?:business|working|work|office|bank|calendar|full|whole)[ -]?(days?|weeks?|hours?)\b", r"\1 \2"),
    row(
        rf"\b({'|'.join(_NUMBERS)}) (?=(?:{_UNIT}|times?)\b)", lambda m: f"{_NUMBERS[m[1]]} "
    ),
    row(
        rf"\b(\d+(?:\.\d+)?) ?({_UNIT})(?:,? (?:and )?|,)(\d+(?:\.\d+)?) ?({_UNIT})\b", _sum
    ),
    row(rf"\b(\d+(?:\.\d+)?) ?({_UNIT})\b", lambda m: _timed(m[1], m[2]), any_case=True),
    row(r"\b(\d+) ?[x×]\b", lambda m: f"{m[1]} {'time' if m[1] == '1' else 'times'}"),
    row(r"\b(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})\b", lambda m: _date(m[3], m[2], m[1], m[0])),
    row(r"\b(\d{1,2})-(\d{1,2})-(\d{4})\b", lambda m: _date(m[3], m[2], m[1], m[0])),
    row(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b", _slashed),
    row(r"\b(\d{4})[/.](\d{1,2})[/.](\d{1,2})\b", lambda m: _date(m[1], m[2], m[3], m[0])),
    row(rf"\b(\d{{1,2}})(?:st|nd|rd|th|\.)? {_MONTH},? (\d{{4}})\b", _named(1, 2, 3), any_case=True),
    row(rf"\b{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}})\b", _named(2, 1, 3), any_case=True),
    row(r"(\d{4}-\d\d-\d\d)[T,]? ?(?:at )?(\d\d:\d\d)(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?", r"\1 \2"),
    row(r"(\d{4}-\d\d-\d\d) at (?=\d)", r"\1 "),
    row(
        r"\b(?P<h>\d{1,2})(?:[:.](?P<m>\d\d))? ?(?P<half>[ap]\.?m\b\.?)", _clock, any_case=True
    ),
    row(
        r"\b(?P<h>\d{1,2})(?:[:.]?(?P<m>\d\d))? ?(?P<half>)(?:h|uhr|o['’]?clock)\b",
        _clock,
        any_case=True,
    ),
    row(r"(?<=until )(?P<h>\d{1,2})[.:](?P<m>\d\d)(?P<half>)\b", _clock),
    row(r"(?<=at )(?P<h>\d{1,2})[.:](?P<m>\d\d)(?P<half>)\b", _clock),
    row(r"(?:(?<=at )|(?<=until ))(?P<h>\d{1,2})(?P<m>)(?P<half>)(?=$|:| for| as| store)", _clock),
    row(r"\b(?:noon|midday)\b", "12:00"),
    row(r"\bmidnight\b", "00:00"),
    row(r"\b(quiet hours) (?:from )?(\d\d:\d\d) ?(?:-|–|until|till|and) ?(\d\d:\d\d)", r"\1 \2 to \3"),
    row(r"\bquiet hours from ", "quiet hours "),
    row(r"^(?:delay|pause|sleep|hold)(?: for)? (?=\d|\()", "wait "),
    row(r"^wait (?:for )?(?=\d|\()", "wait "),
    row(r"^wait till\b", "wait until"),
    row(r"^wait (?:max(?:imum)?|at most|for up to|for at most|no longer than) ", "wait up to "),
    row(r"^(wait up to \d+ \w+) (?:until|or|or until|for a|till) ([a-z]\w*)", r"\1 for \2"),
    row(r"^wait (\d+ \w+) (?:or until|or|until) ([a-z]\w*)", r"wait up to \1 for \2"),
    row(rf"\b(until|at) (?:next |on )?({DAYS})(?= for\b| as\b|:|$)", r"until \2 at 09:00"),
    row(rf"\buntil (?:next |on )({DAYS})\b", r"until \1"),
    row(r"\buntil (?:the )?weekend\b", "until saturday at 09:00"),
    row(r"^wait until tomorrow(?: morning)?(?: at)? (?=\d\d:\d\d)", "wait until "),
    row(r"^wait (?:until|for) (?:tomorrow|the next day|next day)\b", "wait 1 day"),
    row(r"^wait (?:until|for) next (week|month|year)\b", r"wait 1 \1"),
    row(r"^wait until (?:the )?end of (?:the )?day\b", "wait until 23:59"),
    row(r"^wait (?:for|until) ([a-z]\w*)(?=$|:| of | where | with | or | as )", r"wait up to 7 days for \1"),
    row(r"\b(?:daily|every morning)\b(?: at)?", "every day at"),
    row(r"\bevery 1 (day|month|year)s?\b", r"every \1"),
    row(rf"\bevery (?:1 )?weeks? (?:on )?({DAYS})\b", r"every \1"),
    row(r"\b(?:weekly|every (?:1 )?week) (?=at)", "every monday "),
    row(r"\b(?:monthly|every month) (?=at)", "every month on day 1 "),
    row(r"^(enter every day) (?:at )?(?=for|store)", r"\1 at 09:00 "),
    row(r"^(enter every (?:" + DAYS + r")) (?=for|store)", r"\1 at 09:00 "),
    row(r"^enter (?:once )?(?:on|at) (?=\d{4})", "enter once on "),
    row(r"^(enter once on \d{4}-\d\d-\d\d) (?=for)", r"\1 09:00 "),
    row(r"\bhalf an hour\b", "30 minutes"),
    row(r"\bhalf a day\b", "12 hours"),
    row(r"^wait ?[=:] ?", "wait "),
    row(r"\buntil (?:next )?(mon|tue|wed|thu|fri|sat|sun)(?:s|rs|nes|ur)?\b\.?", lambda m: f"until {next(one for one in DAYS.split('|') if one.startswith(m[1]))}"),
    row(r"\buntil (?:tonight|(?:this |the |next )?evening)\b", "until 18:00"),
    row(r"\buntil (?:this |the |next )?morning\b", "until 09:00"),
    row(r"\b(?P<h>\d{1,2}) (?:in|at) (?:the )?(?P<half>p|a)?(?P<m>)(?:morning)\b", _clock),
    row(r"\b(until|at) ([01]\d|2[0-3])([0-5]\d)\b", r"\1 \2:\3"),
    row(r"\buntil (?:the |a )?customer (?:purchases|buys|orders)\b", "until purchase"),
    row(r"\b([a-z]\w*) (?:happens|occurs)\b", r"\1"),
    row(r"^(?:[-*•]|\d+[.)]) (?=[a-z])", ""),
    row(r"\s+(?://|--) ?(.*)$", r"  # \1"),
)  # fmt: skip
