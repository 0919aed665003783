"""Characters that begin no word, number or sign of the language."""

from __future__ import annotations

import unicodedata

from dsl.parsing.lexer import Refused, Token
from dsl.parsing.mistakes.mistake import Mistake, at

_INSTEAD = {
    "“": ("typographic-quotes", '"'),
    "”": ("typographic-quotes", '"'),
    "„": ("typographic-quotes", '"'),
    "«": ("typographic-quotes", '"'),
    "»": ("typographic-quotes", '"'),
    "‘": ("typographic-quotes", '"'),
    "’": ("typographic-quotes", '"'),
    "‚": ("typographic-quotes", '"'),
    "–": ("unknown-character", "-"),
    "—": ("unknown-character", "-"),
    "−": ("unknown-character", "-"),
    "×": ("unknown-character", "*"),
    "÷": ("unknown-character", "/"),
    "≥": ("unknown-character", ">="),
    "≤": ("unknown-character", "<="),
    "≠": ("unknown-operator", "is not"),
}
_OPERATORS = {
    "==": ("is", 'Equality is written `is`, as in `customer.country is "DE"`.'),
    "!=": ("is not", 'Write `is not`, as in `customer.country is not "DE"`.'),
    "<>": ("is not", 'Write `is not`, as in `customer.country is not "DE"`.'),
    "=>": (">=", "Write `>=`."),
    "=<": ("<=", "Write `<=`."),
    "=": ("is", 'Equality is written `is`; a property is changed by `set customer.tier to "vip"`.'),
    "&&": ("and", "Conditions are joined by the word `and`."),
    "&": ("and", "Conditions are joined by the word `and`."),
    "||": ("or", "Conditions are joined by the word `or`."),
    "|": ("or", "Conditions are joined by the word `or`."),
    "!": ("not", "Write the word `not`."),
}


def odd_character(mistake: Mistake, token: Token) -> Refused | None:
    """A character that begins no word, number or sign of the language."""
    if token.type != "?" and token.text not in ("<", ">"):
        return None
    char, pair = token.text, mistake.text[token.start : token.start + 2]
    for sign in (pair, char):
        if sign in _OPERATORS and token.start + len(sign) <= mistake.line.end:
            wide = Token("?", sign, token.start, token.start + len(sign))
            word, hint = _OPERATORS[sign]
            return at(
                wide,
                "unknown-operator",
                f"`{sign}` is no sign of this language; the word for it is `{word}`.",
                hint,
            )
    if token.type != "?":
        return None
    if char in _INSTEAD:
        code, plain = _INSTEAD[char]
        if code == "typographic-quotes":
            message = f"`{char}` is a typographic quotation mark."
            return at(token, code, message, 'Text stands between straight double quotes: `"`.')
        return at(token, code, f"`{char}` is no sign of this language.", f"Write `{plain}`.")
    if char in "'`":
        hint = 'Text stands between double quotes: `"like this"`.'
        return at(token, "single-quotes", f"Text does not stand between `{char}`.", hint)
    if unicodedata.category(char) == "Zs":
        message = f"There is a special space (U+{ord(char):04X}) here, perhaps a non-breaking one."
        return at(token, "unusual-blank", message, "Replace it by an ordinary space.")
    if unicodedata.category(char) == "Cf":
        message = f"There is an invisible character (U+{ord(char):04X}) here."
        return at(token, "invisible-character", message, "Remove it.")
    return _sign(token, pair)


def _sign(token: Token, pair: str) -> Refused:
    char = token.text
    hints = {
        "\t": "Put a space where the tab is.",
        ";": "Write one statement on each line, without `;`.",
        "{": "A block follows a line that ends in `:` and is indented by two spaces.",
        "}": "A block ends where the indentation goes back; no bracket closes it.",
        "%": "A share is written without a space: `10%`.",
        "€": "Amounts are plain numbers in the store's currency: `18.90`.",
        "$": "Amounts are plain numbers in the store's currency: `18.90`.",
        "^": "Write the number out, or multiply with `*`.",
        "*": "Multiply with a single `*`.",
        "/": "A comment starts with `#`.",
        "\\": "A line goes on only inside brackets: put `(` and `)` around what stands on several.",
        "?": "Names consist of small letters, digits and `_`.",
        "@": "An address stands between double quotes.",
    }
    shown = "tab" if char == "\t" else pair if pair in ("//", "/*", "**") else char
    message = (
        f"A {shown} cannot stand here." if shown == "tab" else f"`{shown}` means nothing here."
    )
    code = "tab" if char == "\t" else "unknown-character"
    return at(token, code, message, hints.get(char, "Remove it, or put it into double quotes."))
