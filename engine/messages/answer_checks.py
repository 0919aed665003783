"""What is wrong with the answer links of a message: `unknown-answer`, `answer-type`."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from liquid import BoundTemplate, RenderContext

from dsl import tree
from dsl.diagnostics import Diagnostic
from dsl.project import Project
from engine.messages.answers import NAME, Asked, asked
from engine.messages.files import MessageFile
from engine.messages.places import span_between

_NUMBERS = ("number", "money")
_KNOWN = (*_NUMBERS, "text", "boolean", "date", "time")


def check_answers(
    project: Project, file: MessageFile, template: BoundTemplate, offset: int
) -> Iterator[Diagnostic]:
    """Every answer link records a declared event, with a value of its property's type.

    `offset` is where the template begins in the file.
    """
    declared = {
        one.name: project.events[one.name]
        for one in project.all_declarations
        if isinstance(one, tree.Event) and one.name in project.events
    }
    for one in asked(template, RenderContext(template)):
        start = offset + one.start
        span = span_between(file.source, start, start + len(NAME))
        sentence, hint, code = _fault(one, declared)
        if sentence:
            yield file.problem(code, sentence, span, hint=hint)


def _fault(one: Asked, declared: dict[str, dict[str, str]]) -> tuple[str, str, str]:
    if one.given != 2:
        sentence = "An answer names an event and the property that holds the answer."
        return sentence, 'Write: {{ 9 | answer: "survey", "score" }}', "unknown-answer"
    types = declared.get(one.event)
    if types is None:
        close = get_close_matches(one.event, declared, 1)
        hint = f'Did you mean "{close[0]}"?' if close else f'Declare it: event {one.event} "title":'
        return f'There is no event "{one.event}" to answer with.', hint, "unknown-answer"
    for name in (one.name, *one.more):
        if name not in types:
            close = get_close_matches(name, types, 1)
            hint = f'Did you mean "{close[0]}"?' if close else ""
            sentence = f'The event {one.event} has no property "{name}".'
            return sentence, hint, "unknown-answer"
    wanted = types[one.name]
    if one.value is None or wanted not in _KNOWN:
        return "", "", ""
    is_number = isinstance(one.value, int | float) and not isinstance(one.value, bool)
    fits = {
        **dict.fromkeys(_NUMBERS, is_number),
        "boolean": isinstance(one.value, bool),
    }.get(wanted, isinstance(one.value, str))
    if fits:
        return "", "", ""
    article = "an" if wanted[0] in "aeiou" else "a"
    sentence = f"{one.event}.{one.name} is {article} {wanted}, and this answer is none."
    return sentence, "", "answer-type"
