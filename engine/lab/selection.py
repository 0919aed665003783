"""`-k WORDS`: which tests to run.

WORDS are pieces of a test's name (`cart.flow::buying stops the reminders`) or of its flow's, in any
case; all of them must occur. `or` separates alternatives, `not` excludes the word behind it, `and`
may stand between: `cart not night or birthday`.
"""

from __future__ import annotations

from collections.abc import Callable


def selection(words: str) -> Callable[[str], bool]:
    """A test of names. Without words, every name is selected."""
    alternatives: list[list[tuple[str, bool]]] = [[]]
    wanted = True
    for word in words.casefold().split():
        if word == "or":
            alternatives.append([])
        elif word == "not":
            wanted = not wanted
            continue
        elif word != "and":
            alternatives[-1].append((word, wanted))
        wanted = True
    # An `or` at either end leaves an empty alternative, which would select everything.
    filled = [group for group in alternatives if group]

    def selects(name: str) -> bool:
        name = name.casefold()
        return not filled or any(
            all((word in name) is wanted for word, wanted in group) for group in filled
        )

    return selects
