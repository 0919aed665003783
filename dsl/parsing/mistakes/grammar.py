"""The general answer, made from what the grammar would have accepted."""

from __future__ import annotations

from dsl.parsing.lexer import Refused, Token
from dsl.parsing.mistakes.expectations import describe, quoted
from dsl.parsing.mistakes.mistake import Mistake, at, short


def by_grammar(mistake: Mistake) -> Refused:
    token, line = mistake.token, mistake.line
    if token is None:
        place = Token("end", "", line.end, line.end)
        found = "the line ends here"
    else:
        place, found = token, f"`{short(token.text)}` cannot stand here"
    if mistake.expected is None:
        return at(place, "syntax", f"{found[0].upper()}{found[1:]}.", "")
    if token is not None and mistake.tokens and mistake.tokens[-1].type == "COLON":
        hint = "A block stands below its line, indented by two spaces."
        return at(place, "syntax", f"{found[0].upper()}{found[1:]}, behind `:`.", hint)
    if [one.type for one in mistake.tokens] == ["EXPECT", "NAME"]:
        # A test has no properties of its own: the name is no condition that lacks its end.
        name = mistake.tokens[1]
        message = (
            "I expected a channel (`email`, `sms`, `push` or `whatsapp`) or a condition about the "
            f"customer here, not `{short(name.text)}`."
        )
        return at(name, "syntax", message, _example(mistake.tokens))
    wanted, may_end = describe(mistake.expected, mistake.words, mistake.tokens)
    if not wanted:
        hint = "The line ends before it." if may_end else ""
        return at(place, "syntax", f"{found[0].upper()}{found[1:]}.", hint)
    if may_end:
        hint = f"The line may end before it, or go on with {quoted(wanted)}."
        return at(place, "syntax", f"{found[0].upper()}{found[1:]}.", hint)
    message = f"I expected {quoted(wanted)} here"
    message += ", but the line ends." if token is None else f", not `{short(token.text)}`."
    return at(place, "syntax", message, _example(mistake.tokens))


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
    "expect": "For example `expect email cart_reminder after 1 hour`, `expect no message` or "
    '`expect customer.tier is "vip"`.',
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
    "currency": "For example `currency EUR`.",
    "moved": "For example `moved old_step to new_step`.",
    "products": "For example `products 4 bought with cart`.",
    "re-enter": "For example `re-enter after 7 days`.",
}


def _example(tokens: list[Token]) -> str:
    return _EXAMPLES.get(tokens[0].text, "") if tokens else ""
