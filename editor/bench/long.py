"""A flow of any length in the example shop, with what makes a drawing wide: ways and notes."""

from __future__ import annotations

from typing import Final

NAME: Final = "long"
_HEAD: Final = """\
# Made up, to measure an editor.
flow long "A long journey":
  enter when purchase

"""
_ROUND: Final = (
    (1, "  wait {n}0 minutes  # step {n}\n"),
    (1, "  # Those who never bought anything.\n  send email welcome_1 as mail_{n}\n"),
    (
        4,
        (
            '  if customer.total_spent > {n} and customer.country in ["PL", "DE"]:\n'
            '    add tag "dear"\n'
            "  else:\n"
            "    wait 2 days\n"
            "    # They have been away for long.\n"
            "    send email welcome_2 as again_{n}\n"
        ),
    ),
    (
        4,
        (
            "  wait up to {n} days for purchase:\n"
            "    send email welcome_thanks as thanks_{n}\n"
            "  else:\n"
            '    if customer has tag "dear":\n'
            "      send push cart_nudge as nudge_{n}\n"
        ),
    ),
)


def long_flow(steps: int) -> str:
    """The text of a flow of so many steps."""
    text, left, n = [_HEAD], steps, 0
    while left:
        size, rows = _ROUND[n % len(_ROUND)]
        n += 1
        if size > left:
            size, rows = _ROUND[0]
        text.append(rows.format(n=n))
        left -= size
    return "".join(text)
