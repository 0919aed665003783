"""From MJML to the HTML of a mail: compiled, links absolute and counted, a way out at the foot."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

_SAFE_SCHEMES = {"http", "https", "mailto", "tel", "sms"}
HREF = re.compile(r"""(<(?:a|area)\b[^>]*?\shref\s*=\s*)("[^"]*"|'[^']*')""", re.IGNORECASE)
SOURCE = re.compile(r"""(<(?:img|source)\b[^>]*?\ssrc\s*=\s*)("[^"]*"|'[^']*')""", re.IGNORECASE)
_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
END_OF_BODY = re.compile(r"</body\s*>", re.IGNORECASE)
INLINE = ("cid:", "data:image/")
"""How the address of a picture begins that needs no other host."""
_POSITION = re.compile(r"position (\d+):")

HIDDEN = (
    "display:none;max-height:0;max-width:0;opacity:0;overflow:hidden;"
    "font-size:1px;line-height:1px;color:transparent;"
)


class MarkupError(Exception):
    """The MJML cannot be compiled. `offset` is where, in the rendered text, or None."""

    def __init__(self, reason: str, offset: int | None = None) -> None:
        self.reason = reason
        self.offset = offset
        super().__init__(reason)


def compile_mjml(text: str) -> str:
    """HTML of an MJML document. No web fonts, no includes: a mail needs no other host."""
    from mjml import mjml2html

    try:
        return mjml2html(text, fonts={}, disable_comments=False)
    except ValueError as error:
        reason = str(error)
        match = _POSITION.search(reason)
        # The compiler counts bytes.
        offset = len(text.encode()[: int(match[1])].decode(errors="ignore")) if match else None
        raise MarkupError(reason.replace(" in root template", ""), offset) from error


def inline_css(document: str) -> str:
    """`document` with the rules of its `<style>` also in `style` attributes, for mail readers."""
    import css_inline

    if "<style" not in document.lower():
        return document
    return css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False).inline(
        document
    )


def web_links(document: str) -> set[str]:
    """Where a document's links lead that go to the web."""
    found = {html.unescape(match[2][1:-1]) for match in HREF.finditer(document)}
    return {url for url in found if url.startswith(("http://", "https://"))}


def rewrite_links(
    document: str, rewrite: Callable[[str], str], base: str, *, pictures: bool = True
) -> str:
    """Make links and pictures absolute, drop dangerous ones, pass http links through `rewrite`.
    Without `pictures` these stay as they are.
    """

    def link(match: re.Match[str]) -> str:
        url = safe_url(html.unescape(match[2][1:-1]), base)
        if url.startswith(("http://", "https://")):
            url = rewrite(url)
        return f'{match[1]}"{html.escape(url)}"'

    def picture(match: re.Match[str]) -> str:
        url = html.unescape(match[2][1:-1])
        if not url.startswith(INLINE):
            url = safe_url(url, base)
        return f'{match[1]}"{html.escape(url)}"'

    rewritten = HREF.sub(link, document)
    return SOURCE.sub(picture, rewritten) if pictures else rewritten


@lru_cache(maxsize=2_048)
def safe_url(url: str, base: str = "") -> str:
    """`url`, absolute where `base` is known; "#" for what is no web, mail or phone address.

    >>> safe_url("/cart", "https://shop.example"), safe_url("javascript:alert(1)")
    ('https://shop.example/cart', '#')
    """
    url = "".join(url.split())
    if url.startswith("//"):
        url = f"https:{url}"
    try:
        scheme = urlsplit(url).scheme.lower()
        if scheme:
            return url if scheme in _SAFE_SCHEMES else "#"
        if not url or url.startswith("#"):
            return url or "#"
        if ":" in url.split("/", 1)[0]:
            return "#"
        return urljoin(base, url) if base else url
    except ValueError:
        return "#"


def add_preheader(document: str, preheader: str) -> str:
    """Put the line that inboxes show behind the subject at the top of the body, unseen."""
    return _after_body_tag(document, f'<div style="{HIDDEN}">{html.escape(preheader)}</div>')


def add_footer(document: str, footer: str) -> str:
    """Put `footer` (HTML) at the end of the body."""
    matches = list(END_OF_BODY.finditer(document))
    if not matches:
        return document + footer
    end = matches[-1].start()
    return document[:end] + footer + document[end:]


def unsubscribe_footer(url: str, language: str) -> str:
    """What a marketing mail that forgot its way out gets."""
    sentence, word = _UNSUBSCRIBE.get(language[:2], _UNSUBSCRIBE["en"])
    return (
        '<div style="font:12px/1.6 Arial,sans-serif;color:#6b6b6b;text-align:center;padding:24px">'
        f'{sentence} <a href="{html.escape(url)}" style="color:#6b6b6b">{word}</a></div>'
    )


def unsubscribe_line(url: str, language: str) -> str:
    """The same for a mail that is text alone."""
    sentence, word = _UNSUBSCRIBE.get(language[:2], _UNSUBSCRIBE["en"])
    return f"{sentence} {word}: {url}"


_UNSUBSCRIBE = {
    "de": ("Du möchtest keine E-Mails mehr von uns?", "Abmelden"),
    "en": ("No more e-mails from us?", "Unsubscribe"),
    "sr": ("Ne želiš više naše poruke?", "Odjavi se"),
}


def hidden_link(url: str) -> str:
    """A link that only machines follow: nobody sees it, hears it or gets to it by keyboard."""
    return (
        f'<div style="{HIDDEN}mso-hide:all" aria-hidden="true">'
        f'<a href="{html.escape(url)}" tabindex="-1" rel="nofollow" style="display:none"></a></div>'
    )


def opening_pixel(url: str) -> str:
    return f'<img src="{html.escape(url)}" width="1" height="1" alt="" style="display:block">'


def _after_body_tag(document: str, addition: str) -> str:
    match = _BODY.search(document)
    if not match:
        return addition + document
    return document[: match.end()] + addition + document[match.end() :]
