"""Words and numbers that are misspelled, or come from other languages."""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches

from dsl.parsing.lexer import NAME, Refused, Token
from dsl.parsing.mistakes.mistake import Mistake, at, short

_LOOK_ALIKE = dict(
    zip(
        "аеорсухіјѕԁԛԝһмтнквАВЕКМНОРСТХαοικνρτυχγΑΒΕΖΗΙΚΜΝΟΡΤΥΧı",
        "aeopcyxijsdqwhmthkbABEKMHOPCTXaoikvptuxyABEZHIKMNOPTYXi",
        strict=True,
    )
)
_HYPHENED = re.compile(r"\w+(?:-\w+)*")
_UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa", "œ": "oe"}


def plain_name(word: str) -> str:
    """`word` as a name could be spelled: `Größe-2` becomes `groesse_2`."""
    letters = []
    for char in word.lower():
        if char in _UMLAUTS:
            letters.append(_UMLAUTS[char])
        elif char in _LOOK_ALIKE:
            letters.append(_LOOK_ALIKE[char])
        else:
            plain = unicodedata.normalize("NFKD", char)
            letters += [c if c.isascii() and (c.isalnum() or c == "_") else "" for c in plain]
    name = "".join(letters).strip("_")
    return name if NAME.match(name) else ""


def foreign_letters(_mistake: Mistake, token: Token) -> Refused | None:
    """Letters that are not a to z: look-alikes first, since nobody can see them."""
    if token.text.isascii() or token.text.startswith('"'):
        return None
    for n, char in enumerate(token.text):
        if char in _LOOK_ALIKE:
            start = token.start + n
            name = unicodedata.name(char, "an unknown letter").lower()
            return Refused(
                "look-alike-letter",
                f"The letter `{char}` ({name}) only looks like `{_LOOK_ALIKE[char]}`.",
                f"Type the word again: `{plain_name(token.text) or _LOOK_ALIKE[char]}`.",
                start,
                start + 1,
            )
    plain = plain_name(token.text)
    hint = "Names consist of the letters a to z, digits and `_`" + (
        f": `{plain}`." if plain else "."
    )
    return at(token, "name-spelling", f"`{short(token.text)}` is not spelled as a name.", hint)


def capitals(mistake: Mistake, token: Token) -> Refused | None:
    lower = token.text.lower()
    if not token.text[:1].isalpha() or token.text == lower:
        return None
    if lower in mistake.words:
        message = f"`{short(token.text)}` is written in small letters."
        return at(token, "name-spelling", message, f"Write `{lower}`.")
    if "CURRENCY_CODE" in (mistake.expected or ()) and token.text.upper() == token.text:
        return None
    if mistake.expected is not None and "NAME" not in mistake.expected:
        return None
    whole = _HYPHENED.match(mistake.text, token.start, mistake.line.end)
    word = whole.group() if whole else token.text
    plain = plain_name(word.replace("-", "_"))
    return Refused(
        "name-spelling",
        f"`{short(word)}` is not spelled as a name.",
        f"Names are written in small letters: `{short(plain)}`.",
        token.start,
        token.start + len(word),
    )


def underscore(_mistake: Mistake, token: Token) -> Refused | None:
    if not token.text.startswith("_"):
        return None
    message = f"`{short(token.text)}` cannot be the name of anything."
    return at(token, "name-spelling", message, "Names begin with a letter from a to z.")


def hyphen(mistake: Mistake, token: Token) -> Refused | None:
    """`a-b` where a name stands."""
    tokens = mistake.tokens
    if token.text != "-" or not tokens or tokens[-1].end != token.start:
        return None
    if not mistake.behind(token).isalnum() or tokens[-1].type != "NAME":
        return None
    end = token.end
    while end < mistake.line.end and (mistake.text[end].isalnum() or mistake.text[end] in "_-"):
        end += 1
    word = mistake.text[tokens[-1].start : end]
    return Refused(
        "name-spelling",
        f"`{short(word)}` is not spelled as a name.",
        f"Names have `_` where you might write `-`: `{short(word.replace('-', '_'))}`.",
        tokens[-1].start,
        end,
    )


def grouped_number(_mistake: Mistake, token: Token) -> Refused | None:
    if token.type != "GROUPED":
        return None
    plain = token.text.replace(",", "")
    hint = f"Write `{short(plain)}`"
    whole, _, rest = token.text.partition(",")
    if rest.isdigit() and len(rest) != 3:
        hint = f"Write `{short(whole)}.{short(rest)}`"
    return at(
        token,
        "number-with-comma",
        f"`{short(token.text)}` has a comma in it.",
        f"{hint}; in a list, put a space after the comma.",
    )


_ELSE_IF = ("elif", "elseif", "elsif")
_UNITS = {
    **dict.fromkeys(("min", "mins", "m", "minuten"), "minutes"),
    **dict.fromkeys(("h", "hr", "hrs", "std", "stunden"), "hours"),
    **dict.fromkeys(("d", "tage", "tag"), "days"),
    **dict.fromkeys(("w", "wk", "wks", "wochen", "woche"), "weeks"),
    **dict.fromkeys(("mo", "mon", "mths", "monate", "monat"), "months"),
    **dict.fromkeys(("y", "yr", "yrs", "jahre", "jahr"), "years"),
}
_SYNONYMS = {
    "otherwise": "else",
    "unless": "if not",
    "delay": "wait",
    "sleep": "wait",
    "pause": "wait",
    "mail": "email",
    "goto": "go to",
    "jump": "go to",
    "trigger": "enter when",
    "reenter": "re-enter",
    "reentry": "re-enter",
    "equals": "is",
    "while": "repeat",
    "loop": "repeat",
    "split": "experiment",
    "return": "exit",
    "end": "exit",
    "when": "enter when",
    "has": "contains",
    "e-mail": "email",
    "text": "sms",
    "weekly": "week",
    "string": "text",
    "int": "number",
    "integer": "number",
    "float": "number",
    "decimal": "money",
    "bool": "boolean",
    "datetime": "time",
    "array": "list",
}


def run_together(mistake: Mistake, token: Token) -> Refused | None:
    """`waituntil`, `repeat3times`: a word that could stand here and its next, unspaced."""
    word = token.text
    for split in range(len(word) - 1, 1, -1):
        first, rest = word[:split], word[split:]
        if first in mistake.words and (rest[0].isdigit() or rest in mistake.keywords):
            if rest[0].isdigit():
                number = rest.rstrip("abcdefghijklmnopqrstuvwxyz_")
                rest = f"{number} {rest[len(number) :]}".strip()
            return at(
                token,
                "touching-words",
                f"`{short(word)}` is several words without a space between them.",
                f"Did you mean `{short(f'{first} {rest}')}`?",
            )
    return None


def share(mistake: Mistake, token: Token) -> Refused | None:
    """`60 as a:` in an experiment."""
    if token.type not in ("INT", "DECIMAL") or "PERCENT" not in (mistake.expected or ()):
        return None
    message = f"`{short(token.text)}` is no share."
    return at(token, "syntax", message, f"Shares are percentages: `{short(token.text)}%`.")


def signless_points(mistake: Mistake, token: Token) -> Refused | None:
    """`10 on purchase` in a score."""
    if token.type != "INT" or mistake.tokens or "HALVES" not in (mistake.expected or ()):
        return None
    message = f"`{short(token.text)}` has no sign."
    return at(token, "syntax", message, f"Points are added or taken away: `+{short(token.text)}`.")


def unknown_start(mistake: Mistake, token: Token) -> Refused | None:
    """The first word of a line begins nothing that could stand there."""
    if mistake.tokens or mistake.expected is None:
        return None
    expected = mistake.expected
    if "DID" in expected:
        hint = "A condition stands here, such as `cart.value >= 20` or `did purchase`."
    elif "ABOUT" in expected:
        hint = "Header lines start with words such as `enter`, `exit`, `goal`; steps with `wait`, "
        hint += "`send`, `if`."
    elif "SEND" in expected:
        hint = "A step starts with a word such as `wait`, `send`, `if`, `set` or `exit`."
    elif "GIVEN" in expected:
        hint = "A line of a test starts with `given`, `after`, `at`, `expect`, `start` or `run`."
    elif "FLOW" in expected:
        hint = "A declaration starts with `flow`, `segment`, `event`, `test`, `store`, `score`, "
        hint += "`coupon`, `webhook`, `customer` or `product`."
    else:
        return None
    message = f"No line that can stand here starts with `{short(token.text)}`."
    return at(token, "unknown-statement", message, hint)


def misspelled(mistake: Mistake, token: Token) -> Refused | None:
    """A word close to one that could stand here, or another tool's word for it."""
    word = token.text.lower()
    if not word[:1].isalpha() or token.type not in ("WORD", "NAME") or not mistake.expected:
        return None
    words = mistake.words
    if word in _ELSE_IF and "WAIT" in mistake.expected:
        message = f"`{token.text}` is not how this branch is written."
        return at(token, "unknown-word", message, "Did you mean `else if`?")
    if "DAYS" in mistake.expected and word in _UNITS:
        return at(
            token,
            "unknown-word",
            f"`{token.text}` is not a unit of time.",
            f"Did you mean `{_UNITS[word]}`?",
        )
    if "DAYS" in mistake.expected and word in ("s", "sec", "secs", "second", "seconds"):
        hint = "The shortest unit is a minute."
        return at(token, "unknown-word", "Nothing is counted in seconds.", hint)
    instead = _SYNONYMS.get(word, "")
    if not instead or instead.split()[0] not in words:
        close = get_close_matches(word, words, 1, 0.7) if len(word) < 30 else []
        instead = close[0] if close and close[0] != word else ""
    if not instead:
        return None
    return at(
        token,
        "unknown-word",
        f"`{short(token.text)}` is no word that can stand here.",
        f"Did you mean `{instead}`?",
    )
