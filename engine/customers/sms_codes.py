"""Codes that are sent to a phone number to prove that it is somebody's.

A code is a signature of the request that it was sent for, so none is kept. It is good for ten
minutes and five tries, and one number gets only so many a day, whoever asks.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final, Literal, NamedTuple

import orjson

from engine.core.model import DAY, MINUTE, Instant
from engine.store import consents
from engine.store.consents import Proof
from engine.store.secrets import secret_of
from engine.store.writer import Transaction

GOOD_FOR: Final[Instant] = 10 * MINUTE
TRIES: Final = 5
A_DAY: Final = 3
"""So many codes one number gets in 24 hours, a minute apart at least."""
TRIES_A_DAY: Final = 10
"""So many wrong codes are taken of one customer in 24 hours."""
GUESSED: Final = "guessed"
_DIGITS: Final = 6
SMS: Final = "sms"

Said = Literal["right", "wrong", "late"]


class Sent(NamedTuple):
    """The request that a code was sent for."""

    proof: int
    phone: str
    at: Instant


def ask(transaction: Transaction, customer: int, phone: str, at: Instant, source: str) -> bool:
    """Have a code sent to a number. False: it got too many already, or its customer guessed too
    often.
    """
    moments = [
        one.at for one in consents.asked_of(transaction, SMS, at - DAY) if one.address == phone
    ]
    if len(moments) >= A_DAY or any(at - moment < MINUTE for moment in moments):
        return False
    guesses = consents.acts_of(transaction, customer, SMS, GUESSED)
    if sum(one.at > at - DAY for one in guesses) >= TRIES_A_DAY:
        return False
    consents.prove(transaction, [Proof(customer, SMS, "asked", at, source, phone)])
    return True


def code(transaction: Transaction, proof: int, phone: str) -> str:
    """The six digits of a request."""
    told = b"code\0" + orjson.dumps([proof, phone])
    secret = bytes.fromhex(secret_of(transaction))
    number = int.from_bytes(hmac.new(secret, told, hashlib.sha256).digest()[:8], "big")
    return str(number % 10**_DIGITS).zfill(_DIGITS)


def sent(transaction: Transaction, customer: int, now: Instant) -> Sent | None:
    """The request whose code this customer may enter now, None where there is none."""
    requests = [
        one
        for one in consents.asked_of(transaction, SMS, now - GOOD_FOR)
        if one.customer == customer and one.at <= now
    ]
    if not requests:
        return None
    last = max(requests, key=lambda one: one.number)
    guesses = consents.acts_of(transaction, customer, SMS, GUESSED)
    tries = sum(one.number > last.number for one in guesses)
    return None if tries >= TRIES else Sent(last.number, last.address, last.at)


def judge(transaction: Transaction, customer: int, told: str, now: Instant) -> tuple[Said, Sent]:
    """What is to be said of digits that somebody entered, and what they were entered for. A wrong
    one counts.
    """
    request = sent(transaction, customer, now)
    if request is None:
        return "late", Sent(0, "", 0)
    digits = "".join(one for one in told if one.isdecimal())
    right = code(transaction, request.proof, request.phone)
    if hmac.compare_digest(digits.encode(), right.encode()):
        return "right", request
    guess = Proof(customer, SMS, GUESSED, now, "code", request.phone)
    consents.prove(transaction, [guess])
    return "wrong", request
