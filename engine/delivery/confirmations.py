"""The mails of a double opt-in: a question and a link, and no word of advertising.

Each request stands in `consent_proof` as `asked`; a cursor says up to where they were mailed. It
moves before the mail goes out: a crash between the two loses a mail and never doubles one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from html import escape
from typing import Any, Final, NamedTuple

import orjson

from engine.channels.transport import Envelope
from engine.core.model import MINUTE, Instant
from engine.core.senders import headed, sender_of
from engine.customers import consent, identity
from engine.delivery import returning
from engine.logs import logger
from engine.messages.errors import MessageError
from engine.messages.library import Messages
from engine.messages.links import Confirmation, LinkMaker
from engine.messages.rendered import Rendered
from engine.messages.texts import purpose, texts
from engine.publishing.live import Live
from engine.store import consents, cursors, customers
from engine.store.consents import Proof
from engine.store.writer import Transaction

CURSOR = "confirmations"
ATTEMPTS = 6
MESSAGE: Final = "confirmation"
"""The project's message that asks, where it has one. It may print `confirm_url` and `purposes`."""

_log = logger(__name__)


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
        if not customer:
            continue
        told = orjson.loads(detail)
        also = [what for what in told.get("also", ()) if _is_asked_for(live, what)]
        if all(consent.allowed(transaction, customer, what) for what in (channel, *also)):
            continue
        asked = Asked(number, customer, address, told.get("attempt", 1))
        asked_at = told.get("asked_at", at)
        asking = Confirmation(customer, channel, address, asked_at, tuple(also))
        properties = orjson.loads(customers.properties_of(transaction, customer) or b"{}")
        claimed.append((asked, question(live, links, asking, properties, now)))
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
    before = orjson.loads(row[2])
    asked_at = before.get("asked_at", row[1])
    detail = {**before, "attempt": attempt + 1, "asked_at": asked_at}
    later = now + MINUTE * 2**attempt
    proof = Proof(customer, row[0], "asked", later, "mailed again", address, orjson.dumps(detail))
    consents.prove(transaction, [proof])


def _is_asked_for(live: Live, what: str) -> bool:
    """Whether a form may ask for it with a channel: a topic of the shop, or `tracking`."""
    return what == consent.TRACKING or what in live.deployment.topics


def question(
    live: Live, links: LinkMaker, asking: Confirmation, about: Mapping[str, Any], now: Instant
) -> Envelope:
    """The mail that asks, in the customer's language: the project's own `confirmation.email`, where
    it has one, else ours. The link names the version of its words.

    `about` are the customer's properties.
    """
    shop = live.deployment
    told = about.get("language")
    language = told if isinstance(told, str) and told else shop.language
    words = texts(language)
    purposes = [purpose(what, words, shop.topics) for what in (asking.channel, *asking.also)]

    def link_of(*said: str) -> str:
        return links.make_confirmation(asking._replace(text=_version(*said)))

    rendered = _own(live, about, purposes, link_of, links.store_url, now)
    if rendered is None:
        rendered = _plain(words, language, shop.name, purposes, link_of)
    sender = sender_of(shop.senders, "email", rendered.sender)
    envelope = Envelope(
        channel="email",
        to=asking.address,
        at=now,
        sender=sender.address,
        headers=headed(rendered.headers, sender),
        subject=rendered.subject,
        html=rendered.html,
        text=rendered.text,
        message=MESSAGE,
    )
    return returning.addressed(live, envelope)


def _own(
    live: Live,
    about: Mapping[str, Any],
    purposes: list[str],
    link_of: Callable[..., str],
    store_url: str,
    now: Instant,
) -> Rendered | None:
    """The project's own question. One that cannot be made, or has no link, is not asked."""
    shop = live.deployment
    versions = ((flow, program.version) for flow, program in shop.programs.items())
    folder = next((live.folders[one] for one in versions if one in live.folders), None)
    path = folder / "messages" if folder is not None else None
    if path is None or not any(path.glob(f"{MESSAGE}.*")):
        return None
    context: dict[str, Any] = {
        "customer": dict(about),
        "store": {"name": shop.name, "language": shop.language, "url": store_url},
        "purposes": purposes,
        "transactional": True,
        "now": now,
    }
    try:
        messages = Messages(path)
        file = messages.choose(MESSAGE, "email", context)
        link = link_of(file.source, *purposes)
        rendered = messages.render(MESSAGE, "email", {**context, "confirm_url": link})
    except MessageError as error:
        _log.error("the project's confirmation cannot be made, ours is sent", error=str(error))
        return None
    if link not in rendered.text and escape(link) not in rendered.html:
        _log.error("the project's confirmation has no confirm_url, ours is sent")
        return None
    return rendered


def _plain(
    words: dict[str, str],
    language: str,
    shop: str,
    purposes: list[str],
    link_of: Callable[..., str],
) -> Rendered:
    ask = words["mail_ask"].format(shop=shop)
    link = link_of(ask, words["mail_not_me"], *purposes)
    listed = "\n".join(f"- {one}" for one in purposes)
    text = (
        f"{words['mail_hello']}\n\n{ask}\n\n{words['mail_purposes']}\n{listed}\n\n{link}\n\n"
        f"{words['mail_not_me']}\n\n{shop}\n"
    )
    items = "".join(f"<li>{escape(one)}</li>" for one in purposes)
    html = (
        f'<!doctype html><html lang="{escape(language)}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<body style="margin:0;padding:24px;font:16px/1.5 Arial,sans-serif;color:#20261f">'
        f'<div style="max-width:520px;margin:auto"><p><b>{escape(shop)}</b></p>'
        f"<p>{escape(words['mail_hello'])}</p><p>{escape(ask)}</p>"
        f"<p>{escape(words['mail_purposes'])}</p><ul>{items}</ul>"
        f'<p style="margin:28px 0"><a href="{escape(link)}" style="background:#1f5a3d;color:#fff;'
        'padding:12px 20px;border-radius:8px;text-decoration:none;font-weight:bold">'
        f"{escape(words['confirm_do'])}</a></p>"
        f'<p style="color:#5c665a;font-size:14px">{escape(words["mail_not_me"])}</p></div>'
        "</body></html>"
    )
    subject = words["mail_subject"].format(shop=shop)
    return Rendered(subject=subject, preheader="", html=html, text=text, language=language)


def _version(*said: str) -> str:
    """The same words, the same version."""
    return sha256("\0".join(said).encode()).hexdigest()[:12]
