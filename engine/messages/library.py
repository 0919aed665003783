"""All messages of a project, read once, rendered for one person at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from liquid.exceptions import LiquidError
from markupsafe import Markup

from dsl.diagnostics import Diagnostic
from engine.messages import markup, mjml_tags
from engine.messages.answers import answering
from engine.messages.errors import MessageError, MissingMessageError, RenderError
from engine.messages.files import EXTENSIONS, MessageFile, read_folder
from engine.messages.finishing import Reader, finished
from engine.messages.languages import keeps_own, member, narrow_to_wide, store_language
from engine.messages.marks import Marks, filled, marking
from engine.messages.moulds import Moulds
from engine.messages.places import line_and_column
from engine.messages.plain_text import plain_text
from engine.messages.rendered import Links, Rendered, Untracked
from engine.messages.sources import Sources
from engine.messages.templating import MessageEnvironment, asked, missing, shaped
from engine.messages.time_limit import limited

MAX_SUBJECT = 200
_DEFAULT_LAYOUT = """\
<mjml>
  <mj-head>
    <mj-title>{{ subject }}</mj-title>
    <mj-attributes><mj-all font-family="Arial, sans-serif" font-size="16px" line-height="1.5" />
    </mj-attributes>
  </mj-head>
  <mj-body>{{ content }}</mj-body>
</mjml>
"""
_PART = re.compile(r"""\{%-?\s*(?:render|include)\s+["']([\w-]+)""")
"""A part that a file uses, by its name without extension."""


def _no_text(_document: str, _base: str = "") -> str:
    return ""


class Messages:
    """The message files of one folder.

    Templates are parsed at first use and kept. Reading the folder never raises for what a file
    holds: `problems` lists it, and rendering such a message raises `MessageError`.
    """

    def __init__(self, folder: Path | str, *, moulds: bool = True) -> None:
        """Without `moulds` each mail is made the whole way."""
        self.folder = Path(folder)
        self.files: tuple[MessageFile, ...] = (
            tuple(read_folder(self.folder)) if self.folder.is_dir() else ()
        )
        self._by_name: dict[tuple[str, str], list[MessageFile]] = {}
        for file in self.files:
            if not file.is_part:
                self._by_name.setdefault((file.name, file.channel), []).append(file)
        parts = {file.path.name: file.body for file in self.files if file.path.name[0] == "_"}
        self.markup = MessageEnvironment(parts, markup=True)
        self.plain = MessageEnvironment(parts, markup=False)
        self._parsed: dict[tuple[bool, str], Any] = {}
        self._moulds = Moulds() if moulds else None
        self._sources = Sources(self.files)

    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        """What is wrong with file names and front matter, in the order of files."""
        return tuple(problem for file in self.files for problem in file.problems)

    def names(self) -> list[str]:
        """Every message, sorted."""
        return sorted({name for name, _ in self._by_name})

    def channels(self, message: str) -> list[str]:
        """The channels for which `message` is written."""
        return [channel for name, channel in self._by_name if name == message]

    def has(self, message: str, channel: str) -> bool:
        return (message, channel) in self._by_name

    def written(self) -> dict[str, frozenset[str]]:
        """Every message with the channels for which it is written."""
        return {name: frozenset(self.channels(name)) for name in self.names()}

    def topics(self) -> dict[tuple[str, str], str]:
        """The topic by message and channel, without what belongs to none."""
        topics = {key: self.topic(*key) for key in self._by_name}
        return {key: topic for key, topic in topics.items() if topic}

    def tells_of(self, name: str) -> frozenset[tuple[str, str]]:
        """The messages (with their channels) that speak of a variable, whatever their conditions:
        in their file, its front matter, or a part or layout that they use.
        """
        asks = re.compile(rf"\{{[{{%][^}}]*\b{name}\b")
        parts = {each.path.name.partition(".")[0]: each for each in self.files if each.is_part}
        telling: set[str] = set()

        def tells(each: MessageFile) -> bool:
            used = {*_PART.findall(each.source), each.text("layout") or "layout"}
            return asks.search(each.source) is not None or not telling.isdisjoint(used)

        while found := {part for part, each in parts.items() if tells(each)} - telling:
            telling |= found
        return frozenset(
            key for key, files in self._by_name.items() if any(tells(each) for each in files)
        )

    def variants(self, message: str, channel: str) -> list[MessageFile]:
        return list(self._by_name.get((message, channel), ()))

    def topic(self, message: str, channel: str) -> str:
        """The topic of a message on a channel, "" for none; languages follow the plain file."""
        found = [each for each in self.variants(message, channel) if each.text("topic")]
        return min(found, key=lambda each: each.language).text("topic") if found else ""

    def first_spoken(self, message: str, channel: str, wished: Iterable[str], store: str) -> str:
        """The first of these languages that the message is written in, "" for none of them.
        A file without a language is in the `store`'s.
        """
        spoken = {(each.language or store).lower() for each in self.variants(message, channel)}
        return next((one for one in wished if spoken.intersection(narrow_to_wide(one))), "")

    def choose(self, message: str, channel: str, context: Mapping[str, Any]) -> MessageFile:
        """The file for this customer's language: theirs, else the store's, else the plain one.
        Staff read the store's.
        """
        files = self._by_name.get((message, channel))
        if not files:
            raise MissingMessageError(
                f'There is no file for {channel} "{message}".', file=self.folder
            )
        best_extension = {extension: i for i, extension in enumerate(EXTENSIONS[channel])}
        by_language: dict[str, MessageFile] = {}
        for file in sorted(files, key=lambda each: -best_extension.get(each.extension, 99)):
            by_language[file.language.lower()] = file
        theirs = "" if channel == "staff" else member(context, "customer", "language")
        for wanted in (theirs, store_language(context)):
            for language in narrow_to_wide(wanted):
                if language in by_language:
                    return by_language[language]
        return by_language.get("") or by_language[min(by_language)]

    def render(
        self,
        message: str,
        channel: str,
        context: Mapping[str, Any],
        *,
        links: Links | None = None,
        subject: str | None = None,
        on_trial: bool = False,
    ) -> Rendered:
        """The message as the customer of `context` gets it.

        `subject` is Liquid that replaces the front matter's (the `subject` option of `send`); it is
        written in the store's language, so a file in another one keeps its own, unless the option
        itself asks for the `language`.
        `on_trial`: nobody reads it, so no text is made from its HTML, which cannot fail.

        Raises `RenderError` (file, line) when it cannot be made for this person and
        `MessageError` when the file itself cannot be used.
        """
        file = self.choose(message, channel, context)
        broken = next((each for each in file.problems if each.severity == "error"), None)
        if broken:
            raise MessageError(broken.message, file=file.path, line=broken.span.line)
        noted: list[str] = []
        links = links or _links_of(context)
        token, answers = missing.set(noted), answering.set(links)
        try:
            with limited():
                return self._render(file, context, links, subject, noted, on_trial=on_trial)
        finally:
            missing.reset(token)
            answering.reset(answers)

    def _render(
        self,
        file: MessageFile,
        context: Mapping[str, Any],
        links: Links,
        subject: str | None,
        noted: list[str],
        *,
        on_trial: bool,
    ) -> Rendered:
        values = shaped(asked(context, self._sources.words(file, subject or "")))
        marketing = file.channel == "email" and not context.get("transactional")
        values["language"] = file.language or store_language(context) or "en"
        values["unsubscribe_url"] = links.unsubscribe_url if marketing else ""
        values["preferences_url"] = links.preferences_url if file.channel != "staff" else ""
        values["view_url"] = links.view_url if file.channel == "email" else ""
        values["message"] = values.get("message", file.name)
        own = file.text("subject") or file.text("title")
        title = own if subject is None or keeps_own(file, own, subject, context) else subject
        values["subject"] = self._line(file, "subject", title, values)[:MAX_SUBJECT]
        values["preheader"] = self._line(file, "preheader", file.text("preheader"), values)
        as_text = _no_text if on_trial else plain_text
        html, text = self._parts(file, values, links, as_text, marketing=marketing)
        return Rendered(
            subject=values["subject"],
            preheader=values["preheader"],
            html=html,
            text=text,
            headers=self._headers(file, values, links, marketing=marketing),
            sender=self._line(file, "sender", file.text("sender"), values),
            missing_variables=tuple(noted),
            topic=file.text("topic"),
            link=self._link(file, values, links),
            language=values["language"],
        )

    def _parts(
        self,
        file: MessageFile,
        values: dict[str, Any],
        links: Links,
        as_text: Callable[[str, str], str],
        *,
        marketing: bool,
    ) -> tuple[str, str]:
        """The HTML and the plain text."""
        if file.extension in {"liquid", "txt"} and file.channel not in {"popup", "banner", "block"}:
            text = self._liquid(file, file.body, values, markup=False).strip()
            unsubscribe = str(values["unsubscribe_url"])
            if marketing and unsubscribe and unsubscribe not in text:
                way_out = markup.unsubscribe_line(unsubscribe, str(values["language"]))
                text += f"\n\n--\n{way_out}"
            return "", text + "\n" if file.channel in {"email", "staff"} else text
        if file.channel not in {"email", "staff"}:
            source = self._source(file, values)
            document = self._compiled(file, source)
            whole = markup.rewrite_links(document, lambda url: url, "")
            return whole, as_text(document, "").strip()
        if written := self._written_text(file, values):
            return self._made(file, values, links, lambda *_: written)[0], written
        return self._made(file, values, links, as_text)

    def _made(
        self,
        file: MessageFile,
        values: dict[str, Any],
        links: Links,
        as_text: Callable[[str, str], str],
    ) -> tuple[str, str]:
        """The parts of a mail: by its mould, if its text has one, else the whole way."""
        moulds = self._moulds
        if as_text is not plain_text or not self._may_be_marked(file):
            moulds = None
        marks = Marks() if moulds is not None else None
        source = skeleton = self._source(file, values, marks)
        if marks is not None and not marks.usable:
            moulds, source = None, self._source(file, values)
        is_mail = file.channel == "email"
        own = "<mj-preview" in source or not is_mail
        reader = Reader(
            "" if own else str(values["preheader"]),
            str(values["unsubscribe_url"]),
            member(values, "store", "url"),
            links,
            is_mail,
            str(values["language"]),
        )
        if moulds is not None and marks is not None:
            made = moulds.fill(skeleton, marks.values, reader)
            if made is not None:
                return made
            source = filled(skeleton, marks.values)
        made = finished(self._compiled(file, source), source, reader, as_text)
        if moulds is not None and marks is not None:
            moulds.learn(skeleton, marks.values, reader, made)
        return made

    def _may_be_marked(self, file: MessageFile) -> bool:
        layout = self._layout(file) if file.is_mjml else None
        return self._sources.may_be_marked(file, layout.body if layout is not None else "")

    def _written_text(self, file: MessageFile, values: dict[str, Any]) -> str:
        """The text part that an author wrote as NAME.email.txt beside the HTML."""
        for other in self.variants(file.name, file.channel):
            if other.extension == "txt" and other.language == file.language:
                return self._liquid(other, other.body, values, markup=False).strip() + "\n"
        return ""

    def _source(self, file: MessageFile, values: dict[str, Any], marks: Marks | None = None) -> str:
        """What HTML is made of: a fifth as long, with all its words; values leave `marks`."""
        with marking(marks):
            body = self._liquid(file, file.body, values, markup=True)
            if not file.is_mjml or "<mjml" in body:
                return body
            if marks is not None:
                marks.content = body
            inner = {**values, "content": Markup(body)}  # noqa: S704 -- its values are escaped
            layout = self._layout(file)
            if layout is None:
                return self._liquid(file, _DEFAULT_LAYOUT, inner, markup=True)
            return self._liquid(layout, layout.body, inner, markup=True)

    def _compiled(self, file: MessageFile, source: str) -> str:
        """The HTML."""
        if not file.is_mjml:
            return markup.inline_css(source) if file.channel in {"email", "staff"} else source
        try:
            return markup.compile_mjml(source)
        except markup.MarkupError as error:
            line = mjml_tags.line_of(file, source, error.offset)
            raise RenderError(
                f"The MJML cannot be compiled: {error.reason}.", file=file.path, line=line
            ) from error

    def _layout(self, file: MessageFile) -> MessageFile | None:
        wanted = file.text("layout")
        if wanted == "none":
            return None
        loader: Any = self.markup.loader
        found = loader.find(wanted or "layout")
        if found is None:
            if wanted:
                raise RenderError(
                    f'There is no layout "{wanted}".',
                    file=file.path,
                    line=file.front["layout"].span.line,
                )
            return None
        return next(each for each in self.files if each.path.name == found)

    def _headers(
        self, file: MessageFile, values: dict[str, Any], links: Links, *, marketing: bool
    ) -> dict[str, str]:
        headers: dict[str, str] = {}
        if reply_to := self._line(file, "reply_to", file.text("reply_to"), values):
            headers["Reply-To"] = reply_to
        if marketing and links.unsubscribe_url:
            headers["List-Unsubscribe"] = f"<{links.unsubscribe_url}>"
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        return headers

    def _link(self, file: MessageFile, values: dict[str, Any], links: Links) -> str:
        link = self._line(file, "link", file.text("link"), values)
        if not link:
            return ""
        url = markup.safe_url(link, member(values, "store", "url"))
        return links.click(url) if url.startswith(("http://", "https://")) else url

    def _line(self, file: MessageFile, key: str, text: str, values: dict[str, Any]) -> str:
        """A value of the front matter, rendered to one line: no break can reach a header."""
        if "{" not in text:
            return " ".join(text.split())
        return " ".join(self._liquid(file, text, values, markup=False, key=key).split())

    def _liquid(
        self,
        file: MessageFile,
        source: str,
        values: Mapping[str, Any],
        *,
        markup: bool,
        key: str = "",
    ) -> str:
        try:
            template = self._parsed.get((markup, source))
            if template is None:
                environment = self.markup if markup else self.plain
                template = environment.from_string(source, name=file.path.name)
                self._parsed[markup, source] = template
            return str(template.render(values))
        except LiquidError as error:
            raise self._error(error, file, key) from error
        except (RecursionError, ArithmeticError, ValueError, TypeError, KeyError) as error:
            raise RenderError(f"{type(error).__name__}: {error}", file=file.path, line=1) from error

    def _error(self, error: LiquidError, file: MessageFile, key: str) -> RenderError:
        """A Liquid error with the place in the file where the mistake stands."""
        reason = str(error.message or type(error).__name__)
        source = error.token.source if error.token else None
        if key and source != file.body:
            value = file.front.get(key)
            return RenderError(reason, file=file.path, line=value.span.line if value else 1)
        place = next((each for each in self.files if each.body == source), file)
        offset = max(0, error.token.start_index) if error.token else 0
        line, _ = line_and_column(place.source, place.body_start + offset)
        return RenderError(reason, file=place.path, line=line)


def _links_of(context: Mapping[str, Any]) -> Links:
    names = ("unsubscribe_url", "preferences_url", "view_url")
    return Untracked(*(str(context.get(name) or "") for name in names))
