"""The mails of a double opt-in: a question and a link, and no word of advertising.

Each request stands in `consent_proof` as `asked`; a cursor says up to where they were mailed. It
moves before the mail goes out: a crash between the two loses a mail and never doubles one.
"""

from __future__ import annotations

from html import escape
from typing import NamedTuple

import orjson

from engine.channels.transport import Envelope
from engine.core.model import MINUTE, Instant
from engine.customers import consent, identity
from engine.delivery import returning
from engine.messages.links import Confirmation, LinkMaker
from engine.messages.texts import texts
from engine.publishing.live import Live
from engine.store import consents, cursors
from engine.store.consents import Proof
from engine.store.writer import Transaction

CURSOR = "confirmations"
ATTEMPTS = 6


class Asked(NamedTuple):
    """A request that was claimed; `proof` is its row, `attempt` counts from 1."""

    proof: int
    customer: int
    address: str
    attempt: int


def claim(transaction: Transaction, live: Live, links: LinkMaker) -> list[tuple[Asked, Envelope]]:
    """The requests that are due, marked as mailed."""
    position = cursors.positions(transaction, (CURSOR,))[CURSOR]
    now = live.clock.now()
    rows = consents.asked(transaction, position, 50)
    claimed: list[tuple[Asked, Envelope]] = []
    last = None
    for number, told_customer, channel, address, at, detail in rows:
        if at > now:  # to be tried again later: the mail server is down, so the rest waits too
            break
        last = number
        customer = identity.living(transaction, told_customer)
        if not customer or consent.allowed(transaction, customer, channel):
            continue
        told = orjson.loads(detail)
        asked = Asked(number, customer, address, told.get("attempt", 1))
        asked_at = told.get("asked_at", at)
        link = links.make_confirmation(Confirmation(customer, channel, address, asked_at))
        claimed.append((asked, _envelope(live, address, link, now)))
    if last is not None:
        cursors.move(transaction, {CURSOR: last})
    return claimed


def try_again(transaction: Transaction, asked: Asked, now: Instant) -> None:
    """The mail was certainly not taken: ask once more, later each time."""
    number, customer, address, attempt = asked
    if attempt >= ATTEMPTS:
        return
    row = consents.asking(transaction, number)
    if row is None:
        return
    detail = {"text": consent.CONFIRMATION_TEXT, "attempt": attempt + 1, "asked_at": row[1]}
    later = now + MINUTE * 2**attempt
    proof = Proof(customer, row[0], "asked", later, "mailed again", address, orjson.dumps(detail))
    consents.prove(transaction, [proof])


def _envelope(live: Live, address: str, link: str, now: Instant) -> Envelope:
    shop = live.deployment
    words = texts(shop.language)
    ask = words["mail_ask"].format(shop=shop.name)
    text = f"{words['mail_hello']}\n\n{ask}\n\n{link}\n\n{words['mail_not_me']}\n\n{shop.name}\n"
    html = (
        f'<!doctype html><html lang="{escape(shop.language)}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<body style="margin:0;padding:24px;font:16px/1.5 Arial,sans-serif;color:#20261f">'
        f'<div style="max-width:520px;margin:auto"><p>{escape(words["mail_hello"])}</p>'
        f"<p>{escape(ask)}</p>"
        f'<p style="margin:28px 0"><a href="{escape(link)}" style="background:#1f5a3d;color:#fff;'
        'padding:12px 20px;border-radius:8px;text-decoration:none;font-weight:bold">'
        f"{escape(words['confirm_do'])}</a></p>"
        f'<p style="color:#5c665a;font-size:14px">{escape(words["mail_not_me"])}</p>'
        f'<p style="color:#5c665a;font-size:14px">{escape(shop.name)}</p></div></body></html>'
    )
    envelope = Envelope(
        channel="email",
        to=address,
        at=now,
        sender=shop.senders.get("email", ""),
        subject=words["mail_subject"].format(shop=shop.name),
        html=html,
        text=text,
        message="confirmation",
    )
    return returning.addressed(live, envelope)
