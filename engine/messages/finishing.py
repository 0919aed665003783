"""The last of making a mail: a way out, a line for the inbox, links that count, the plain text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from engine.messages import markup
from engine.messages.rendered import Links


@dataclass(frozen=True, slots=True)
class Reader:
    """What is one person's in a mail, besides its words.

    `base` is the shop's address, `unsubscribe` "" where a mail needs no way out, `preheader` ""
    where the mail says its own. `counts`: whether links are signed and openings looked for.
    """

    preheader: str
    unsubscribe: str
    base: str
    links: Links
    counts: bool
    language: str = "en"


def finished(
    document: str, source: str, reader: Reader, as_text: Callable[[str, str], str]
) -> tuple[str, str]:
    """The HTML and the text of a mail: `document` is its HTML, `source` what that was made of."""
    if reader.preheader:
        document = markup.add_preheader(document, reader.preheader)
    document = markup.rewrite_links(document, lambda url: url, reader.base)
    if reader.unsubscribe and not _links_to(document, reader.unsubscribe):
        footer = markup.unsubscribe_footer(reader.unsubscribe, reader.language)
        document = markup.add_footer(document, footer)
        source += footer
    text = as_text(source, reader.base)
    if reader.counts:
        document = _counted(document, reader.links, reader.base, reader.unsubscribe)
        if foot := at_the_foot(reader.links):
            document = markup.add_footer(document, foot)
    return document, text


def at_the_foot(links: Links) -> str:
    """What nobody sees: the link that only machines follow, and the picture that counts."""
    hidden, opening = links.hidden(), links.open()
    return (markup.hidden_link(hidden) if hidden else "") + (
        markup.opening_pixel(opening) if opening else ""
    )


def _counted(document: str, links: Links, base: str, unsubscribe: str) -> str:
    """The document with links that count, but for the way out."""
    pair = len(markup.web_links(document) - {unsubscribe}) == 2

    def count(url: str) -> str:
        return url if url == unsubscribe else links.click(url, pair=pair)

    return markup.rewrite_links(document, count, base, pictures=False)


def _links_to(document: str, url: str) -> bool:
    return f'href="{Markup.escape(url)}"' in document
