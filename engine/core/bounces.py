"""What comes back of a message, in one vocabulary. Pure; the lab, the intake and the sender ask.

| kind | what was said | what follows |
|---|---|---|
| `delivered` | the mailbox has it | soft bounces before it are forgotten |
| `deferred` | it is still being tried | nothing |
| `soft_bounce` | it was given up: the mailbox is full, its server away | after some, as hard |
| `hard_bounce` | there is no such mailbox | the address is suppressed for this channel |
| `blocked` | our server or our message was refused | nothing: the address is no worse for it |
| `complained` | its owner called it spam | the address is suppressed for this channel |
| `unsubscribed` | its owner wants no more | consent is taken back |
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from engine.core.facts import CONTACT
from engine.core.model import DAY, Instant

Kind = Literal[
    "delivered",
    "deferred",
    "soft_bounce",
    "hard_bounce",
    "blocked",
    "complained",
    "unsubscribed",
]

BOUNCED: Final = "bounced"
COMPLAINED: Final = "complained"

SOFT_BOUNCES: Final = 5
"""After so many soft bounces an address is suppressed, where no setting says otherwise."""
SOFT_WITHIN: Final = 30 * DAY
"""They count where they came within this time, and nothing was delivered in between."""

SUPPRESSING: Final[Mapping[Kind, str]] = {"hard_bounce": BOUNCED, "complained": COMPLAINED}
"""The kinds that end an address at once, and the reason that is kept."""

_TYPES: Final = (
    "type",
    "bounce_type",
    "bounceType",
    "bounce_class",
    "bounce_classification",
    "severity",
)
_TEXTS: Final = ("reason", "description", "response", "smtp_response", "diagnostic", "status")
_SOFT: Final = re.compile(r"soft|transient|temporar|deferr?|delay|undetermined", re.IGNORECASE)
_BLOCKED: Final = re.compile(r"block|reputation|spam|policy", re.IGNORECASE)
_HARD: Final = re.compile(r"hard|permanent|invalid|unknown", re.IGNORECASE)

_CODE: Final = re.compile(r"(?<![\d.])([245]\d\d)(?=[ -]|$)")
_STATUS: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_DEAD_MAILBOX: Final = frozenset({550, 551, 553})
_ABOUT_US: Final = re.compile(
    r"\b(black|block|deny|allow|reject)[ -]?list|\bblocked\b|\b(dns|r)bls?\b|spamhaus|spamcop"
    r"|barracuda|\blisted\b|\bips?\b|\d+\.\d+\.\d+\.\d+|polic(y|ies)|reputation|\bspam"
    r"|unsolicited|\bspf\b|\bdkim\b|\bdmarc\b|authenticat|\be?helo\b|\behlo\b|reverse dns"
    r"|\br?dns\b|\bptr\b|\btls\b|sender|\bfrom\b|relay|\brate\b|too many|throttl"
    r"|content|virus|access denied|not (permitted|authori[sz]ed)|administrative"
    r"|prohibited",
    re.IGNORECASE,
)
"""Without an enhanced code the words must do: these speak of our server or our mail."""
_FULL: Final = re.compile(r"quota|\bfull\b|too (large|big)|exceed", re.IGNORECASE)
_NOBODY: Final = re.compile(
    r"(no such|unknown|invalid|nonexistent|non-existent) (local )?(user|mailbox|recipient|address"
    r"|account|person)|(user|mailbox|recipient|address|account)( \S+){0,3} ?(is |was )?(unknown"
    r"|not found|disabled|inactive|invalid|(doe|did) ?n.t exist|does not exist|no longer)"
    r"|(couldn.t be|wasn.t) found|no mailbox here|not a valid mailbox|nxdomain"
    r"|(host|domain) (\S+ )?not found",
    re.IGNORECASE,
)


def of_reply(text: str) -> Kind | None:
    """What a mail server's answer says of a message: `550 5.1.1 no such user`; None: it says
    nothing. Enhanced codes as in RFC 3463; where there is none, the words.

    >>> of_reply("550 5.1.1 no such user"), of_reply("550 Your IP address is on a blocklist")
    ('hard_bounce', 'blocked')
    >>> of_reply("552 5.2.2 mailbox full"), of_reply("451 4.7.1 greylisted"), of_reply("250 ok")
    ('soft_bounce', 'deferred', 'delivered')
    """
    status, code = _status(text), _CODE.search(text)
    if status is None and code is None:
        return None
    klass = status[1] if status is not None else code[1][0] if code is not None else ""
    if klass == "2":
        return "delivered"
    if klass == "4":
        return "deferred"
    if status is not None and (status[2], status[3]) != ("0", "0"):
        return _of_status(int(status[2]), int(status[3]), text)
    if _FULL.search(text):
        return "soft_bounce"
    if _NOBODY.search(text) and not _ABOUT_US.search(_NOBODY.sub("", text)):
        return "hard_bounce"
    if _ABOUT_US.search(text):
        return "blocked"
    if code is not None and int(code[1]) in _DEAD_MAILBOX:
        return "hard_bounce"
    return "soft_bounce"


def _status(text: str) -> re.Match[str] | None:
    """The first enhanced code that says more than X.0.0, else the first."""
    found = list(_STATUS.finditer(text))
    plain = next(iter(found), None)
    return next((one for one in found if (one[2], one[3]) != ("0", "0")), plain)


def _of_status(subject: int, detail: int, text: str) -> Kind:
    """Of a permanent one. X.1 is about addresses (two of them about the sender's), X.2 about the
    mailbox, X.4 about the way there, X.6 and X.7 about our mail and us; 5.4.1 is what Microsoft
    says of unknown people.
    """
    if subject == 1:
        return "blocked" if detail in (7, 8) else "hard_bounce"
    if subject == 2:
        dead = detail == 1 and not re.search(r"\brate\b|too (many|quickly)", text, re.IGNORECASE)
        return "hard_bounce" if dead else "soft_bounce"
    if subject == 4:
        dead = detail in (1, 310) or (detail == 4 and _NOBODY.search(text) is not None)
        return "hard_bounce" if dead else "soft_bounce"
    return "blocked" if subject in (6, 7) else "soft_bounce"


def reported(event: str, properties: Mapping[str, Any]) -> tuple[Kind, str] | None:
    """What an event says of a message, and the channel; None for all others.

    A bounce that says that it is soft, or that the sender was blocked, is no hard one; one that
    says no more is. The type counts before the words.
    """
    what, _, channel = event.partition("_")
    if channel not in CONTACT:
        return None
    if what == "sent":
        return "delivered", channel
    if what == "complain":
        return "complained", channel
    if what != "bounce":
        return None
    types = " ".join(str(properties.get(name) or "") for name in _TYPES)
    if _BLOCKED.search(types):
        return "blocked", channel
    if _SOFT.search(types):
        return "soft_bounce", channel
    said = " ".join(str(properties.get(name) or "") for name in _TEXTS)
    judged = of_reply(said)
    if judged == "blocked" or (judged is None and not _HARD.search(types) and _is_about_us(said)):
        return "blocked", channel
    if judged in ("deferred", "soft_bounce") and not _HARD.search(types):
        return "soft_bounce", channel
    return "hard_bounce", channel


def _is_about_us(said: str) -> bool:
    return _ABOUT_US.search(said) is not None and _NOBODY.search(said) is None


def ends(kind: Kind, soft: Iterable[Instant], now: Instant, most: int = SOFT_BOUNCES) -> str:
    """Why an address is to be suppressed after this, "" for not at all. `soft` are the moments of
    its soft bounces since something was last delivered, this one included; `most` of them are too
    many, 0 lets any number pass.
    """
    if kind == "soft_bounce":
        count = sum(now - at < SOFT_WITHIN for at in soft)
        return BOUNCED if 0 < most <= count else ""
    return SUPPRESSING.get(kind, "")


def leaves(event: str, properties: Mapping[str, Any]) -> list[str]:
    """The channels and topics that an `unsubscribe` leaves: those that it names, else all channels.
    Empty for all other events.
    """
    if event != "unsubscribe":
        return []
    named = [properties.get(name) for name in ("channel", "topic")]
    return [name for name in named if isinstance(name, str) and name] or list(CONTACT)
