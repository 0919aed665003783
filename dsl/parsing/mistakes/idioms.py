"""What people write who come from other tools or think in plain English, and our way to say it.

Each row is a pattern and what stands for it here. A rewriting is told only when the whole line,
rewritten, can be read where it stands: so what a hint says to write is always right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

from dsl.parsing.mistakes.events import OUR_EVENTS

_Row = tuple[re.Pattern[str], "str | Callable[[re.Match[str]], str]"]

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
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday|weekday"
_PATH = r"[a-z]\w*(?:\.[a-z]\w*)+"
_VALUE = r'(?:"[^"\n]*"|-?\d[\d_.]*|[a-z]\w*(?:\.[a-z]\w*)+|true|false)'
_PLAIN = r'(?:"[^"\n]*"|-?\d[\d_.]*)'
_TAGS = {"fname": "first_name", "lname": "last_name", "firstname": "first_name", "mail": "email"}


def _timed(number: str, unit: str) -> str:
    word = _UNIT_OF[unit.lower()]
    return f"{number} {word}" if number == "1" else f"{number} {word}s"


def _sum(found: re.Match[str]) -> str:
    one, two = _UNIT_OF[found[2].lower()], _UNIT_OF[found[4].lower()]
    if one not in _HOURS or two not in _HOURS:
        return found[0]
    hours = Decimal(found[1]) * _HOURS[one] + Decimal(found[3]) * _HOURS[two]
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


def _list(found: re.Match[str]) -> str:
    values = re.findall(_PLAIN, found["values"])
    word = "not in" if found["no"] else "in"
    return f"{found['path']} {word} [{', '.join(values)}]"


def _placeholder(found: re.Match[str]) -> str:
    name = next(one for one in found.groups() if one).strip().lower()
    name = name.split("|")[0].strip().replace(" ", "_")
    return name if "." in name else f"customer.{_TAGS.get(name, name)}"


def _bound(word: str, by: int) -> Callable[[re.Match[str]], str]:
    def spelled(found: re.Match[str]) -> str:
        times = max(int(found["n"]) + by, 0)
        return f"{found['did']} {word} {times} {'time' if times == 1 else 'times'}"

    return spelled


def _ours(found: re.Match[str]) -> str:
    return OUR_EVENTS.get(re.sub(r"[\s_]+", "_", found[1].strip('"').lower()), found[0])


def _row(
    pattern: str, instead: str | Callable[[re.Match[str]], str], *, any_case: bool = False
) -> _Row:
    return re.compile(pattern, re.IGNORECASE if any_case else 0), instead


_DID = r"(?P<did>did (?:not )?\w+(?: of \w+)?)"
_EVENT_NAMES = "|".join(
    sorted((one.replace("_", r"[\s_]+") for one in OUR_EVENTS), key=len, reverse=True)
)

ROWS: tuple[_Row, ...] = (
    # numbers, lengths of time, times of day, dates
    _row(
        rf"\b({'|'.join(_NUMBERS)}) (?=(?:{_UNIT}|times?)\b)", lambda m: f"{_NUMBERS[m[1]]} "
    ),
    _row(rf"(?<=[<>=] )({'|'.join(list(_NUMBERS)[:12])})\b", lambda m: _NUMBERS[m[1]]),
    _row(
        rf"\b(\d+(?:\.\d+)?) ?({_UNIT})(?:,? (?:and )?|,)(\d+(?:\.\d+)?) ?({_UNIT})\b", _sum
    ),
    _row(rf"\b(\d+(?:\.\d+)?) ?({_UNIT})\b", lambda m: _timed(m[1], m[2]), any_case=True),
    _row(r"\b(\d+) ?[x×]\b", lambda m: f"{m[1]} {'time' if m[1] == '1' else 'times'}"),
    _row(r"\b(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})\b", lambda m: _date(m[3], m[2], m[1], m[0])),
    _row(r"\b(\d{1,2})-(\d{1,2})-(\d{4})\b", lambda m: _date(m[3], m[2], m[1], m[0])),
    _row(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b", _slashed),
    _row(r"\b(\d{4})[/.](\d{1,2})[/.](\d{1,2})\b", lambda m: _date(m[1], m[2], m[3], m[0])),
    _row(rf"\b(\d{{1,2}})(?:st|nd|rd|th|\.)? {_MONTH},? (\d{{4}})\b", _named(1, 2, 3), any_case=True),
    _row(rf"\b{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}})\b", _named(2, 1, 3), any_case=True),
    _row(r"(\d{4}-\d\d-\d\d)[T,]? ?(?:at )?(\d\d:\d\d)(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?", r"\1 \2"),
    _row(r"(\d{4}-\d\d-\d\d) at (?=\d)", r"\1 "),
    _row(
        r"\b(?P<h>\d{1,2})(?:[:.](?P<m>\d\d))? ?(?P<half>[ap]\.?m\b\.?)", _clock, any_case=True
    ),
    _row(
        r"\b(?P<h>\d{1,2})(?:[:.]?(?P<m>\d\d))? ?(?P<half>)(?:h|uhr|o['’]?clock)\b",
        _clock,
        any_case=True,
    ),
    _row(r"(?<=until )(?P<h>\d{1,2})[.:](?P<m>\d\d)(?P<half>)\b", _clock),
    _row(r"(?<=at )(?P<h>\d{1,2})[.:](?P<m>\d\d)(?P<half>)\b", _clock),
    _row(r"(?:(?<=at )|(?<=until ))(?P<h>\d{1,2})(?P<m>)(?P<half>)(?=$|:| for| as| store)", _clock),
    _row(r"\b(?:noon|midday)\b", "12:00"),
    _row(r"\bmidnight\b", "00:00"),
    _row(r"\b(quiet hours) (?:from )?(\d\d:\d\d) ?(?:-|–|until|till|and) ?(\d\d:\d\d)", r"\1 \2 to \3"),
    _row(r"\bquiet hours from ", "quiet hours "),
    # waits
    _row(r"^(?:delay|pause|sleep|hold)(?: for)? (?=\d|\()", "wait "),
    _row(r"^wait (?:for )?(?=\d|\()", "wait "),
    _row(r"^wait till\b", "wait until"),
    _row(r"^wait (?:max(?:imum)?|at most|for up to|for at most|no longer than) ", "wait up to "),
    _row(r"^(wait up to \d+ \w+) (?:until|or|or until|for a|till) ([a-z]\w*)", r"\1 for \2"),
    _row(r"^wait (\d+ \w+) (?:or until|or|until) ([a-z]\w*)", r"wait up to \1 for \2"),
    _row(rf"\b(until|at) (?:next |on )?({_DAYS})(?= for\b| as\b|:|$)", r"until \2 at 09:00"),
    _row(rf"\buntil (?:next |on )({_DAYS})\b", r"until \1"),
    _row(r"\buntil (?:the )?weekend\b", "until saturday at 09:00"),
    _row(r"^wait until tomorrow(?: morning)?(?: at)? (?=\d\d:\d\d)", "wait until "),
    _row(r"^wait (?:until|for) (?:tomorrow|the next day|next day)\b", "wait 1 day"),
    _row(r"^wait (?:until|for) next (week|month|year)\b", r"wait 1 \1"),
    _row(r"^wait until (?:the )?end of (?:the )?day\b", "wait until 23:59"),
    _row(r"^wait (?:for|until) ([a-z]\w*)(?=$|:| of | where | with | or | as )", r"wait up to 7 days for \1"),
    # histories
    _row(r"\b(?:didn['’]t|has not|hasn['’]t|did never) (\w+)", r"did not \1"),
    _row(r"\bcustomer did\b", "did"),
    _row(r"\b(?:customer )?(?:has )?(?:never) (?:purchased?|bought|ordered)\b", "did not purchase"),
    _row(r"\b(?:customer )?(?:has )?(?:purchased|bought|ordered)\b", "did purchase"),
    _row(r"\bdid (\w+) never\b", r"did not \1"),
    _row(r"\bin (?:the )?(?:last|past|previous) ", "in last "),
    _row(r"\b(?:within|during|over|inside) (?:the )?(?:last |past )?(?=\d)", "in last "),
    _row(r"(did (?:not )?\w+.*?) (?:for|since|in|from) (?:the )?(?:last )?(?=\d+ [a-z])", r"\1 in last "),
    _row(r"(did (?:not )?\w+) (?:the )?(?:last|past) (?=\d)", r"\1 in last "),
    _row(r"(did (?:not )?\w+.*?) (?:after|from) (?=\d{4}-)", r"\1 since "),
    _row(r"(did (?:not )?\w+.*?) today\b", r"\1 in last 1 day"),
    _row(rf"{_DID} (?:more than|over|>) (?P<n>\d+) times?", _bound("at least", 1)),
    _row(rf"{_DID} (?:less than|fewer than|under|<) (?P<n>\d+) times?", _bound("at most", -1)),
    _row(rf"{_DID} (?:>=|minimum|min) (?P<n>\d+) times?", _bound("at least", 0)),
    _row(rf"{_DID} (?:<=|up to|maximum|max) (?P<n>\d+) times?", _bound("at most", 0)),
    _row(rf"{_DID} (?P<n>\d+) times?", _bound("at least", 0)),
    _row(rf"{_DID} once\b", r"\1 at least 1 time"),
    _row(rf"{_DID} twice\b", r"\1 at least 2 times"),
    _row(r"\bwhere (?!\()([^:]*? (?:and|or) .*?)(?=:?$)", r"where (\1)"),
    # comparisons
    _row(
        rf"(?P<path>{_PATH}) is (?P<no>not )?(?P<values>{_PLAIN}(?:(?:,| or|, or| nor)(?: is(?: not)?)? ?{_PLAIN})+)",
        _list,
    ),
    _row(
        rf"(?P<path>{_PATH}) (?:is )?(?P<no>not |none |neither )?(?:in|one of|any of|of|is) ?"
        rf"(?:in )?(?P<values>[\[({{]?{_PLAIN}(?:, ?{_PLAIN})*[\])}}]?)",
        _list,
    ),
    _row(r"\bis (not )?(?:in|one of|any of) (?=\[)", lambda m: f"{m[1] or ''}in "),
    _row(r"\b(?:is|==?|=) not (?:null|nil|none|undefined|unknown|blank|missing)\b", "is set", any_case=True),
    _row(r"(?:!=|<>|≠) ?(?:null|nil|none|undefined)\b", "is set", any_case=True),
    _row(r"(?:\bis|==?) ?(?:null|nil|none|undefined|unknown|blank|missing)\b", "is not set", any_case=True),
    _row(r"\b(?:does not|doesn['’]t) exist\b", "is not set"),
    _row(r"\b(?<!not )exists\b", "is set"),
    _row(rf"({_PATH}) (?:does not|doesn['’]t|not|did not) (?:contains?|includes?|have) ({_VALUE})", r"not \1 contains \2"),
    _row(rf"({_PATH}) (?:does not|doesn['’]t|not) (?:starts?|begins?) with ({_VALUE})", r"not \1 starts with \2"),
    _row(rf"({_PATH}) (?:does not|doesn['’]t|not) ends? with ({_VALUE})", r"not \1 ends with \2"),
    _row(r"\b(?:begins|begin|start) with\b", "starts with"),
    _row(r"\bend with\b", "ends with"),
    _row(r'\b(?:like|ilike|matches|includes?|contain) "%?([^"%]*)%?"', r'contains "\1"'),
    _row(r"\b(?:does not|doesn['’]t) equals? ", "is not "),
    _row(r"\b(?:is )?(?:not equal to|unequal to|different from) ", "is not "),
    _row(r"\b(?:isn['’]?t|aren['’]t|ain['’]t)\b", "is not"),
    _row(r"\b(?:is equal to|equals to|equals|equal to|is the same as|eq) ", "is "),
    _row(rf"({_PATH}) (?:is )?(?:not )?between ({_VALUE}) (?:and|to) ({_VALUE})", r"\1 >= \2 and \1 <= \3"),
    _row(r"\b(?:is )?(?:greater|more|larger|higher) than or (?:equal to|equals?|exactly) ", ">= "),
    _row(r"\b(?:is )?(?:less|smaller|fewer|lower) than or (?:equal to|equals?|exactly) ", "<= "),
    _row(rf"(?<=[\w)]) (?:is )?(?:at least|not less than|minimum|min) (?={_VALUE}(?! times?))", " >= "),
    _row(rf"(?<=[\w)]) (?:is )?(?:at most|not more than|maximum|max) (?={_VALUE}(?! times?))", " <= "),
    _row(r"\b(?:is )?(?:greater|more|larger|higher|bigger|later) than ", "> "),
    _row(r"\b(?:is )?(?:less|smaller|fewer|lower|earlier) than ", "< "),
    _row(rf"(?<=[\w)]) (?:is )?(?:over|above|after|exceeds) (?={_VALUE})", " > "),
    _row(rf"(?<=[\w)]) (?:is )?(?:under|below|before) (?={_VALUE})", " < "),
    _row(r"\bis (?=[<>])", ""),
    _row(r"([<>]) =", r"\1="),
    _row(r"(?<=\d) ?(?:EUR|USD|GBP|CHF|€|\$|£|euros?|dollars?)(?!\w)", "", any_case=True),
    _row(r"[€$£] ?(?=\d)", ""),
    _row(r"\b(\d{1,3})\.(\d{3}),(\d\d)\b", r"\1\2.\3"),
    _row(r" ?&&? ?", " and "),
    _row(r" ?\|\|? ?(?!\*)", " or "),
    _row(r"!(?=[a-z(])", "not "),
    _row(r" (?:then|do)(?=:|$)", ""),
    # placeholders of mails
    _row(
        r"\{\{\{?\s*([^{}]+?)\s*\}?\}\}|\*\|([^|]+)\|\*|\$\{([^{}]+)\}|%%?([A-Za-z_]+)%%?|\[\[?([A-Z_]+)\]?\]",
        _placeholder,
    ),
    # customers
    _row(r"\bcustomer (?:cannot|can ?not|can['’]t|may not) ", "not customer can "),
    _row(r"\b(?:can(?:not)? )?receive e-?mails?\b", lambda m: re.sub(r"e-?mails?", "email", m[0])),
    _row(r"\bcustomer (?:does not|doesn['’]t) receive ", "not customer can receive "),
    _row(r"\bcustomer (?:is )?(?:not |un)subscribed (?:to|from) (\w+)", r"not customer can receive \1"),
    _row(r"\bcustomer (?:is )?subscribed to (\w+)", r"customer can receive \1"),
    _row(r"\bcustomer is (not )?(?:in|part of|member of) (?:segment )?(?=[a-z])", lambda m: f"customer {m[1] or ''}in segment "),
    _row(r"\bcustomer (not )?in (?!segment)(?:segment )?(?=[a-z])", lambda m: f"customer {m[1] or ''}in segment "),
    _row(r"(?<!customer )(?<!not )\bin segment\b", "customer in segment"),
    _row(r"\bcustomer (?:does not have|doesn['’]t have|has no|has not|not has|hasn['’]t) (?:the )?tag\b", "not customer has tag"),
    _row(r"(?<!customer )\bhas tag\b", "customer has tag"),
    _row(r"\b(has|add|remove) tag ([a-z]\w*)", r'\1 tag "\2"'),
    _row(r'^tag (?=")', "add tag "),
    _row(r'^untag (?=")', "remove tag "),
    _row(r'^(add|remove) (?=")', r"\1 tag "),
    # what starts and ends a flow
    _row(rf'"?\b({_EVENT_NAMES})\b"?', _ours, any_case=True),
    _row(r"^(?:trigger|start|starts|begin|on) (?:when|on|if|by) ", "enter when "),
    _row(r"^enter (?:if|on|upon|after|with|by) ", "enter when "),
    _row(r"^enter (?=[a-z]\w*(?: or \w+)*$)(?!manually|every|once|when)", "enter when "),
    _row(r"\bwhen (?:a |the )?customer (?:purchases|buys|orders)\b", "when purchase"),
    _row(r"^(?:stop|end|leave|cancel|finish|quit|abort) (?:when|on|if) ", "exit when "),
    _row(r"^exit (?:on|upon|after) ", "exit when "),
    _row(r"^exit if (?=[a-z]\w*(?: or \w+)*$)", "exit when "),
    _row(r"^((?:exit|enter|go to \w+) when .*?)(?:,| and) (?=[a-z])", r"\1 or "),
    _row(r"^only when ", "only if "),
    _row(r"^when (?=.*:$)", "if "),
    _row(r"^(?:re-?entry|reenter|re-?enter):? ", "re-enter "),
    _row(r"^(goal|about|holdout|priority|exit when|enter when|send email|wait):? (?=\S)", r"\1 "),
    _row(r"^(goal .*?),? (?:within|in|inside|after|for|in last)? ?(?=\d+ \w+$)", r"\1 within "),
    _row(r"^(goal (?!.*within).*[a-z\"\d)])$", r"\1 within 5 days"),
    _row(r"^description ", "about "),
    _row(r'^about ([^"]+)$', r'about "\1"'),
    # schedules
    _row(r"\b(?:daily|every morning)\b(?: at)?", "every day at"),
    _row(r"\bevery 1 (day|month|year)s?\b", r"every \1"),
    _row(rf"\bevery (?:1 )?weeks? (?:on )?({_DAYS})\b", r"every \1"),
    _row(r"\b(?:weekly|every (?:1 )?week) (?=at)", "every monday "),
    _row(r"\b(?:monthly|every month) (?=at)", "every month on day 1 "),
    _row(r"^(enter every day) (?:at )?(?=for|store)", r"\1 at 09:00 "),
    _row(r"^(enter every (?:" + _DAYS + r")) (?=for|store)", r"\1 at 09:00 "),
    _row(r"^enter (?:once )?(?:on|at) (?=\d{4})", "enter once on "),
    _row(r"^(enter once on \d{4}-\d\d-\d\d) (?=for)", r"\1 09:00 "),
    # steps
    _row(r"^(?:stop|end|return|break|quit|finish|done|terminate|abort|leave|(?:exit|end|stop) flow)$", "exit"),
    _row(r"^(?:continue|pass|noop|skip|next|nothing|do nothing)$", "go on"),
    _row(r"^(?:goto|jump to|jump|go) (?!to\b|on\b)(?=[a-z])", "go to "),
    _row(r"^send (?:an? )?(?:mail|e-mail|message|msg|newsletter) ", "send email "),
    _row(r"^send (?:an? )?text ", "send sms "),
    _row(r"^send ([a-z]\w*) (?:by|via|through|as|per) (email|sms|push|whatsapp)", r"send \2 \1"),
    _row(r'^(send (?:email|sms|push|whatsapp)) "([a-z]\w*)"', r"\1 \2"),
    _row(r"^send (?!(?:coupon|email|sms|push|whatsapp)\b)([a-z]\w*)(?= as |$)", r"send email \1"),
    _row(r"^(?:e-?mail|mail) ([a-z]\w*)$", r"send email \1"),
    _row(r"^(sms|push|whatsapp) ([a-z]\w*)$", r"send \1 \2"),
    _row(rf"^(?:set )?({_PATH}) ?(?::=|==?|:| to)? ?({_VALUE})$", r"set \1 to \2"),
    _row(rf"^(?:set )?({_PATH}) ?([+-])= ?(\d\S*)", r"set \1 to \1 \2 \3"),
    _row(rf"^(?:increase|increment) ({_PATH})(?: by)? (\d\S*)", r"set \1 to \1 + \2"),
    _row(rf"^(?:decrease|decrement) ({_PATH})(?: by)? (\d\S*)", r"set \1 to \1 - \2"),
    _row(rf"^(?:increase|increment) ({_PATH})$", r"set \1 to \1 + 1"),
    _row(rf"^set ({_PATH}) (?:to|=) (?:null|none|nil|empty)$", r"clear \1"),
    _row(rf"^(?:unset|delete|reset|remove) ({_PATH})$", r"clear \1"),
    _row(r'([(,]\s*)"(\w+)"(?= ?[:=])', r"\1\2"),
    _row(r"([(,]\s*\w+) ?(?:=>?|:=) ?", r"\1: "),
    _row(r"([(,]\s*[a-z]\w*) (?=[\d\"-])", r"\1: "),
    _row(r"^(track|call) (\w+) ?\{(.*)\}$", r"\1 \2 (\3)"),
    _row(rf"^(track|call|given customer) ?(\w*) (?:with )?([a-z]\w*)(?::| =|)? ({_VALUE})$", lambda m: " ".join(one for one in (m[1], m[2], f"({m[3]}: {m[4]})") if one)),
    _row(r'^(?:give (?:coupon )?|(?:send|create) coupon )"?([a-z]\w*)"?$', r"give coupon \1"),
    _row(r"^(?:loop|for|do) (?=\d)", "repeat "),
    _row(r"^(repeat \d+)(?=:)", lambda m: f"{m[1]} {'time' if m[1].endswith(' 1') else 'times'}"),
    _row(r"^(?:elif|elseif|elsif|else, if)\b", "else if"),
    _row(r"^run (?=\d)", "run for "),
    _row(r"^(expect .*?) e?-?mail ", r"\1 email "),
    _row(r"\s*\\+$", ""),
    _row(r"[;,.]$", ""),
)  # fmt: skip


def rewritings(line: str) -> Iterator[str]:
    """`line` said our way: each row alone first, then one after the other."""
    alone: list[str] = []
    for pattern, instead in ROWS:
        changed = pattern.sub(instead, line).strip()
        if changed != line and changed not in alone:
            alone.append(changed)
            yield changed
    if not alone:
        return
    together = line
    for _ in range(2):
        for pattern, instead in ROWS:
            changed = pattern.sub(instead, together).strip()
            if changed != together:
                together = changed
                yield together
    for start in alone[:12]:
        for pattern, instead in ROWS:
            changed = pattern.sub(instead, start).strip()
            if changed not in (start, line):
                yield changed


def our_way(line: str, reads: Callable[[str], bool]) -> str | None:
    """The first rewriting that can be read, None where there is none."""
    tried = {line}
    for one in rewritings(line):
        if one in tried:
            continue
        tried.add(one)
        if reads(one):
            figures = ROWS[1][0].sub(ROWS[1][1], one)  # `> three` reads as a name
            return figures if reads(figures) else one
    return None
