"""What is wrong with a project's messages, before anyone gets one.

| code | |
|---|---|
| `missing-message` | a step names a message that is not written for its channel |
| `message-file-name`, `unreadable-message` | a file that cannot be one |
| `bad-front-matter`, `unknown-front-matter`, `front-matter-line-break` | its head |
| `missing-subject` | a mail without a subject |
| `message-syntax` | Liquid that cannot be read, an unknown filter or part |
| `unknown-mjml-tag`, `unbalanced-mjml`, `message-markup` | MJML |
| `unknown-variable`, `unset-variable` | a variable that can never be set |
| `coupon-expires` | a message that tells of a code which is over by then |
| `unknown-topic` | a topic that the store does not declare |
| `unknown-answer`, `answer-type` | an answer link that records what is not declared |
| `two-topics` | languages of one message that belong to different topics |
| `bad-words` | a line of our pages' words that says nothing, or what there is not |
| `sms-segments` | a text message that is paid for more than once |
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from liquid.exceptions import LiquidError

from dsl import tree
from dsl.diagnostics import Diagnostic
from dsl.project import Project
from engine.core import sms
from engine.messages import mjml_tags, texts
from engine.messages.answer_checks import check_answers
from engine.messages.errors import MessageError
from engine.messages.expiry import expired_codes
from engine.messages.files import EXTENSIONS, MessageFile
from engine.messages.library import Messages
from engine.messages.places import span_between
from engine.messages.samples import rich
from engine.messages.short_links import SAMPLE, shortened
from engine.messages.templating import MessageEnvironment, Parts
from engine.messages.uses import Use, uses
from engine.messages.variables import Known, known

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def check_uses(project: Project, messages: Messages) -> list[Diagnostic]:
    """What is wrong with the steps that send: no sender, no such message, a code that is over."""
    used = list(uses(project))
    return [
        *_senderless(project, used),
        *_missing(messages, used, {file.name for file in project.files}),
        *expired_codes(project, messages, used),
    ]


def check_messages(project: Project) -> list[Diagnostic]:
    """Everything that is wrong, in the order of files. Without a messages folder: nothing."""
    if project.messages is None:
        return []
    messages = Messages(project.messages)
    used = list(uses(project))
    by_name: dict[str, list[Use]] = {}
    for use in used:
        by_name.setdefault(use.message, []).append(use)
    found = [
        *check_uses(project, messages),
        *messages.problems,
        *(each for file in messages.files for each in _own_words(file)),
        *(
            each
            for file in messages.files
            for each in _check_file(project, messages, file, by_name.get(file.name, []))
        ),
    ]
    unique = {(each.code, each.file, each.span, each.message): each for each in found}
    return sorted(unique.values(), key=lambda each: (each.file, each.span.start, each.code))


def _own_words(file: MessageFile) -> Iterator[Diagnostic]:
    """A shop's own words for our pages that there is no place for."""
    language = texts.language_of(file.path)
    if not language:
        return
    lines = file.source.splitlines(keepends=True)
    for number, sentence in texts.problems(language, file.source):
        start = sum(len(line) for line in lines[: number - 1])
        span = span_between(file.source, start, start + len(lines[number - 1].rstrip()))
        yield file.problem("bad-words", sentence, span, warning=True)


def _senderless(project: Project, used: Iterable[Use]) -> Iterator[Diagnostic]:
    """E-mails need somebody who writes them; without a store a project is a part of one."""
    store = project.store
    if store is None or any(
        isinstance(line, tree.Sender) and line.channel == "email" and not line.name
        for line in store.lines
    ):
        return
    if any("email" in use.channels for use in used):
        yield Diagnostic(
            "no-sender",
            "warning",
            "The store names no sender of e-mails, so none can be sent.",
            project.file_of(store),
            store.span,
            'Add: sender email "Shop <hello@shop.example>"',
        )


def _missing(messages: Messages, used: Iterable[Use], own: set[str]) -> Iterator[Diagnostic]:
    hints: dict[tuple[str, str], str] = {}
    for use in used:
        for channel in use.channels:
            if messages.has(use.message, channel) or use.file not in own:
                continue
            hint = hints.get((use.message, channel))
            if hint is None:
                hint = hints[use.message, channel] = _how_to_write(messages, use.message, channel)
            sentence = f"There is no {channel} message {use.message}."
            yield Diagnostic("missing-message", "error", sentence, use.file, use.span, hint)


def _how_to_write(messages: Messages, message: str, channel: str) -> str:
    name = f"messages/{message}.{channel}.{EXTENSIONS[channel][0]}"
    others = messages.channels(message)
    if others:
        return f"It is written for {', '.join(others)}; write {name}."
    close = get_close_matches(message, messages.names(), 1)
    return f'Did you mean "{close[0]}"? Else write {name}.' if close else f"Write {name}."


def _check_file(
    project: Project, messages: Messages, file: MessageFile, used: list[Use]
) -> Iterator[Diagnostic]:
    if any(each.severity == "error" for each in file.problems):
        return
    of_this = [use for use in used if file.channel in use.channels]
    found = [*_check_tags(file)]
    if not file.is_part:
        found += _check_front(project, messages, file, of_this)
        found += _check_body(project, messages, file, of_this)
        if not found:
            found += _check_rendering(messages, file)
    yield from found


def _check_tags(file: MessageFile) -> Iterator[Diagnostic]:
    if not file.is_mjml:
        return
    for one in mjml_tags.problems(file.body):
        span = span_between(file.source, file.body_start + one.start, file.body_start + one.end)
        if one.kind == "unknown":
            close = get_close_matches(one.name, mjml_tags.TAGS, 1)
            hint = f'Did you mean "{close[0]}"?' if close else "MJML would print it as it stands."
            sentence = f'MJML has no tag "{one.name}".'
            yield file.problem("unknown-mjml-tag", sentence, span, hint=hint)
        elif file.is_part:
            continue  # a part may open what another closes
        elif one.kind == "unclosed":
            sentence = f"<{one.name}> is never closed."
            yield file.problem("unbalanced-mjml", sentence, span)
        else:
            sentence = f"</{one.name}> closes nothing."
            hint = f"</{one.expected}> was expected here." if one.expected else ""
            yield file.problem("unbalanced-mjml", sentence, span, hint=hint)


def _check_front(
    project: Project, messages: Messages, file: MessageFile, of_this: list[Use]
) -> Iterator[Diagnostic]:
    told = known(project, of_this)
    for key in ("subject", "preheader", "sender", "reply_to", "title", "link"):
        value = file.front.get(key)
        if value and "{" in value.text:
            offset = max(value.span.start, file.source.find(value.text, value.span.start))
            yield from _check_liquid(
                project, messages, messages.plain, file, value.text, offset, told
            )
    needs_subject = file.channel in {"email", "staff"} and not file.text("subject")
    if needs_subject and not (of_this and all(use.subject for use in of_this)):
        sentence = f"{file.path.name} has no subject."
        hint = "Begin the file with front matter: ---, subject: ..., ---"
        span = span_between(file.source, 0, 0)
        yield file.problem("missing-subject", sentence, span, hint=hint, warning=True)
    yield from _unknown_sender(project, file)
    topic = file.front.get("topic")
    topics = [
        line.name
        for line in (project.store.lines if project.store else ())
        if isinstance(line, tree.Topic)
    ]
    if topic and topic.text not in topics:
        close = get_close_matches(topic.text, topics, 1)
        hint = f'Did you mean "{close[0]}"?' if close else 'Declare it: topic NAME "title".'
        sentence = f'The store has no topic "{topic.text}".'
        yield file.problem("unknown-topic", sentence, topic.span, hint=hint)
        return
    counts = messages.topic(file.name, file.channel)
    if topic and topic.text != counts:
        sentence = f'The topic of {file.channel} {file.name} is "{counts}" in all languages.'
        hint = "A message has one topic on each channel."
        yield file.problem("two-topics", sentence, topic.span, hint=hint, warning=True)


def _unknown_sender(project: Project, file: MessageFile) -> Iterator[Diagnostic]:
    """A sender that is one word is a name; a text message may come from a word, too."""
    told = file.front.get("sender")
    names = project.declarations.senders
    if told is None or told.text in names or not _NAME.fullmatch(told.text):
        return
    close = get_close_matches(told.text, names, 1)
    if file.channel in {"email", "staff"} or close:
        how = f'Add to the store: sender {told.text} {_by(file)} "Shop <hello@shop.example>".'
        hint = f'Did you mean "{close[0]}"?' if close else how
        sentence = f'The store has no sender "{told.text}".'
        yield file.problem("unknown-sender", sentence, told.span, hint=hint)


def _by(file: MessageFile) -> str:
    return "email" if file.channel == "staff" else file.channel


def _check_body(
    project: Project, messages: Messages, file: MessageFile, of_this: list[Use]
) -> Iterator[Diagnostic]:
    markup = file.extension in {"mjml", "html"}
    environment = messages.markup if markup else messages.plain
    told = known(project, of_this)
    yield from _check_liquid(project, messages, environment, file, file.body, file.body_start, told)


def _check_liquid(
    project: Project,
    messages: Messages,
    environment: MessageEnvironment,
    file: MessageFile,
    source: str,
    offset: int,
    told: Known,
) -> Iterator[Diagnostic]:
    try:
        template = environment.from_string(source, name=file.path.name)
        analysis = template.analyze()
    except LiquidError as error:
        yield _liquid_problem(messages, file, error, source, offset)
        return
    for name, spans in analysis.filters.items():
        if name in environment.filters:
            continue
        close = get_close_matches(name, environment.filters, 1)
        hint = f'Did you mean "{close[0]}"?' if close else ""
        for place in spans:
            owner, start = _place(messages, file, offset, place)
            span = _word(owner, start, name)
            sentence = f'There is no filter "{name}".'
            yield owner.problem("message-syntax", sentence, span, hint=hint)
    yield from check_answers(project, file, template, offset)
    for variables in analysis.globals.values():
        for variable in variables:
            owner, start = _place(messages, file, offset, variable.span)
            segments = [str(each) for each in variable.segments]
            yield from _check_variable(file, owner, start, segments, told)


def _check_variable(
    file: MessageFile, owner: MessageFile, start: int, segments: list[str], told: Known
) -> Iterator[Diagnostic]:
    root, *path = segments
    written = ".".join(segments)
    if root not in told.roots:
        if owner.is_part:
            return  # a part's own parameter
        close = get_close_matches(root, told.roots, 1)
        hint = (
            f'Did you mean "{close[0]}"?' if close else f"Known: {', '.join(sorted(told.roots))}."
        )
        sentence = f'"{written}" can never be set: there is no "{root}" in a message.'
        yield owner.problem("unknown-variable", sentence, _word(owner, start, root), hint=hint)
        return
    if root in told.never and not _asked_for(owner, root):
        hint = {"coupon": "Put `give coupon NAME` before the send."}.get(
            root, "Add a line such as `products 4 for customer` below the send."
        )
        if owner is not file:
            owner, start = file, _render_tag(file, owner)
        span = _word(owner, start, root)
        sentence = f'"{written}" can never be set: {told.never[root]}.'
        yield owner.problem("unset-variable", sentence, span, hint=hint)
        return
    if path and not told.is_property(root, path[0]):
        names = told.roots[root] or frozenset()
        close = get_close_matches(path[0], names, 1)
        hint = f'Did you mean "{root}.{close[0]}"?' if close else ""
        sentence = f'"{written}" can never be set: {root} has no "{path[0]}" here.'
        span = _word(owner, start, f"{root}.{path[0]}")
        yield owner.problem("unknown-variable", sentence, span, hint=hint)


def _asked_for(owner: MessageFile, root: str) -> bool:
    """The file itself asks whether there is one: `{% if coupon %}`."""
    return bool(re.search(rf"{{%-?\s*(?:els)?(?:if|unless)\s[^%]*\b{root}\b", owner.source))


def _render_tag(file: MessageFile, part: MessageFile) -> int:
    stem = re.escape(part.path.name.removeprefix("_").split(".")[0])
    match = re.search(rf"{{%-?\s*(?:render|include)\s+[\"']_?{stem}", file.source)
    return match.start() if match else file.body_start


def _place(
    messages: Messages, file: MessageFile, offset: int, place: Any
) -> tuple[MessageFile, int]:
    """The file and the offset in it that a place of Liquid's analysis means."""
    loader = messages.markup.loader
    assert isinstance(loader, Parts)
    if place.template_name != file.path.name and (found := loader.find(place.template_name)):
        part = next(each for each in messages.files if each.path.name == found)
        return part, part.body_start + place.index
    return file, offset + place.index


def _word(file: MessageFile, start: int, word: str) -> Any:
    """The span of `word` at or right behind `start`."""
    found = file.source.find(word, start, start + len(word) + 40)
    begin = found if found >= 0 else start
    end = begin + (len(word) if found >= 0 else 1)
    return span_between(file.source, begin, end)


def _liquid_problem(
    messages: Messages, file: MessageFile, error: LiquidError, source: str, offset: int
) -> Diagnostic:
    reason = str(error.message or "it cannot be read").rstrip(".")
    start = error.token.start_index if error.token else 0
    length = max(1, len(error.token.value)) if error.token else 1
    owner = file
    if error.token and error.token.source != source:
        owner = next((one for one in messages.files if one.body == error.token.source), file)
        offset = owner.body_start
    first_line = source[max(0, start) :].split("\n", 1)[0] if owner is file else ""
    end = start + min(length, len(first_line) or length)
    span = span_between(owner.source, offset + max(0, start), offset + max(1, end))
    return owner.problem("message-syntax", f"Liquid cannot read this: {reason}.", span)


def _check_rendering(messages: Messages, file: MessageFile) -> Iterator[Diagnostic]:
    """What only shows when the message is made: here for a customer of whom all is known."""
    context = rich()
    context["customer"]["language"] = file.language or "-"
    if not file.language:
        context["store"]["language"] = "-"
    try:
        made = messages.render(file.name, file.channel, context, on_trial=True)
    except MessageError as error:
        owner = next((one for one in messages.files if str(one.path) == error.file), file)
        lines = owner.source.splitlines(keepends=True)
        start = sum(len(line) for line in lines[: error.line - 1])
        line = lines[error.line - 1].rstrip() if error.line <= len(lines) else ""
        span = span_between(owner.source, start, start + max(1, len(line)))
        yield owner.problem("message-markup", error.reason, span)
    else:
        if file.channel == "sms":
            store = str(context["store"]["url"])
            yield from _check_size(file, shortened(made.text, store, lambda _: SAMPLE))


def _check_size(file: MessageFile, text: str) -> Iterator[Diagnostic]:
    """How dear it is for a customer of whom all is known; the head may say that it may be so."""
    size = sms.size(text)
    allowed = file.front.get("segments")
    if allowed and not re.fullmatch(r"[1-9]|10", allowed.text):
        sentence = "segments is a number from 1 to 10."
        yield file.problem("bad-front-matter", sentence, allowed.span)
        return
    if size.segments <= (int(allowed.text) if allowed else 1):
        return
    sentence = f"{file.path.name} takes {size.segments} segments ({size.letters} letters)."
    hint = f"Shorten it, or say in its head: segments: {size.segments}"
    if size.beyond:
        named = " ".join(size.beyond[:5])
        hint = f"With {named} only 70 letters go into one, not 160. {hint}"
    span = span_between(file.source, file.body_start, len(file.source.rstrip()))
    yield file.problem("sms-segments", sentence, span, hint=hint, warning=True)
