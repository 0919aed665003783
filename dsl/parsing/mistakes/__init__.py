"""Says in plain words what is wrong with a line that does not fit the grammar.

`explain` asks one question after another, from the most particular mistake to the general one;
the last answer is made from what the grammar would have accepted.
"""

from __future__ import annotations

from collections.abc import Callable

from dsl.parsing.lexer import Refused, Token
from dsl.parsing.mistakes.characters import odd_character
from dsl.parsing.mistakes.elsewhere import conditional_loop, yearless
from dsl.parsing.mistakes.grammar import by_grammar
from dsl.parsing.mistakes.mistake import Mistake
from dsl.parsing.mistakes.places import misplaced, unclosed_bracket
from dsl.parsing.mistakes.words import (
    capitals,
    foreign_letters,
    grouped_number,
    hyphen,
    misspelled,
    run_together,
    share,
    signless_points,
    underscore,
    unknown_start,
)

__all__ = ["Mistake", "explain"]

_QUESTIONS: tuple[Callable[[Mistake, Token], Refused | None], ...] = (
    odd_character,
    foreign_letters,
    conditional_loop,
    yearless,
    underscore,
    grouped_number,
    hyphen,
    capitals,
    misplaced,
    misspelled,
    run_together,
    share,
    signless_points,
    unknown_start,
)


def explain(mistake: Mistake) -> Refused:
    """What to tell the author."""
    opened = mistake.line.open_bracket
    if opened >= 0 and (mistake.token is None or mistake.token.start > opened):
        return unclosed_bracket(mistake)
    if mistake.token is not None:
        for question in _QUESTIONS:
            answer = question(mistake, mistake.token)
            if answer is not None:
                return answer
    return by_grammar(mistake)
