"""Small pages of their own: no script, no style from outside, readable on any phone."""

from __future__ import annotations

import hashlib
import html
from typing import NamedTuple

from fastapi.responses import HTMLResponse

_STYLE = """
body{margin:0;background:#f4f5f3;color:#20261f;font:17px/1.5 system-ui,sans-serif;
display:grid;min-height:100vh;place-items:center}
main{background:#fff;max-width:30rem;margin:1rem;padding:2rem;border-radius:14px;
box-shadow:0 1px 2px #0002,0 8px 30px #0001}
h1{font-size:1.45rem;line-height:1.25;margin:0 0 .75rem}p{margin:.5rem 0}
small{color:#5c665a}button{font:inherit;font-weight:600;border:0;border-radius:10px;
padding:.75rem 1.25rem;margin:.75rem .5rem 0 0;background:#1f5a3d;color:#fff;cursor:pointer}
header{font-weight:700;margin:0 0 1rem}label{display:block;margin:.75rem 0}
label.box{display:flex;gap:.6rem;align-items:flex-start}
label input[type=checkbox]{flex:none;width:1.25rem;height:1.25rem;margin:.1rem 0 0}
main{overflow-wrap:anywhere}a{color:inherit}a:focus-visible{outline:3px solid #e0a030}
button.quiet{background:#e6eae4;color:#20261f}
h2{font-size:1.1rem;margin:1.75rem 0 .25rem;padding-top:1.25rem;border-top:1px solid #8883}
input.text{display:block;box-sizing:border-box;width:100%;font:inherit;padding:.6rem;margin-top:.3rem;
border:1px solid #767676;border-radius:8px;background:none;color:inherit}
input.text:focus-visible{outline:3px solid #e0a030;outline-offset:1px}
button:focus-visible{outline:3px solid #e0a030;outline-offset:2px}
@media(prefers-color-scheme:dark){body{background:#161a16;color:#e8ece6}main{background:#20261f}
small{color:#a9b3a6}button.quiet{background:#384236;color:#e8ece6}}
"""
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)


class Box(NamedTuple):
    """A box to tick: what it sends as `purpose`, its words, whether it is ticked."""

    value: str
    words: str
    ticked: bool = False


class Section(NamedTuple):
    """A form of its own below the rest: a heading, a field and a button that sends `what`.

    `kind` is the field's type and name (`email`, `tel`, `code`).
    """

    title: str
    kind: str
    label: str
    what: str
    do: str


def version(*told: str) -> str:
    """The version of words that somebody was shown, for a proof: the same words, the same one."""
    return hashlib.sha256("\0".join(told).encode()).hexdigest()[:12]


def page(
    title: str,
    *paragraphs: str,
    buttons: tuple[tuple[str, str], ...] = (),
    boxes: tuple[Box, ...] = (),
    link: tuple[str, str] = ("", ""),
    sections: tuple[Section, ...] = (),
    shop: str = "",
    language: str = "en",
    status: int = 200,
) -> HTMLResponse:
    """A page with a heading, sentences and buttons that post `what` to the same address.

    `buttons` are pairs of a value and its words; the first one stands out. `boxes` stand above
    them, `link` (an address of ours and its words) and `sections` below.
    """
    quote = html.escape
    form = "".join(
        f'<button name="what" value="{quote(value)}"{"" if index == 0 else " class=quiet"}>'
        f"{quote(words)}</button>"
        for index, (value, words) in enumerate(buttons)
    )
    ticks = "".join(
        f'<label class="box"><input type="checkbox" name="purpose" value="{quote(box.value)}"'
        f"{' checked' if box.ticked else ''}><span>{quote(box.words)}</span></label>"
        for box in boxes
    )
    if boxes:
        form = f'<input type="hidden" name="boxes" value="1">{ticks}{form}'
    body = "".join(f"<p>{quote(text)}</p>" for text in paragraphs if text)
    document = (
        f'<!doctype html><html lang="{quote(language)}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="robots" content="noindex"><meta name="referrer" content="no-referrer">'
        f"<title>{quote(title)}</title><style>{_STYLE}</style>"
        "<main>"
        + (f"<header>{quote(shop)}</header>" if shop else "")
        + f"<h1>{quote(title)}</h1>{body}"
        + (f'<form method="post">{form}</form>' if form else "")
        + "".join(_section(one) for one in sections)
        + (f'<p><a href="{quote(link[0])}">{quote(link[1])}</a></p>' if link[0] else "")
        + "</main></html>"
    )
    return HTMLResponse(
        document,
        status,
        {
            "Content-Security-Policy": _POLICY,
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


_FIELDS = {
    "email": 'type="email" autocomplete="email" maxlength="254"',
    "tel": 'type="tel" autocomplete="tel" maxlength="40"',
    "code": 'type="text" inputmode="numeric" autocomplete="one-time-code" maxlength="12"',
}


def _section(one: Section) -> str:
    quote = html.escape
    heading = f"<h2>{quote(one.title)}</h2>" if one.title else ""
    quiet = " class=quiet" if one.title else ""
    return (
        f'{heading}<form method="post"><label>{quote(one.label)}'
        f'<input class="text" name="{one.kind}" required {_FIELDS[one.kind]}></label>'
        f'<button name="what" value="{quote(one.what)}"{quiet}>{quote(one.do)}</button></form>'
    )
