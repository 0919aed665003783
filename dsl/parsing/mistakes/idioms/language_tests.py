"""Lines of tests, as people would say them."""

from __future__ import annotations

from dsl.parsing.mistakes.idioms.row import VALUE, Row, row

_WHEN = r"^((?:after|at) \d\S*(?: \S+)?) "
_ABSENT = "message|email|sms|push|whatsapp|coupon|track|tag|notify|call|show|exit"

TESTS: tuple[Row, ...] = (
    row(rf"{_WHEN}(?:set|change) (?:customer\.)?([a-z]\w*) (?:to|=|is) ({VALUE})$", r"\1 set customer (\2: \3)"),
    row(rf"{_WHEN}(?:set|change) customer ([a-z]\w*)(?: to|:| =|) ({VALUE})$", r"\1 set customer (\2: \3)"),
    row(rf"{_WHEN}(?:start|run|enter|launch|begin) (?:flow )?(?!flow\b)([a-z]\w*)$", r"\1 start flow \2"),
    row(r"^given \d[\w.]* \w+ ago (?:set )?customer (?=\()", "given customer "),
    row(r"^expect no (?=(?:customer|score|cart|did)\b)", "expect not "),
    row(rf"^expect (?:not|never) (?=(?:{_ABSENT})\b)", "expect no "),
    row(rf"^expect (?:the )?({_ABSENT}) not (?=[\w\"])", r"expect no \1 "),
    row(r"^expect (?:customer )?(?:is )?subscribed to ([a-z]\w*)$", r"expect customer can receive \1"),
    row(r"^expect (?:customer )?(?:is )?(?:not |un)subscribed (?:to|from) ([a-z]\w*)$", r"expect not customer can receive \1"),
    row(r"^expect customer in (?=[a-z]\w*$)", "expect customer in segment "),
    row(r"^expect (?:customer )?(?:has |gets? )?(?:the )?(coupon|tag) (\S+)$", r"expect \1 \2"),
    row(r"^expect tag ([a-z][\w:-]*)$", r'expect tag "\1"'),
    row(r"^expect no tag ([a-z][\w:-]*)$", r'expect no tag "\1"'),
    row(r"^expect track (\w+) ([a-z]\w*)(?::| =|) (" + VALUE + ")$", r"expect track \1 (\2: \3)"),
    row(r"^expect (?:no exit|not exit|never exits?) (?:by|when) \w+$", "expect no exit"),
    row(r"^given (?:the )?(?:rest|remainder|others?) of (\w+)$", r"given arm else of \1"),
)  # fmt: skip
