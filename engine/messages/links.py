"""Signed addresses in messages: clicks, openings, unsubscribing, confirming.

A link carries everything it means inside a signature (HMAC-SHA256, 128 bits kept), so that making
one needs no database, and nobody can make one that we did not. The target of a click stands
inside the signature too and never in a parameter, so the server is no open redirector. Links to
unsubscribe are valid for ever.

| path | token says |
|---|---|
| `/o/TOKEN.gif` | which message was opened |
| `/c/TOKEN` | which message, and the address behind the link |
| `/a/TOKEN` | by which message somebody answers what: an event and its properties |
| `/h/TOKEN` | which message: the link that people neither see nor hear |
| `?headrace=TOKEN` | which click led to a page of the shop |
| `/p/TOKEN` | whose preferences |
| `/m/CODE` | which mail is shown in a browser |
| `/address/TOKEN` | whose mail address changes from which to which, and when it was asked |
| `/u/TOKEN` | who, which channel or topic, and by which message |
| `/confirm/TOKEN` | who confirms which address for which channel, and when it was asked |
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import orjson

from engine.core.model import Instant

Purpose = Literal["o", "c", "h", "a", "p", "m", "u", "who", "address", "confirm"]

_SIGNATURE = 16
_CODE = 12
MAX_TARGET = 2_000
"""Characters of an address behind a click; a longer one is printed as it is and not counted."""


class BadLinkError(Exception):
    """The token was not made by this installation, or not for this purpose."""


class MessageRef(NamedTuple):
    """The message that a link stands in. `step` is the node's id in the flow's graph."""

    customer: int
    run: int
    flow: str
    step: str
    visit: int
    channel: str
    message: str


class Click(NamedTuple):
    """A link of a message; `pair`: there are two in it."""

    message: MessageRef
    target: str
    pair: bool = False


class Answer(NamedTuple):
    """A link that answers: by which message, and the event that it records."""

    message: MessageRef
    event: str
    properties: dict[str, Any]


class Unsubscribe(NamedTuple):
    """`what` is a channel or a topic; the message is missing for links outside of flows."""

    customer: int
    what: str
    message: MessageRef | None


class Confirmation(NamedTuple):
    """A double opt-in that waits for its second half.

    `also` are the other purposes that were ticked: topics, `tracking`. `text` is the version of the
    words that asked.
    """

    customer: int
    channel: str
    address: str
    asked_at: Instant
    also: tuple[str, ...] = ()
    text: str = ""


class Change(NamedTuple):
    """A change of a customer's mail address that waits for a word from the new one."""

    customer: int
    old: str
    new: str
    asked_at: Instant


@dataclass(frozen=True, slots=True)
class LinkMaker:
    """Makes and reads links of one installation.

    `base_url` is where people reach the public surface, without a slash at the end; `store_url` is
    the shop's own page, "" where nobody said.
    """

    base_url: str
    secret: bytes
    store_url: str = ""

    def make_open(self, message: MessageRef) -> str:
        return f"{self.base_url}/o/{self._sign('o', list(message))}.gif"

    def make_click(self, message: MessageRef, target: str, *, pair: bool = False) -> str:
        """`target` itself when it is no web address or too long to be carried."""
        if len(target) > MAX_TARGET or not target.startswith(("http://", "https://")):
            return target
        return f"{self.base_url}/c/{self._sign('c', [*message, target, *([1] if pair else [])])}"

    def make_hidden(self, message: MessageRef) -> str:
        return f"{self.base_url}/h/{self._sign('h', list(message))}"

    def make_answer(self, message: MessageRef, event: str, properties: Mapping[str, Any]) -> str:
        return f"{self.base_url}/a/{self._sign('a', [*message, event, dict(properties)])}"

    def is_own(self, url: str) -> bool:
        """Whether an address is one of ours that is not to be counted as a click."""
        return url.startswith(tuple(f"{self.base_url}/{kind}/" for kind in "apm"))

    def make_arrival(self, click: int) -> str:
        """What a click's target tells of it: the click's number, signed."""
        return self._sign("who", [click])

    def make_unsubscribe(self, customer: int, what: str, message: MessageRef | None = None) -> str:
        """`what` is the channel, or the topic of the message."""
        told = list(message[1:]) if message else []
        return f"{self.base_url}/u/{self._sign('u', [customer, what, *told])}"

    def make_preferences(self, customer: int) -> str:
        return f"{self.base_url}/p/{self._sign('p', [customer])}"

    def view_code(self, message: MessageRef) -> str:
        """Under which letters (96 bits that nobody guesses) the copy of a mail is kept."""
        return _encode(self._signature("m", orjson.dumps(list(message)))[:_CODE])

    def make_view(self, message: MessageRef) -> str:
        return f"{self.base_url}/m/{self.view_code(message)}"

    def make_confirmation(self, confirmation: Confirmation) -> str:
        return f"{self.base_url}/confirm/{self._sign('confirm', list(confirmation))}"

    def make_change(self, change: Change) -> str:
        return f"{self.base_url}/address/{self._sign('address', list(change))}"

    def read_change(self, token: str) -> Change:
        customer, old, new, asked_at = self._read("address", token, 4)
        return Change(int(customer), str(old), str(new), int(asked_at))

    def read_open(self, token: str) -> MessageRef:
        return _message(self._read("o", token.removesuffix(".gif"), 7))

    def read_click(self, token: str) -> Click:
        told = self._read("c", token, 8, 9)
        return Click(_message(told[:7]), str(told[7]), len(told) > 8)

    def read_hidden(self, token: str) -> MessageRef:
        return _message(self._read("h", token, 7))

    def read_answer(self, token: str) -> Answer:
        *message, event, properties = self._read("a", token, 9)
        return Answer(_message(message), str(event), properties)

    def read_arrival(self, token: str) -> int:
        return int(self._read("who", token, 1)[0])

    def read_unsubscribe(self, token: str) -> Unsubscribe:
        customer, what, *message = self._read("u", token, 2, 8)
        ref = _message([customer, *message]) if message else None
        return Unsubscribe(int(customer), str(what), ref)

    def read_preferences(self, token: str) -> int:
        return int(self._read("p", token, 1)[0])

    def read_confirmation(self, token: str) -> Confirmation:
        told = self._read("confirm", token, 4, 6)
        customer, channel, address, asked_at = told[:4]
        also, text = told[4:] or ((), "")
        asked = int(customer), str(channel), str(address), int(asked_at)
        return Confirmation(*asked, tuple(map(str, also)), str(text))

    def _sign(self, purpose: Purpose, values: list[Any]) -> str:
        payload = orjson.dumps(values)
        return _encode(self._signature(purpose, payload) + payload)

    def _read(self, purpose: Purpose, token: str, *lengths: int) -> list[Any]:
        """The values of a token of one of these lengths. Raises `BadLinkError`."""
        try:
            signed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError as error:
            raise BadLinkError from error
        signature, payload = signed[:_SIGNATURE], signed[_SIGNATURE:]
        if not hmac.compare_digest(signature, self._signature(purpose, payload)):
            raise BadLinkError
        values = orjson.loads(payload)
        if len(values) not in lengths:
            raise BadLinkError
        return list(values)

    def _signature(self, purpose: Purpose, payload: bytes) -> bytes:
        told = purpose.encode() + b"\0" + payload
        return hmac.new(self.secret, told, hashlib.sha256).digest()[:_SIGNATURE]


def _message(values: list[Any]) -> MessageRef:
    customer, run, flow, step, visit, channel, message = values
    return MessageRef(
        int(customer), int(run), str(flow), str(step), int(visit), str(channel), str(message)
    )


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
