"""What a parser state accepts, in words: terminals -> `a duration such as `2 days``."""

from __future__ import annotations

from dsl.parsing.lexer import Token

_UNIT_WORDS = frozenset(
    [
        "MINUTE",
        "MINUTES",
        "HOUR",
        "HOURS",
        "DAY",
        "DAYS",
        "WEEK",
        "WEEKS",
        "MONTH",
        "MONTHS",
        "YEAR",
        "YEARS",
    ]
)
_WEEKDAYS = frozenset(
    ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY", "WEEKDAY"]
)
_TYPES = frozenset(["TEXT", "NUMBER", "MONEY", "BOOLEAN", "DATE", "TIME", "LIST"])
_CHANNELS = frozenset(["EMAIL", "SMS", "PUSH", "WHATSAPP"])
_VALUE = frozenset({"INT", "STRING", "NAME", "CUSTOMER"})
_CONDITION = frozenset({"DID", "NOT", "INT", "NAME"})
_COMPARISON = frozenset({"IS", "COMPARE", "CONTAINS"})
_ARITHMETIC = frozenset({"SIGN", "MULTIPLY"})
_SIGNS = {
    "COLON": "`:`",
    "COMMA": "`,`",
    "DOT": "`.`",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "LSQB": 'a list such as `["DE", "AT"]`',
    "RSQB": "`]`",
}
_SHAPES = {
    "STRING": "text in double quotes",
    "CLOCK": "a time such as `09:00`",
    "PERCENT": "a share such as `10%`",
    "MONTH_DAY": "a day of the year such as `03-15`",
    "CURRENCY_CODE": "a currency such as `EUR`",
    "VARIABLE": "the name of an environment variable such as `CRM_SECRET`",
    "INT": "a number",
    "SIGN": "`+` or `-`",
    "COMPARE": "`>=`",
}
_NAMED = {
    "flow": "the name of a flow",
    "segment": "the name of a segment",
    "event": "the name of an event",
    "as": "a label",
    "coupon": "the name of a coupon",
    "score": "the name of a score",
    "webhook": "the name of a webhook",
    "call": "the name of a webhook",
    "notify": "the name of a staff address",
    "staff": "the name of a staff address",
    "topic": "the name of a topic",
    "with": "the name of a message",
    "when": "the name of an event",
    "goal": "the name of an event",
    "did": "the name of an event",
    "track": "the name of an event",
    "on": "the name of an event",
    "since": "the name of an event",
    "of": "a name",
    "per": "the name of a property",
    "same": "the name of a property",
    "experiment": "the name of an experiment",
    "by": "the name of an event",
    "email": "the name of a message",
    "sms": "the name of a message",
    "push": "the name of a message",
    "whatsapp": "the name of a message",
    "banner": "the name of a message",
    "popup": "the name of a message",
    "block": "the name of a message",
    ".": "the name of a property",
    "(": "a name",
    ",": "a name",
}
_MANY = 4  # things named in one sentence


def describe(
    expected: frozenset[str], words: list[str], tokens: list[Token]
) -> tuple[list[str], bool]:
    """What could stand behind `tokens`, most telling first, and whether the line could end."""
    left = set(expected)
    may_end = "_NL" in left
    left -= {"_NL", "_INDENT", "_DEDENT", "$END"}
    left = {symbol for symbol in left if not symbol.startswith("UNREADABLE")}
    found: list[str] = []

    def take(symbols: frozenset[str], phrase: str) -> None:
        left.difference_update(symbols)
        found.append(phrase)

    if left >= _CONDITION:
        take(frozenset(left), "a condition such as `cart.value >= 20`")
    elif left >= _VALUE:
        take(frozenset(left), 'a value such as `20`, `"text"` or `customer.country`')
    elif {"INT", "DECIMAL", "LPAR"} <= left:
        take(frozenset({"INT", "DECIMAL", "LPAR", "SIGN"}), "a duration such as `2 days`")
    if left >= _COMPARISON:
        take(
            _COMPARISON | _ARITHMETIC | {"IN", "NOT", "STARTS", "ENDS", "HAS", "DOT", *_UNIT_WORDS},
            "a comparison such as `is`, `>=` or `contains`",
        )
    if left >= _ARITHMETIC:
        left -= _ARITHMETIC  # a calculation can always go on; that is no news
    for group, phrase in (
        (_UNIT_WORDS, "a unit of time such as `days`"),
        (_WEEKDAYS, "a weekday such as `monday`"),
        (_CHANNELS, "a channel (`email`, `sms`, `push` or `whatsapp`)"),
        (_TYPES, "a type (`text`, `number`, `money`, `boolean`, `date`, `time` or `list`)"),
        (frozenset({"ISO_DATE", "ISO_DATETIME"}), "a date such as `2026-11-27`"),
    ):
        if left >= group:
            take(group, phrase)
    if "NAME" in left:
        before = tokens[-1].text if tokens else ""
        take(frozenset({"NAME"}), _NAMED.get(before, "a name"))
    if "DECIMAL" in left or "INT" in left:
        take(frozenset({"INT", "DECIMAL"}), "a number")
    for symbol, phrase in (*_SHAPES.items(), *_SIGNS.items()):
        if symbol in left:
            take(frozenset({symbol}), phrase)
    if len(found) < _MANY and len(words) <= 2 * _MANY:
        mentioned = " ".join(found)
        found += [
            f"`{word}`" for word in words if word[0].isalpha() and _fresh(word, left, mentioned)
        ]
    elif not found:
        found = [f"`{word}`" for word in words[:_MANY]] + ["one of others"] * (len(words) > _MANY)
    return found[: _MANY + 2], may_end


def _fresh(word: str, left: set[str], mentioned: str) -> bool:
    symbol = word.upper() if word != "re-enter" else word
    return symbol in left and f"`{word}`" not in mentioned


def quoted(phrases: list[str]) -> str:
    """`a, b or c`."""
    if len(phrases) == 1:
        return phrases[0]
    return f"{', '.join(phrases[:-1])} or {phrases[-1]}"
