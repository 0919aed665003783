"""Small pages of their own: no script, no style from outside, readable on any phone."""

from __future__ import annotations

import html

from fastapi.responses import HTMLResponse

_STYLE = """
body{margin:0;background:#f4f5f3;color:#20261f;font:17px/1.5 system-ui,sans-serif;
display:grid;min-height:100vh;place-items:center}
main{background:#fff;max-width:30rem;margin:1rem;padding:2rem;border-radius:14px;
box-shadow:0 1px 2px #0002,0 8px 30px #0001}
h1{font-size:1.45rem;line-height:1.25;margin:0 0 .75rem}p{margin:.5rem 0}
small{color:#5c665a}button{font:inherit;font-weight:600;border:0;border-radius:10px;
padding:.75rem 1.25rem;margin:.75rem .5rem 0 0;background:#1f5a3d;color:#fff;cursor:pointer}
button.quiet{background:#e6eae4;color:#20261f}
button:focus-visible{outline:3px solid #e0a030;outline-offset:2px}
@media(prefers-color-scheme:dark){body{background:#161a16;color:#e8ece6}main{background:#20261f}
small{color:#a9b3a6}button.quiet{background:#384236;color:#e8ece6}}
"""
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)


def page(
    title: str,
    *paragraphs: str,
    buttons: tuple[tuple[str, str], ...] = (),
    shop: str = "",
    language: str = "en",
    status: int = 200,
) -> HTMLResponse:
    """A page with a heading, sentences and buttons that post `what` to the same address.

    `buttons` are pairs of a value and its words; the first one stands out.
    """
    quote = html.escape
    form = "".join(
        f'<button name="what" value="{quote(value)}"{"" if index == 0 else " class=quiet"}>'
        f"{quote(words)}</button>"
        for index, (value, words) in enumerate(buttons)
    )
    body = "".join(f"<p>{quote(text)}</p>" for text in paragraphs if text)
    document = (
        f'<!doctype html><html lang="{quote(language)}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="robots" content="noindex"><meta name="referrer" content="no-referrer">'
        f"<title>{quote(title)}</title><style>{_STYLE}</style>"
        f"<main><h1>{quote(title)}</h1>{body}"
        + (f'<form method="post">{form}</form>' if form else "")
        + (f"<p><small>{quote(shop)}</small></p>" if shop else "")
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
