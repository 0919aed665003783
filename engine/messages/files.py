"""One message file: what its name says, its front matter and its body.

    messages/NAME[.LANG].CHANNEL.EXT      welcome_1.email.mjml, welcome_1.de.email.mjml
    messages/_NAME.EXT                    a part that other files render

Front matter stands between two lines of `---` at the top. Its values are texts. A value that
YAML would misread, because it holds Liquid (`subject: {{ customer.first_name }}: hello`), is
taken as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from dsl.diagnostics import Diagnostic, Span
from engine.messages.places import span_between

EXTENSIONS: dict[str, tuple[str, ...]] = {
    "email": ("mjml", "html", "txt"),
    "staff": ("mjml", "html", "txt"),
    "sms": ("liquid", "txt"),
    "push": ("liquid", "txt"),
    "whatsapp": ("liquid", "txt"),
    "popup": ("html", "liquid"),
    "banner": ("html", "liquid"),
    "block": ("html", "liquid"),
}
"""The channels a message can be written for, each with its extensions, best first."""

FRONT_MATTER_KEYS = (
    "subject",
    "preheader",
    "sender",
    "reply_to",
    "topic",
    "layout",
    "title",
    "link",
    "segments",
    "about",
)

MAX_FILE_SIZE = 256 * 1024

_FILE_NAME = re.compile(
    r"(?P<name>[a-z][a-z0-9_]*)"
    r"(?:\.(?P<language>[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*))?"
    r"\.(?P<channel>[a-z]+)\.(?P<extension>[a-z]+)"
)
_FENCE = re.compile(r"---[ \t]*(?:\r\n|\n|\r)")
_CLOSING = re.compile(r"^---[ \t]*(?:\r\n|\n|\r|\Z)", re.MULTILINE)
_LINE = re.compile(r"(?P<key>[A-Za-z_][\w-]*)[ \t]*:(?:[ \t]+(?P<value>.*?))?[ \t]*\Z")


@dataclass(frozen=True, slots=True)
class FrontValue:
    """A value of the front matter and where it stands."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class MessageFile:
    """A message, or a part (`channel` is ""), as it stands on disk.

    `source` is the whole text, `body` what follows the front matter from `body_start` on
    (code points). A file with an error among its `problems` cannot be rendered.
    """

    path: Path
    name: str
    channel: str
    extension: str
    language: str = ""
    source: str = ""
    body_start: int = 0
    front: dict[str, FrontValue] = field(default_factory=dict)
    problems: tuple[Diagnostic, ...] = ()

    @property
    def body(self) -> str:
        return self.source[self.body_start :]

    @property
    def is_part(self) -> bool:
        return not self.channel

    @property
    def is_mjml(self) -> bool:
        return self.extension == "mjml"

    def text(self, key: str) -> str:
        value = self.front.get(key)
        return value.text if value else ""

    def problem(
        self,
        code: str,
        message: str,
        span: Span,
        *,
        hint: str = "",
        warning: bool = False,
    ) -> Diagnostic:
        return Diagnostic(
            code, "warning" if warning else "error", message, str(self.path), span, hint
        )


def read_folder(folder: Path) -> Iterator[MessageFile]:
    """Every file of the folder in the order of names; hidden files and folders are left alone."""
    for path in sorted(folder.iterdir(), key=lambda each: each.name):
        if path.is_file() and not path.name.startswith("."):
            yield read_file(path)


def read_file(path: Path) -> MessageFile:
    """Read one file. Never raises for what stands in it: see `problems`."""
    name, language, channel, extension, complaint = _name_of(path)
    source, unreadable = _text_of(path)
    file = MessageFile(path, name, channel, extension, language, source)
    start_of_file = span_between(source, 0, 0)
    if unreadable:
        return _with(
            file, problems=(file.problem("unreadable-message", unreadable, start_of_file),)
        )
    problems = []
    if complaint:
        sentence, hint = complaint
        problems.append(file.problem("message-file-name", sentence, start_of_file, hint=hint))
    body_start, front, complaints = _read_front_matter(file)
    return _with(file, body_start=body_start, front=front, problems=(*problems, *complaints))


def _with(file: MessageFile, **changes: Any) -> MessageFile:
    values = {name: getattr(file, name) for name in MessageFile.__slots__}
    return MessageFile(**{**values, **changes})


def _name_of(path: Path) -> tuple[str, str, str, str, tuple[str, str] | None]:
    if path.name.startswith("_"):
        return path.name, "", "", path.suffix.lstrip("."), None
    match = _FILE_NAME.fullmatch(path.name)
    if not match:
        hint = 'Name it like "welcome_1.email.mjml" or "welcome_1.de.email.mjml".'
        return path.stem, "", "", "", (f'"{path.name}" is no name of a message file.', hint)
    name, language = match["name"], match["language"] or ""
    channel, extension = match["channel"], match["extension"]
    if channel not in EXTENSIONS:
        close = get_close_matches(channel, EXTENSIONS, 1)
        hint = f'Did you mean "{close[0]}"?' if close else f"Channels: {', '.join(EXTENSIONS)}."
        return name, language, "", extension, (f'There is no channel "{channel}".', hint)
    if extension not in EXTENSIONS[channel]:
        wanted = " or ".join(f".{each}" for each in EXTENSIONS[channel])
        complaint = f'A message for {channel} cannot be a ".{extension}" file.'
        return name, language, channel, extension, (complaint, f"Use {wanted}.")
    return name, language, channel, extension, None


def _text_of(path: Path) -> tuple[str, str]:
    data = path.read_bytes()
    if len(data) > MAX_FILE_SIZE:
        return "", f"The file is larger than {MAX_FILE_SIZE // 1024} KB."
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return "", f"The file is not UTF-8 (line {line})."
    if "\0" in text:
        return "", "The file holds a NUL character."
    return text, ""


def _read_front_matter(
    file: MessageFile,
) -> tuple[int, dict[str, FrontValue], list[Diagnostic]]:
    source = file.source
    opening = _FENCE.match(source)
    if not opening:
        return 0, {}, []
    closing = _CLOSING.search(source, opening.end())
    if not closing:
        span = span_between(source, 0, 3)
        sentence = "The front matter is never closed."
        hint = 'Put a line "---" below it.'
        return len(source), {}, [file.problem("bad-front-matter", sentence, span, hint=hint)]
    entries, complaints = _entries(file, opening.end(), closing.start())
    front: dict[str, FrontValue] = {}
    for key, key_span, value in entries:
        if key in front:
            sentence = f'"{key}" stands here twice.'
            complaints.append(file.problem("bad-front-matter", sentence, key_span))
        elif key not in FRONT_MATTER_KEYS:
            close = get_close_matches(key, FRONT_MATTER_KEYS, 1)
            known = f"It may hold {', '.join(FRONT_MATTER_KEYS)}."
            hint = f'Did you mean "{close[0]}"?' if close else known
            sentence = f'Front matter knows no "{key}".'
            complaints.append(
                file.problem("unknown-front-matter", sentence, key_span, hint=hint, warning=True)
            )
        front.setdefault(key, value)
        if "\n" in value.text or "\r" in value.text:
            sentence = f"The {key} must be one line."
            hint = "A line break in it could add headers to the mail."
            complaints.append(
                file.problem("front-matter-line-break", sentence, value.span, hint=hint)
            )
    return closing.end(), front, complaints


Entry = tuple[str, Span, FrontValue]


def _entries(file: MessageFile, start: int, end: int) -> tuple[list[Entry], list[Diagnostic]]:
    """The front matter's keys and values, by YAML where YAML can, else line by line."""
    import yaml

    source = file.source
    try:
        root = yaml.compose(source[start:end], Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        by_line = _entries_by_line(source, start, end)
        if by_line is not None:
            return by_line, []
        mark = getattr(error, "problem_mark", None)
        place = start + (mark.index if mark else 0)
        what = getattr(error, "problem", None) or "it is not YAML"
        span = span_between(source, place, place + 1)
        sentence = f"The front matter cannot be read: {what}."
        hint = "Each line is a name, a colon and a text: subject: Dein Warenkorb wartet"
        return [], [file.problem("bad-front-matter", sentence, span, hint=hint)]
    if root is None:
        return [], []
    by_line = None
    if not isinstance(root, yaml.MappingNode):
        sentence = "The front matter must be names with values."
        hint = "For example: subject: Dein Warenkorb wartet"
        return [], [
            file.problem("bad-front-matter", sentence, span_between(source, start, end), hint=hint)
        ]
    if all(isinstance(value, yaml.ScalarNode) for _, value in root.value):
        return [
            (
                str(key.value),
                span_between(source, start + key.start_mark.index, start + key.end_mark.index),
                FrontValue(
                    str(value.value).rstrip("\n") if value.style in {"|", ">"} else value.value,
                    span_between(
                        source, start + value.start_mark.index, start + value.end_mark.index
                    ),
                ),
            )
            for key, value in root.value
        ], []
    by_line = _entries_by_line(source, start, end)
    if by_line is not None:
        return by_line, []
    sentence = "A value of the front matter must be one text."
    return [], [file.problem("bad-front-matter", sentence, span_between(source, start, end))]


def _entries_by_line(source: str, start: int, end: int) -> list[Entry] | None:
    """The front matter read as `name: text` lines, or None when a line is something else."""
    entries: list[Entry] = []
    offset = start
    for raw in source[start:end].splitlines(keepends=True):
        line = raw.rstrip("\r\n")
        begin, offset = offset, offset + len(raw)
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.match(line)
        if not match:
            return None
        text = match["value"] or ""
        value_start = begin + (match.start("value") if match["value"] else len(line))
        span = span_between(source, value_start, value_start + len(text))
        if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
            text = text[1:-1]
        key_span = span_between(source, begin, begin + len(match["key"]))
        entries.append((match["key"], key_span, FrontValue(text, span)))
    return entries
