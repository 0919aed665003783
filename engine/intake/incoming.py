"""One thing that somebody told us about a customer, checked and under our names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from engine.core.model import Instant

Kind = Literal["track", "identify", "group", "alias"]

RECORD_NAMES: dict[Kind, str] = {"identify": "$identify", "group": "$group", "alias": "$alias"}
"""Under which name calls that are no events stand among the events; no flow can name them."""


@dataclass(slots=True)
class Incoming:
    """A call of the tracking API, a line of an import, or something that a link recorded.

    `occurred_at` is already corrected by the sender's clock; the writer caps it at the moment
    of receipt. `browser` says that it came with a key that anybody can read in a page.
    `signed` says that the shop's server vouches for `user` all the same; `hint` is a userId that
    nobody vouched for: it is kept, and does nothing. `notes` says what was left out of the call;
    `asks` is false where too many questions by mail were started already.
    `source` is what a consent's proof names (`key shop`, `double opt-in`). `timed` is false where
    the call did not say when it happened; `consent_at` is when its consent was given, where that
    was another time.
    `named` says that its items are called as the catalogue calls them; `complete`, that nothing
    is filled in from the catalogue either: it was, when this happened.
    """

    kind: Kind
    message_id: str
    user: str = ""
    anonymous: str = ""
    previous: str = ""
    address: tuple[str, str] = ("", "")  # of whom an identify or an order is: its kind and itself
    customer: int = 0  # the row, where it is known already (links, forms)
    event: str = ""
    properties: dict[str, Any] = field(default_factory=dict)
    traits: dict[str, Any] = field(default_factory=dict)
    consent: dict[str, bool] = field(default_factory=dict)
    zone: str = ""
    language: str = ""
    occurred_at: Instant = 0  # 0: when it is received
    timed: bool = True
    consent_at: Instant = 0  # 0: as `occurred_at`; below: nobody can read when
    browser: bool = False
    signed: bool = False
    hint: str = ""
    notes: tuple[str, ...] = ()
    asks: bool = True
    enters: bool = True
    source: str = ""
    named: bool = False
    complete: bool = False
    order_ref: str = ""  # the shop's own number of the order, beside the one that people see
    shop: bool = False  # the shop system itself says so: a webhook
    settled: bool = False  # what follows from it was done already


@dataclass(slots=True)
class Taken:
    """What became of one incoming thing.

    `error` is "" when it was taken (now, or as `duplicate` before), else a code with a
    `message` about `place`; `ignored` says in words what was left out.
    """

    customer: int = 0
    duplicate: bool = False
    error: str = ""
    message: str = ""
    place: str = ""
    ignored: list[str] = field(default_factory=list)


def refused(code: str, message: str, place: str) -> Taken:
    """What became of a call that is not taken."""
    return Taken(error=code, message=message, place=place)
