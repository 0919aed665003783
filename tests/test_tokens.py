"""The style sheets of the editor take colours, sizes, spaces and radii from the tokens."""

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[1] / "editor" / "static"
SHOP = STATIC / "demo" / "shop.css"
"""The storefront of the demo is a shop's own: it looks as that shop looks."""
SHEETS = sorted(one for one in STATIC.rglob("*.css") if one != SHOP)

_TOKENS = re.compile(r"(?:@media [^{]*\{\s*)?:root\s*\{[^}]*\}\s*\}?")
_RULE = re.compile(r"(?<=[{;\s])([a-z-]+)\s*:\s*([^;{}]+)(?=[;}])")
_COLOUR = re.compile(
    r"#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|oklch|lab)\(|\b(?:white|black|gr[ae]y|red|blue|green)\b",
    re.IGNORECASE,
)
_LENGTH = re.compile(r"(?<![\w.#-])-?\d*\.?\d+(?:px|rem|em|pt)\b")
_HAIR = re.compile(r"^-?[01](?:\.\d+)?px$")
_SIZED = re.compile(
    r"font|font-size|border-radius|(?:row-|column-)?gap|(?:margin|padding)(?:-[a-z]+)*"
)


def strays(css: str) -> list[str]:
    """What a sheet says itself though a token says it: colours anywhere, lengths of what is sized.

    A line's own width (1 px) is none; where things are and how wide they may be is their own.
    """
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r'"(?:[^"\\]|\\.)*"', '""', css)
    found = []
    for name, value in _RULE.findall(_TOKENS.sub("", css)):
        if _COLOUR.search(value):
            found.append(f"{name}:{value}")
        elif _SIZED.fullmatch(name):
            lengths = [one for one in _LENGTH.findall(value) if not _HAIR.match(one)]
            if lengths and not name.startswith("--"):
                found.append(f"{name}:{value}")
    return found


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_a_sheet_says_no_colour_or_size_that_is_no_token(sheet: Path) -> None:
    """A page looks of one piece: another colour, size or space than the few there are shows up."""
    assert strays(sheet.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "fault",
    [
        ".a{color:#123456}",
        ".a{background:rgb(0 0 0/.2)}",
        ".a{border-color:white}",
        ".a{font-size:.87rem}",
        ".a{font:13px/2 var(--mono)}",
        ".a{padding:var(--s-4) 5px}",
        ".a{margin-left:-.3rem}",
        ".a{gap:1.1rem}",
        ".a{border-radius:7px}",
    ],
)
def test_what_is_no_token_is_found(fault: str) -> None:
    """The look at the sheets is not blind."""
    tokens = ":root{--ink:#000;--s-4:.25rem}@media (prefers-color-scheme:dark){:root{--ink:#fff}}"
    assert strays(tokens + fault) == [fault[3:-1]]
    assert strays(tokens + ".a{color:var(--ink);margin:-1px var(--s-4);width:7rem}") == []
