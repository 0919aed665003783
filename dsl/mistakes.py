"""Says in plain words what is wrong with a line that does not fit the grammar.

`explain` asks one question after another, from the most particular mistake to the general one;
the last answer is made from what the grammar would have accepted.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

from dsl.expectations import describe, quoted
from dsl.lexer import NAME, Refused, Token
from dsl.scanner import DECLARATION_WORDS, Line


@dataclass(frozen=True, slots=True)
class Mistake:
    """A line that was read up to `token`, which cannot stand there (None: the line just ends).

    `expected` are the terminals that could stand there, None when nobody asked.
    """

    text: str
    line: Line
    tokens: list[Token]
    token: Token | None
    expected: frozenset[str] | None
    keywords: dict[str, str]

    @property
    def words(self) -> list[str]:
        """The words that could stand here."""
        expected = self.expected or frozenset()
        return [word for word, symbol in self.keywords.items() if symbol in expected]

    def behind(self, token: Token) -> str:
        """The character behind a token, on its line."""
        return self.text[token.end : token.end + 1]


def explain(mistake: Mistake) -> Refused:
    """What to tell the author."""
    if mistake.line.open_bracket >= 0:
        return _unclosed_bracket(mistake)
    token = mistake.token
    if token is not None:
        for question in _QUESTIONS:
            answer = question(mistake, token)
            if answer is not None:
                return answer
    return _by_grammar(mistake)


def _at(token: Token, code: str, message: str, hint: str) -> Refused:
    return Refused(code, message, hint, token.start, token.end)


def _unclosed_bracket(mistake: Mistake) -> Refused:
    start = mistake.line.open_bracket
    bracket = mistake.text[start]
    partner = ")" if bracket == "(" else "]"
    return Refused(
        "unclosed-bracket",
        f"The `{bracket}` that opens here is never closed.",
        f"Add the `{partner}` that belongs to it.",
        start,
        start + 1,
    )


# --- characters ------------------------------------------------------------------------------

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


def _odd_character(mistake: Mistake, token: Token) -> Refused | None:
    """A character that begins no word, number or sign of the language."""
    if token.type != "?" and token.text not in ("<", ">"):
        return None
    char, pair = token.text, mistake.text[token.start : token.start + 2]
    for sign in (pair, char):
        if sign in _OPERATORS and token.start + len(sign) <= mistake.line.end:
            wide = Token("?", sign, token.start, token.start + len(sign))
            word, hint = _OPERATORS[sign]
            return _at(
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
            return _at(token, code, message, 'Text stands between straight double quotes: `"`.')
        return _at(token, code, f"`{char}` is no sign of this language.", f"Write `{plain}`.")
    if char in "'`":
        hint = 'Text stands between double quotes: `"like this"`.'
        return _at(token, "single-quotes", f"Text does not stand between `{char}`.", hint)
    if unicodedata.category(char) == "Zs":
        message = f"There is a special blank (U+{ord(char):04X}) here, perhaps a non-breaking one."
        return _at(token, "unusual-blank", message, "Replace it by an ordinary blank.")
    if unicodedata.category(char) == "Cf":
        message = f"There is an invisible character (U+{ord(char):04X}) here."
        return _at(token, "invisible-character", message, "Remove it.")
    return _sign(token, pair)


def _sign(token: Token, pair: str) -> Refused:
    char = token.text
    hints = {
        "\t": "Put a blank where the tab is.",
        ";": "Write one statement on each line, without `;`.",
        "{": "A block follows a line that ends in `:` and is indented by two blanks.",
        "}": "A block ends where the indentation goes back; no bracket closes it.",
        "%": "A share is written without a blank: `10%`.",
        "€": "Amounts are plain numbers in the store's currency: `18.90`.",
        "$": "Amounts are plain numbers in the store's currency: `18.90`.",
        "^": "Write the number out, or multiply with `*`.",
        "*": "Multiply with a single `*`.",
        "/": "A comment starts with `#`.",
        "\\": "Only inside text does a backslash mean something; a line needs no mark to go on.",
        "?": "Names consist of small letters, digits and `_`.",
        "@": "An address stands between double quotes.",
    }
    shown = "tab" if char == "\t" else pair if pair in ("//", "/*", "**") else char
    message = (
        f"A {shown} cannot stand here." if shown == "tab" else f"`{shown}` means nothing here."
    )
    code = "tab" if char == "\t" else "unknown-character"
    return _at(token, code, message, hints.get(char, "Remove it, or put it into double quotes."))


# --- words -----------------------------------------------------------------------------------

_LOOK_ALIKE = dict(
    zip(
        "аеорсухіјѕԁԛԝһмтнквАВЕКМНОРСТХαοικνρτυχγΑΒΕΖΗΙΚΜΝΟΡΤΥΧı",
        "aeopcyxijsdqwhmthkbABEKMHOPCTXaoikvptuxyABEZHIKMNOPTYXi",
        strict=True,
    )
)
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


def _foreign_letters(mistake: Mistake, token: Token) -> Refused | None:
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
    return _at(token, "name-spelling", f"`{_short(token.text)}` is not spelled as a name.", hint)


def _capitals(mistake: Mistake, token: Token) -> Refused | None:
    lower = token.text.lower()
    if not token.text[:1].isalpha() or token.text == lower:
        return None
    if lower in mistake.words:
        message = f"`{_short(token.text)}` is written in small letters."
        return _at(token, "name-spelling", message, f"Write `{lower}`.")
    if mistake.expected is not None and "NAME" not in mistake.expected:
        return None
    plain = plain_name(token.text)
    message = f"`{_short(token.text)}` is not spelled as a name."
    return _at(
        token, "name-spelling", message, f"Names are written in small letters: `{_short(plain)}`."
    )


def _underscore(mistake: Mistake, token: Token) -> Refused | None:
    if not token.text.startswith("_"):
        return None
    message = f"`{_short(token.text)}` cannot be the name of anything."
    return _at(token, "name-spelling", message, "Names begin with a letter from a to z.")


def _hyphen(mistake: Mistake, token: Token) -> Refused | None:
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
        f"`{_short(word)}` is not spelled as a name.",
        f"Names have `_` where you might write `-`: `{_short(word.replace('-', '_'))}`.",
        tokens[-1].start,
        end,
    )


def _grouped_number(mistake: Mistake, token: Token) -> Refused | None:
    if token.type != "GROUPED":
        return None
    plain = token.text.replace(",", "")
    hint = f"Write `{_short(plain)}`"
    whole, _, rest = token.text.partition(",")
    if rest.isdigit() and len(rest) != 3:
        hint += f", or `{_short(whole)}.{_short(rest)}` for a fraction"
    return _at(
        token,
        "number-with-comma",
        f"`{_short(token.text)}` has a comma in it.",
        f"{hint}; in a list, put a blank behind the comma.",
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


def _run_together(mistake: Mistake, token: Token) -> Refused | None:
    """`waituntil`, `repeat3times`: a word that could stand here, and the next one without a blank."""
    word = token.text
    for split in range(len(word) - 1, 1, -1):
        first, rest = word[:split], word[split:]
        if first in mistake.words and (rest[0].isdigit() or rest in mistake.keywords):
            if rest[0].isdigit():
                number = rest.rstrip("abcdefghijklmnopqrstuvwxyz_")
                rest = f"{number} {rest[len(number) :]}".strip()
            return _at(
                token,
                "touching-words",
                f"`{_short(word)}` is several words without a blank between them.",
                f"Did you mean `{_short(f'{first} {rest}')}`?",
            )
    return None


def _share(mistake: Mistake, token: Token) -> Refused | None:
    """`60 as a:` in an experiment."""
    if token.type not in ("INT", "DECIMAL") or "PERCENT" not in (mistake.expected or ()):
        return None
    message = f"`{_short(token.text)}` is no share."
    return _at(token, "syntax", message, f"Shares are percentages: `{_short(token.text)}%`.")


def _unknown_start(mistake: Mistake, token: Token) -> Refused | None:
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
    message = f"No line that can stand here starts with `{_short(token.text)}`."
    return _at(token, "unknown-statement", message, hint)


def _misspelled(mistake: Mistake, token: Token) -> Refused | None:
    """A word close to one that could stand here, or another tool's word for it."""
    word = token.text.lower()
    if not word[:1].isalpha() or token.type not in ("WORD", "NAME") or not mistake.expected:
        return None
    words = mistake.words
    if word in _ELSE_IF and "WAIT" in mistake.expected:
        message = f"`{token.text}` is not how this branch is written."
        return _at(token, "unknown-word", message, "Did you mean `else if`?")
    if "DAYS" in mistake.expected and word in _UNITS:
        return _at(
            token,
            "unknown-word",
            f"`{token.text}` is not a unit of time.",
            f"Did you mean `{_UNITS[word]}`?",
        )
    if "DAYS" in mistake.expected and word in ("s", "sec", "secs", "second", "seconds"):
        hint = "The shortest unit is a minute."
        return _at(token, "unknown-word", "Nothing is counted in seconds.", hint)
    instead = _SYNONYMS.get(word, "")
    if not instead or instead.split()[0] not in words:
        close = get_close_matches(word, words, 1, 0.7) if len(word) < 30 else []
        instead = close[0] if close and close[0] != word else ""
    if not instead:
        return None
    return _at(
        token,
        "unknown-word",
        f"`{_short(token.text)}` is no word that can stand here.",
        f"Did you mean `{instead}`?",
    )


# --- lines in the wrong place ------------------------------------------------------------------

_HEADER_WORDS = frozenset(
    "about enter only re-enter goal holdout priority quiet transactional moved".split()
)
_STEP_WORDS = frozenset(
    "send show notify call set clear add remove give subscribe unsubscribe track start stop go "
    "exit wait if switch experiment repeat".split()
)
_TEST_WORDS = frozenset("given expect run".split())


def _misplaced(mistake: Mistake, token: Token) -> Refused | None:
    """A line whose first words are right, elsewhere."""
    line = Token("line", "", mistake.line.start, mistake.line.end)
    first = mistake.tokens[0].text if mistake.tokens else token.text
    expected = mistake.expected or frozenset()
    if first in ("exit", "go") and token.text in ("when", "if") and mistake.tokens:
        first = f"exit {token.text}" if first == "exit" else "go to .. when"
    elif mistake.tokens:
        return None
    in_flow, top = "SEND" in expected, "FLOW" in expected
    if first in _HEADER_WORDS or first in ("exit when", "exit if", "go to .. when"):
        return _at(
            line,
            "misplaced-line",
            f"A line that starts with `{first}` describes a whole flow.",
            "It stands directly below the `flow` line, above the first step.",
        )
    if first == "else":
        return _at(
            line,
            "misplaced-line",
            "This `else` belongs to nothing.",
            "It stands below the block of an `if`, of a `wait .. for`, or as the last arm of a "
            "`switch`, an `experiment` or a `wait`, at the same indentation.",
        )
    if first == "case":
        return _at(line, "misplaced-line", "A `case` stands only in a `switch`.", _inside("switch"))
    if first in DECLARATION_WORDS and not top:
        hint = "Declarations start at the beginning of a line."
        return _at(line, "misplaced-line", f"`{first}` cannot be declared in here.", hint)
    if first in _STEP_WORDS and not in_flow:
        where = "Steps stand below a `flow` line, indented."
        return _at(line, "misplaced-line", f"`{first}` cannot stand here.", where)
    if first in _TEST_WORDS:
        hint = "It stands below a `test` line, indented."
        return _at(line, "misplaced-line", f"`{first}` is a line of a test.", hint)
    return None


def _inside(what: str) -> str:
    return f"Put it below a `{what}` line, indented."


_QUESTIONS: tuple[Callable[[Mistake, Token], Refused | None], ...] = (
    _odd_character,
    _foreign_letters,
    _underscore,
    _grouped_number,
    _hyphen,
    _capitals,
    _misplaced,
    _misspelled,
    _run_together,
    _share,
    _unknown_start,
)


# --- what the grammar would have accepted --------------------------------------------------------


def _by_grammar(mistake: Mistake) -> Refused:
    token, line = mistake.token, mistake.line
    if token is None:
        place = Token("end", "", line.end, line.end)
        found = "the line ends here"
    else:
        place, found = token, f"`{_short(token.text)}` cannot stand here"
    if mistake.expected is None:
        return _at(place, "syntax", f"{found[0].upper()}{found[1:]}.", "")
    wanted, may_end = describe(mistake.expected, mistake.words, mistake.tokens)
    if not wanted:
        hint = "The line ends before it." if may_end else ""
        return _at(place, "syntax", f"{found[0].upper()}{found[1:]}.", hint)
    if may_end:
        hint = f"The line may end before it, or go on with {quoted(wanted)}."
        return _at(place, "syntax", f"{found[0].upper()}{found[1:]}.", hint)
    message = f"I expected {quoted(wanted)} here"
    message += ", but the line ends." if token is None else f", not `{_short(token.text)}`."
    return _at(place, "syntax", message, _example(mistake.tokens))


_EXAMPLES = {
    "wait": "For example `wait 2 days`, `wait until 18:00` or `wait up to 1 day for purchase`.",
    "send": "For example `send email welcome_1` or `send push else email cart_nudge`.",
    "enter": "For example `enter when add_to_cart`, or `enter every day at 08:00 for segment vip`.",
    "goal": "For example `goal purchase within 5 days`.",
    "if": "For example `if cart.value >= 300:`.",
    "exit": "For example `exit when purchase`.",
    "only": "For example `only if customer can receive email`.",
    "show": "For example `show popup newsletter_offer on leaving`.",
    "repeat": "For example `repeat 3 times:`.",
    "switch": "For example `switch customer.country:`.",
    "experiment": 'For example `experiment last_call "Discount or service?":`.',
    "flow": 'For example `flow welcome "Welcome series":`.',
    "test": 'For example `test "buying stops it" for abandoned_cart:`.',
    "segment": 'For example `segment vip "Best customers":`.',
    "expect": "For example `expect email cart_reminder after 1 hour`, or `expect no message`.",
    "given": 'For example `given customer (email: "ada@example.com")`.',
    "limit": "For example `limit 2 messages per day`.",
    "notify": "For example `notify sales with cart_alert`.",
    "quiet": "For example `quiet hours 21:00 to 08:00`.",
    "track": 'For example `track quiz_finished (style: "camping")`.',
    "set": 'For example `set customer.tier to "vip"`.',
    "call": 'For example `call crm (change: "vip")`.',
    "add": 'For example `add tag "x"`, or `add 10 to score engagement`.',
    "remove": 'For example `remove tag "x"`.',
    "go": "For example `go to reminder up to 3 times`.",
    "moved": "For example `moved old_step to new_step`.",
    "products": "For example `products 4 bought with cart`.",
    "re-enter": "For example `re-enter after 7 days`.",
}


def _example(tokens: list[Token]) -> str:
    return _EXAMPLES.get(tokens[0].text, "") if tokens else ""


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
