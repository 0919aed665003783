"""What is asked of a customer, a cart or a history in other words."""

from __future__ import annotations

import re
from collections.abc import Callable

from dsl.parsing.mistakes.idioms.row import PATH, PLAIN, VALUE, Row, row

_TAGS = {"fname": "first_name", "lname": "last_name", "firstname": "first_name", "mail": "email"}


def _list(found: re.Match[str]) -> str:
    values = re.findall(PLAIN, found["values"])
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


_DID = r"(?P<did>did (?:not )?\w+(?: of \w+)?)"
NOTHING: tuple[Row, ...] = (
    row(r"\b(?:is|==?|=) not (?:null|nil|none|undefined|unknown|blank|missing)\b", "is set", any_case=True),
    row(r"(?:!=|<>|≠) ?(?:null|nil|none|undefined)\b", "is set", any_case=True),
    row(r"(?:\bis|==?) ?(?:null|nil|none|undefined|unknown|blank|missing)\b", "is not set", any_case=True),
)  # fmt: skip
CONDITIONS: tuple[Row, ...] = (
    row(r"\b(?:didn['’]t|has not|hasn['’]t|did never) (\w+)", r"did not \1"),
    row(r"\bcustomer did\b", "did"),
    row(r"\b(?:customer )?(?:has )?(?:never) (?:purchased?|bought|ordered)\b", "did not purchase"),
    row(r"\b(?:customer )?(?:has )?(?:purchased|bought|ordered)\b", "did purchase"),
    row(r"\bdid (\w+) never\b", r"did not \1"),
    row(r"\bin (?:the )?(?:last|past|previous) ", "in last "),
    row(r"\b(?:within|during|over|inside) (?:the )?(?:last |past )?(?=\d)", "in last "),
    row(r"(did (?:not )?\w+.*?) (?:for|since|in|from) (?:the )?(?:last )?(?=\d+ [a-z])", r"\1 in last "),
    row(r"(did (?:not )?\w+) (?:the )?(?:last|past) (?=\d)", r"\1 in last "),
    row(r"(did (?:not )?\w+.*?) (?:after|from) (?=\d{4}-)", r"\1 since "),
    row(r"(did (?:not )?\w+.*?) today\b", r"\1 in last 1 day"),
    row(rf"{_DID} (?:more than|over|>) (?P<n>\d+) times?", _bound("at least", 1)),
    row(rf"{_DID} (?:less than|fewer than|under|<) (?P<n>\d+) times?", _bound("at most", -1)),
    row(rf"{_DID} (?:>=|minimum|min) (?P<n>\d+) times?", _bound("at least", 0)),
    row(rf"{_DID} (?:<=|up to|maximum|max) (?P<n>\d+) times?", _bound("at most", 0)),
    row(rf"{_DID} (?P<n>\d+) times?", _bound("at least", 0)),
    row(rf"{_DID} once\b", r"\1 at least 1 time"),
    row(rf"{_DID} twice\b", r"\1 at least 2 times"),
    row(r"\bwhere (?!\()([^:]*? (?:and|or) .*?)(?=:?$)", r"where (\1)"),
    row(
        rf"(?P<path>{PATH}) is (?P<no>not )?(?P<values>{PLAIN}(?:(?:,| or|, or| nor)(?: is(?: not)?)? ?{PLAIN})+)",
        _list,
    ),
    row(
        rf"(?P<path>{PATH}) (?:is )?(?P<no>not |none |neither )?(?:in|one of|any of|of|is) ?"
        rf"(?:in )?(?P<values>[\[({{]?{PLAIN}(?:, ?{PLAIN})*[\])}}]?)",
        _list,
    ),
    row(r"\bis (not )?(?:in|one of|any of) (?=\[)", lambda m: f"{m[1] or ''}in "),
    row(r"\b(?:does not|doesn['’]t) exist\b", "is not set"),
    row(r"\b(?<!not )exists\b", "is set"),
    row(rf"({PATH}) (?:does not|doesn['’]t|not|did not) (?:contains?|includes?|have) ({VALUE})", r"not \1 contains \2"),
    row(rf"({PATH}) (?:does not|doesn['’]t|not) (?:starts?|begins?) with ({VALUE})", r"not \1 starts with \2"),
    row(rf"({PATH}) (?:does not|doesn['’]t|not) ends? with ({VALUE})", r"not \1 ends with \2"),
    row(r"\b(?:begins|begin|start) with\b", "starts with"),
    row(r"\bend with\b", "ends with"),
    row(r'\b(?:like|ilike|matches|includes?|contain) "%?([^"%]*)%?"', r'contains "\1"'),
    row(r"\b(?:does not|doesn['’]t) equals? ", "is not "),
    row(r"\b(?:is )?(?:not equal to|unequal to|different from) ", "is not "),
    row(r"\b(?:isn['’]?t|aren['’]t|ain['’]t)\b", "is not"),
    row(r"\b(?:is equal to|equals to|equals|equal to|is the same as|eq) ", "is "),
    row(rf"({PATH}) (?:is )?(?:not )?between ({VALUE}) (?:and|to) ({VALUE})", r"\1 >= \2 and \1 <= \3"),
    row(r"\b(?:is )?(?:greater|more|larger|higher) than or (?:equal to|equals?|exactly) ", ">= "),
    row(r"\b(?:is )?(?:less|smaller|fewer|lower) than or (?:equal to|equals?|exactly) ", "<= "),
    row(rf"(?<=[\w)]) (?:is )?(?:at least|not less than|minimum|min) (?={VALUE}(?! times?))", " >= "),
    row(rf"(?<=[\w)]) (?:is )?(?:at most|not more than|maximum|max) (?={VALUE}(?! times?))", " <= "),
    row(r"\b(?:is )?(?:greater|more|larger|higher|bigger|later) than ", "> "),
    row(r"\b(?:is )?(?:less|smaller|fewer|lower|earlier) than ", "< "),
    row(rf"(?<=[\w)]) (?:is )?(?:over|above|after|exceeds) (?={VALUE})", " > "),
    row(rf"(?<=[\w)]) (?:is )?(?:under|below|before) (?={VALUE})", " < "),
    row(r"\bis (?=[<>])", ""),
    row(r"([<>]) =", r"\1="),
    row(r"(?<=\d) ?(?:EUR|USD|GBP|CHF|€|\$|£|euros?|dollars?)(?!\w)", "", any_case=True),
    row(r"[€$£] ?(?=\d)", ""),
    row(r"\b(\d{1,3})\.(\d{3}),(\d\d)\b", r"\1\2.\3"),
    row(r" ?&&? ?", " and "),
    row(r" ?\|\|? ?(?!\*)", " or "),
    row(r"!(?=[a-z(])", "not "),
    row(r" (?:then|do)(?=:|$)", ""),
    row(
        r"\{\{\{?\s*([^{}]+?)\s*\}?\}\}|\*\|([^|]+)\|\*|\$\{([^{}]+)\}|%%?([A-Za-z_]+)%%?|\[\[?([A-Z_]+)\]?\]",
        _placeholder,
    ),
    row(r"\bcustomer (?:cannot|can ?not|can['’]t|may not) ", "not customer can "),
    row(r"\b(?:can(?:not)? )?receive e-?mails?\b", lambda m: re.sub(r"e-?mails?", "email", m[0])),
    row(r"\bcustomer (?:does not|doesn['’]t) receive ", "not customer can receive "),
    row(r"\bcustomer (?:is )?(?:not |un)subscribed (?:to|from) (\w+)", r"not customer can receive \1"),
    row(r"\bcustomer (?:is )?subscribed to (\w+)", r"customer can receive \1"),
    row(r"\bcustomer is (not )?(?:in|part of|member of) (?:segment )?(?=[a-z])", lambda m: f"customer {m[1] or ''}in segment "),
    row(r"\bcustomer (not )?in (?!segment)(?:segment )?(?=[a-z])", lambda m: f"customer {m[1] or ''}in segment "),
    row(r"(?<!customer )(?<!not )\bin segment\b", "customer in segment"),
    row(r"\bcustomer (?:does not have|doesn['’]t have|has no|has not|not has|hasn['’]t) (?:the )?tag\b", "not customer has tag"),
    row(r"(?<!customer )\bhas tag\b", "customer has tag"),
    row(r"\b(has|add|remove) tag ([a-z]\w*)", r'\1 tag "\2"'),
    row(r'^tag (?=")', "add tag "),
    row(r'^untag (?=")', "remove tag "),
    row(r'^(add|remove) (?=")', r"\1 tag "),
    # further ways
    row(r"\bin (?:the )?(?:last|past|previous|this) (hour|day|week|month|year)\b", r"in last 1 \1"),
    row(r"\b(?:within|during) (?:the )?(?:last|past|this) (hour|day|week|month|year)\b", r"in last 1 \1"),
    row(r"(did (?:not )?\w+) this (week|month|year)\b", r"\1 in last 1 \2"),
    row(r"(did not \w+) (?:in|for) (?:over|more than|at least) (?=\d)", r"\1 in last "),
    row(r"\bno (\w+) (?=in (?:the )?(?:last|past))", r"did not \1 "),
    row(r"(did (?:not )?\w+)((?: in last \d+ \w+)) ((?:at least|at most|exactly) \d+ times?)", r"\1 \3\2"),
    row(r"(did (?:not )?\w+) (?:with|having|whose) (?!same)", r"\1 where "),
    row(r"(did (?:not )?\w+) \(", r"\1 where ("),
    row(r"(?<=[<>=] )(\d+) times?\b", r"\1"),
    row(r"\b(sum|average|min|max|latest|count) ?\(([a-z]\w*(?:\.\w+)?)\)", r"\1 of \2"),
    row(r"\b(?:avg|mean) (?:of |\()([a-z]\w*\.\w+)\)?", r"average of \1"),
    row(r"\b(?:number|amount) of (\w+?)s?\b", r"count of \1"),
    row(r"\btime since (?:the )?(?:last|latest) ", "time since "),
    row(r"\b(?:the )?last (\w+) (?:was |is )?(?:more than|over|>) (\d+ \w+) ago\b", r"time since \1 > \2"),
    row(r"\b(?:the )?last (\w+) (?:was |is )?(?:less than|under|<) (\d+ \w+) ago\b", r"time since \1 < \2"),
    row(rf"({PATH}) (?:is |was )?(?:more than|over|before|older than|at least|<) (\d+ \w+) ago\b", r"\1 < now - \2"),
    row(rf"({PATH}) (?:is |was )?(?:less than|under|after|within|>) (\d+ \w+) ago\b", r"\1 > now - \2"),
    row(rf"({PATH}) (?:is |was )?(?:within|in)(?: the)?(?: last| past)? (\d+ \w+)(?=:|$| and| or)", r"\1 > now - \2"),
    row(r"^((?:else )?if|only if) (not )?(?!true|false|yes|no\b)([a-z]\w*)(?=:|$| in last | at least | and | or )", lambda m: f"{m[1]} did {m[2] or ''}{m[3]}"),
    row(rf"^((?:else )?if|only if|exit if) not ({PATH})(?=:|$)", r"\1 \2 is not set"),
    row(rf"^((?:else )?if|only if|exit if) ({PATH})(?=:|$)", r"\1 \2 is set"),
    row(r"^unless (.+?):?$", r"if not (\1):"),
    row(r"\bis either ", "is "),
    row(r"\b(is )?in list \[", "in ["),
    row(r"\b(is empty) or (?:is )?(?:null|none|nil|not set)\b", r"\1"),
    row(r"\b(?:is )?(?:greater|more|larger|higher) or equal(?: to| than)? ", ">= "),
    row(r"\b(?:is )?(?:less|smaller|fewer|lower) or equal(?: to| than)? ", "<= "),
    row(r"\b(?:gte|ge) (?=[\d\"])", ">= "),
    row(r"\b(?:lte|le) (?=[\d\"])", "<= "),
    row(r"\bgt (?=[\d\"])", "> "),
    row(r"\blt (?=[\d\"])", "< "),
    row(r"(?<=\d),-+", ""),
    row(r"\bcart (value|count|items)\b", r"cart.\1"),
    row(rf"({PATH}) ?(?:!==?|<>|≠) ?({VALUE})", r"\1 is not \2"),
    row(rf"({PATH}) ?={{1,3}} ?({VALUE})", r"\1 is \2"),
    row(r"\s*[{?,]$", ":"),
    row(r'\bcustomer has tag ("[^"]*") or ("[^"]*")', r"customer has tag \1 or customer has tag \2"),
    row(r'\bcustomer has tag ("[^"]*") and ("[^"]*")', r"customer has tag \1 and customer has tag \2"),
    row(r'\bhas tags (?=")', "has tag "),
    row(r'\bhas (?:the )?("[^"]*") tag\b', r"has tag \1"),
    row(r'\bcustomer (?:is )?tagged (?:with |as )?(?=")', "customer has tag "),
    row(r"\bcustomer (?:has )?(?:opted in|agreed|consented)(?: to)? (\w+)", r"customer can receive \1"),
    row(r"\bcustomer accepts (?:marketing|newsletters?)\b", "customer can receive email"),
    row(r"\bcustomer accepts (\w+)", r"customer can receive \1"),
    row(r"\bcustomer has (?:an? )?(email|phone|birthday)\b", r"customer.\1 is set"),
    row(r"\bcustomer is (not )?(?:an? )?(?!in\b|not\b)([a-z]\w*)", lambda m: f"customer {m[1] or ''}in segment {m[2]}"),
)  # fmt: skip
