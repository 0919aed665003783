"""Keeps a mail as it goes out, so that its link to a browser shows just this mail.

Only mails that print the link (`view_url`) are kept, before they go out. What would count an
opening, and the link that only machines follow, are not in the copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Final

from engine.core.model import DAY, Instant
from engine.logs import logger
from engine.messages import markup
from engine.messages.rendered import Links, Rendered
from engine.store import mail_copies
from engine.store.errors import StoreError
from engine.store.writer import Writer

KEPT: Final[Instant] = 90 * DAY
"""So long a mail can be seen in a browser."""
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Copies:
    """Keeps copies. Where the database is away, the mail goes without one."""

    writer: Writer

    def keep(self, rendered: Rendered, links: Links, customer: int, at: Instant) -> None:
        """Keep the mail if it says where it can be seen."""
        url = links.view_url
        if not url or (url not in rendered.text and escape(url) not in rendered.html):
            return
        code, page = url.rpartition("/")[2], page_of(rendered, links)
        try:
            self.writer.run(lambda tx: mail_copies.keep(tx, code, customer, page, at))
        except StoreError as error:
            _log.warning("no copy of a mail was kept", error=str(error))


def page_of(rendered: Rendered, links: Links) -> str:
    """The mail as a page that counts nothing by being looked at."""
    if not rendered.html:
        return (
            f'<!doctype html><html lang="{escape(rendered.language)}"><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width,initial-scale=1">'
            f"<title>{escape(rendered.subject)}</title>"
            '<pre style="white-space:pre-wrap;max-width:40rem;margin:2rem auto;padding:0 1rem">'
            f"{escape(rendered.text)}</pre></html>"
        )
    page = rendered.html
    if hidden := links.hidden():
        page = page.replace(markup.hidden_link(hidden), "")
    if opening := links.open():
        page = page.replace(markup.opening_pixel(opening), "")
    return page
