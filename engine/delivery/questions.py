"""What asks somebody who is not yet sure to have asked: a mail with a link, a text with a code.

Each is made without any flow, and says no word of advertising. A project may write the mail of a
double opt-in itself (`messages/confirmation.email.mjml`); our own words are in
`engine.messages.texts`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any, Final

from engine.channels.transport import Envelope
from engine.core.model import Instant
from engine.core.senders import headed, sender_of
from engine.delivery import returning
from engine.logs import logger
from engine.messages.errors import MessageError
from engine.messages.library import Messages
from engine.messages.links import Change, Confirmation, LinkMaker
from engine.messages.rendered import Rendered
from engine.messages.texts import masked, purpose, texts
from engine.publishing.live import Live

MESSAGE: Final = "confirmation"
"""The project's message that asks, where it has one. It may print `confirm_url` and `purposes`."""
CODE_MESSAGE: Final = "sms_code"
ADDRESS_MESSAGE: Final = "address"

_log = logger(__name__)


def confirmation(
    live: Live, links: LinkMaker, asking: Confirmation, about: Mapping[str, Any], now: Instant
) -> Envelope:
    """The mail of a double opt-in, in the customer's language: the project's own
    `confirmation.email`, where it has one, else ours. The link names the version of its words.

    `about` are the customer's properties.
    """
    shop = live.deployment
    language, words = _words(live, about)
    purposes = [purpose(what, words, shop.topics) for what in (asking.channel, *asking.also)]

    def link_of(*said: str) -> str:
        return links.make_confirmation(asking._replace(text=version(*said)))

    rendered = _own(live, about, purposes, link_of, links.store_url, now)
    if rendered is None:
        ask = words["mail_ask"].format(shop=shop.name)
        link = link_of(ask, words["mail_not_me"], *purposes)
        rendered = _mail(
            words,
            language,
            shop.name,
            words["mail_subject"],
            ask,
            (link, words["confirm_do"]),
            listed=(words["mail_purposes"], purposes),
            last=words["mail_not_me"],
        )
    return _envelope(live, asking.address, rendered, MESSAGE, now)


def change(
    live: Live, links: LinkMaker, told: Change, about: Mapping[str, Any], now: Instant
) -> Envelope:
    """The mail that asks the mailbox of a new address whether it is theirs."""
    return _of_change(live, links, told, about, now, ("mail_change", "address_confirm_do"))


def changed(
    live: Live, links: LinkMaker, told: Change, about: Mapping[str, Any], now: Instant
) -> Envelope:
    """The mail that tells the old address of it. `told` is the way back, from new to old."""
    return _of_change(live, links, told, about, now, ("mail_changed", "mail_changed_do"))


def _of_change(
    live: Live,
    links: LinkMaker,
    told: Change,
    about: Mapping[str, Any],
    now: Instant,
    said: tuple[str, str],
) -> Envelope:
    """`said` names the text, with its subject, and what the link does."""
    language, words = _words(live, about)
    shop, other, (text, act) = live.deployment.name, masked(told.old), said
    rendered = _mail(
        words,
        language,
        shop,
        words[f"{text}_subject"],
        words[text].format(shop=shop, old=other, new=other),
        (links.make_change(told), words[act]),
        last=words["mail_not_me"] if text == "mail_change" else "",
    )
    return _envelope(live, told.new, rendered, ADDRESS_MESSAGE, now)


def code(live: Live, number: str, to: str, about: Mapping[str, Any], now: Instant) -> Envelope:
    """The text message with a code."""
    _, words = _words(live, about)
    shop = live.deployment
    text = words["sms_code"].format(shop=shop.name, code=number)
    sender = sender_of(shop.senders, "sms").address
    return Envelope(channel="sms", to=to, at=now, sender=sender, text=text, message=CODE_MESSAGE)


def code_version(live: Live, about: Mapping[str, Any]) -> str:
    """The version of the words of that text message."""
    return version(_words(live, about)[1]["sms_code"], live.deployment.name)


def version(*said: str) -> str:
    """The same words, the same version."""
    return sha256("\0".join(said).encode()).hexdigest()[:12]


def messages_of(live: Live) -> Path | None:
    """The folder of messages of what is live, None where there is none."""
    versions = ((flow, one.version) for flow, one in live.deployment.programs.items())
    folder = next((live.folders[one] for one in versions if one in live.folders), None)
    return folder / "messages" if folder is not None else None


def _words(live: Live, about: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    told = about.get("language")
    language = told if isinstance(told, str) and told else live.deployment.language
    return language, texts(language, messages_of(live))


def _envelope(live: Live, to: str, rendered: Rendered, message: str, now: Instant) -> Envelope:
    sender = sender_of(live.deployment.senders, "email", rendered.sender)
    envelope = Envelope(
        channel="email",
        to=to,
        at=now,
        sender=sender.address,
        headers=headed(rendered.headers, sender),
        subject=rendered.subject,
        html=rendered.html,
        text=rendered.text,
        message=message,
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
    shop, path = live.deployment, messages_of(live)
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


def _mail(
    words: Mapping[str, str],
    language: str,
    shop: str,
    subject: str,
    ask: str,
    way: tuple[str, str],
    *,
    listed: tuple[str, list[str]] = ("", []),
    last: str = "",
) -> Rendered:
    """A mail that asks one thing; `way` is the link and the words of its button."""
    link, do = way
    intro, items = listed
    bullets = "\n".join(f"- {one}" for one in items)
    pieces = (words["mail_hello"], ask, f"{intro}\n{bullets}" if items else "", link, last, shop)
    text = "\n\n".join(piece for piece in pieces if piece) + "\n"
    told = f"<p>{escape(intro)}</p><ul>{''.join(f'<li>{escape(one)}</li>' for one in items)}</ul>"
    html = (
        f'<!doctype html><html lang="{escape(language)}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(subject.format(shop=shop))}</title>"
        '<body style="margin:0;padding:24px;font:16px/1.5 Arial,sans-serif;color:#20261f">'
        f'<div style="max-width:520px;margin:auto"><p><b>{escape(shop)}</b></p>'
        f"<p>{escape(words['mail_hello'])}</p><p>{escape(ask)}</p>"
        f"{told if items else ''}"
        f'<p style="margin:28px 0"><a href="{escape(link)}" style="background:#1f5a3d;color:#fff;'
        'padding:12px 20px;border-radius:8px;text-decoration:none;font-weight:bold">'
        f"{escape(do)}</a></p>"
        f'<p style="color:#5c665a;font-size:14px">{escape(last)}</p></div>'
        "</body></html>"
    )
    line = subject.format(shop=shop)
    return Rendered(subject=line, preheader="", html=html, text=text, language=language)
