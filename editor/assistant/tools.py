"""What the tools of `headrace mcp` do. Answers are plain documents: files, diagnostics, counts.

Nobody can be told from an answer: people are numbers, and where one is to be looked at, a word that
means nothing outside of this process. Nothing here publishes, saves a file, or sends.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final, Literal

from dsl.diagnostics import Diagnostic
from dsl.project import load_project
from dsl.rendering import as_json, render_all
from editor.assistant import texts
from editor.assistant.project import Shop
from editor.documents import disk
from editor.documents.contents import readable
from editor.operations import PROPOSE
from engine.clock import SystemClock
from engine.core import calendar
from engine.core.model import HOUR
from engine.errors import RefusedError
from engine.lab.behaviour import Profile
from engine.lab.from_history import of_shop
from engine.lab.selection import selection
from engine.lab.suite import Suite
from engine.projects.compiled import CompiledProject, compile_folder
from engine.projects.findings import findings
from engine.reports.numbers import flow_numbers, step_numbers
from engine.reports.recommendations import moment
from engine.service.operations import operation
from engine.settings import read_settings
from engine.store import events, publications
from engine.store.errors import NoDatabaseError

Document = dict[str, Any]
MOST_PEOPLE: Final = 20_000
MOST_DAYS: Final = 366
_SHOWN: Final = 60


class UnfitRequestError(RefusedError):
    """What was asked cannot be done as it was asked."""


class Tools:
    """Each public method is a tool; its docstring is what a model reads of it."""

    def __init__(self, data: Path, flows: Path) -> None:
        self._shop = Shop(data, flows)
        self._key = secrets.token_bytes(16)

    def all(self) -> dict[str, Callable[..., Document]]:
        """The tools by their names, in the order in which they are used."""
        found = (
            *(self.describe_language, self.read, self.propose, self.check, self.explain),
            *(self.test, self.plan, self.simulate, self.backtest),
        )
        return {one.__name__: one for one in found}

    def describe_language(self) -> Document:
        """The language of the flows, with examples that check clean. Read this before writing."""
        return {"text": texts.text("llms.txt")}

    def read(self, file: str = "") -> Document:
        """Without `file`: the project's files, and its flows with how many people entered, are
        inside, were sent a message and reached the goal. With `file` (as listed, like
        `cart.flow` or `messages/hello.email.mjml`): its text as it would be with what you have
        proposed, and how often each step of its flows sent, was opened, clicked, skipped.
        """
        return self._file(file) if file else self._files()

    def propose(
        self, file: str, text: str | None = None, delete: bool = False, rename: str = ""
    ) -> Document:
        """Propose the whole new text of a flow or message file (a new one too), that a file goes
        (`delete`), or another name for it (`rename`, a path; with `text` if it shall change, too).
        With neither, the proposal for it is taken back. Nothing is saved and nothing goes live: a
        person sees the proposal in Headrace as a drawing with ghosts, and takes it over or rejects
        it, file by file or as a whole. Answers with what `check` finds then.
        """
        request = {
            "folder": str(self._shop.flows), "file": file, "text": text,
            "delete": delete, "rename": rename,
        }  # fmt: skip
        done = self._shop.do(PROPOSE, request)
        return {
            "file": done["file"],
            "proposed": text is not None or delete or bool(rename),
            "next": "A person looks at it on the page /proposal and accepts or rejects it.",
            **self.check(),
        }

    def check(self) -> Document:
        """Everything that is wrong with the project as it would be with what you have proposed."""
        with self._shop.proposed() as folder:
            project = load_project(folder)
            found, sources = findings(project)
            errors = sum(one.severity == "error" for one in found)
            return {
                "errors": errors,
                "warnings": len(found) - errors,
                "diagnostics": [_diagnostic(one, folder) for one in found[:_SHOWN]],
                "text": _without(render_all(found[:_SHOWN], sources), folder),
            }

    def explain(self, code: str) -> Document:
        """What a diagnostic's CODE (like `after-exit`) means, by an example, and what to do."""
        return {"code": code, "text": texts.explained(code)}

    def test(self, words: str = "") -> Document:
        """Run the tests that stand in the flow files, proposals included, in virtual time.
        `words` chooses: all of them must stand in the test's name or flow.
        """
        from engine.cli.test import document

        with self._shop.proposed() as folder:
            suite = Suite.of(load_project(folder))
            if suite.has_errors:
                raise UnfitRequestError("no test was run: the project has errors; see `check`")
            selects = selection(words)
            cases = [one for one in suite.cases if selects(f"{one.name} {one.test.flow}")]
            told = document([suite.run(one) for one in cases])
            for one in told["tests"]:
                one["file"] = _without(one["file"], folder)
                one["failures"] = [_without(said, folder) for said in one["failures"]]
            return told

    def plan(self, in_flight: Literal["follow", "finish"] = "follow") -> Document:
        """What publishing the project with your proposals would do, step by step, to how many
        people inside. Changes nothing; publishing is for a person.
        """
        with self._shop.proposed() as folder:
            request = {"path": str(folder), "in_flight": in_flight}
            done = self._shop.do(operation("plan"), request)
            return {"text": "\n".join(_without(text, folder) for _mark, text in done["words"])}

    def simulate(
        self, flow: str, customers: int = 1_000, days: int = 30, seed: int = 1
    ) -> Document:
        """Let invented people live with a flow, proposals included, for some days: how often each
        step was passed, messages, goals. They behave as often as the shop's own people lately did,
        where it has enough of them: `behaviour` says so. Nothing is sent. The same seed gives the
        same season.
        """
        from engine.lab import simulation

        if not (1 <= customers <= MOST_PEOPLE and 1 <= days <= MOST_DAYS and seed >= 0):
            raise UnfitRequestError(
                f"at most {MOST_PEOPLE} customers and {MOST_DAYS} days, and a seed from 0 on"
            )
        with self._shop.proposed() as folder:
            compiled = _compiled(folder)
            if flow not in compiled.graphs:
                raise UnfitRequestError(f"there is no flow {flow[:80]!r}")
            deployment = compiled.deployment(flows={flow})
            rates = self._rates(deployment.programs[flow].entries)
            *_, season = simulation.simulate(deployment, flow, customers, days, seed, rates)
            return season.as_json()

    def backtest(self, since: str, until: str = "", flow: str = "") -> Document:
        """Play what happened in the shop from the day `since` to `until` (like 2026-01-31; today
        without it) through the flows, proposals included, and compare with what was really sent.
        Nothing is sent. May take minutes; asked again, it goes on. People are words like
        `person-3f9a`, which mean nothing elsewhere.
        """
        from engine.backtest.backtest import backtest

        settings = read_settings()
        with self._shop.proposed() as folder, self._shop.reader() as rows:
            zone = _compiled(folder).deployment().zone
            now = max(SystemClock(settings.clock_offset).now(), events.newest_moment(rows))
            end = min(_moment(until, zone, 1) - 1 if until else now, now)
            told: Document = backtest(
                rows,
                folder,
                self._shop.data / "backtests",
                _moment(since, zone, 0),
                end,
                flow=flow,
                max_lateness=round(settings.max_lateness * HOUR),
            ).as_json()
        told["differences"] = [
            {
                name: self._nobody(value) if name == "customer" else value
                for name, value in one.items()
            }
            for one in told["differences"][:_SHOWN]
        ]
        return told

    def _rates(self, wanted: Iterable[str]) -> Profile | None:
        """How often the shop's own people do what they do; None where there is too little of it."""
        try:
            with self._shop.reader() as rows:
                now = SystemClock(read_settings().clock_offset).now()
                return of_shop(rows, moment(rows, now), frozenset(wanted))
        except NoDatabaseError:
            return None

    # --- reading ------------------------------------------------------------------------------

    def _files(self) -> Document:
        proposals = self._shop.proposals()
        renamed = {file: one.was for file, one in proposals.items() if one.was}
        with self._shop.proposed() as folder:
            project = load_project(folder)
            live, numbers = {}, {}
            try:
                with self._shop.reader() as rows:
                    live, numbers = (
                        publications.live(rows),
                        flow_numbers(rows, read_settings().credit_rule),
                    )
            except NoDatabaseError:
                pass
            return {
                "files": [
                    {
                        "file": file,
                        "proposed": file in proposals,
                        **({"was": proposals[file].was} if file in renamed else {}),
                    }
                    for file in _texts(folder)
                ],
                "to_be_deleted": sorted(
                    file
                    for file, one in proposals.items()
                    if one.text is None and file not in renamed.values()
                ),
                "flows": [
                    {
                        "flow": name,
                        "title": one.title or name,
                        "file": _below(Path(project.file_of(one)), folder),
                        "version": live[name][0] if name in live else None,
                        "people": numbers.get(name, {}),
                    }
                    for name, one in sorted(project.flows.items())
                ],
            }

    def _file(self, name: str) -> Document:
        with self._shop.proposed() as folder:
            file = disk.file_below(folder, name)
            found = disk.look(folder, file)
            if found.data is None or disk.is_media(file):
                raise UnfitRequestError(found.reason or f"there is no text `{file}`")
            project = load_project(folder)
            flows = [
                one.name
                for one in project.flows.values()
                if _below(Path(project.file_of(one)), folder) == file
            ]
            steps: Document = {}
            rule = read_settings().credit_rule
            try:
                with self._shop.reader() as rows:
                    steps = {one: step_numbers(rows, one, rule) for one in flows}
            except NoDatabaseError:
                pass
            return {
                "file": file,
                "proposed": file in self._shop.proposals(),
                "text": readable(found.data),
                "steps": {name: told for name, told in steps.items() if told},
            }

    def _nobody(self, customer: object) -> str:
        """A word for a person, the same for as long as this process lives."""
        told = hashlib.blake2b(str(customer).encode(), key=self._key, digest_size=3)
        return f"person-{told.hexdigest()}"


def _compiled(folder: Path) -> CompiledProject:
    compiled = compile_folder(folder)
    if compiled.errors(folder):
        raise UnfitRequestError("the project has errors; see `check`")
    return compiled


def _moment(day: str, zone: str, after: int) -> int:
    """The beginning of a day of the shop's, or of one so many days after."""
    try:
        there = date.fromisoformat(day.strip()) + timedelta(days=after)
    except ValueError:
        raise UnfitRequestError(f"{day[:40]!r} is no day; write it like 2026-01-31") from None
    return calendar.instant(datetime.combine(there, time()), zone)


def _texts(folder: Path) -> list[str]:
    return sorted(
        _below(path, folder)
        for path in folder.rglob("*")
        if path.suffix in disk.TEXTS and path.is_file()
    )


def _below(path: Path, folder: Path) -> str:
    return path.resolve().relative_to(folder).as_posix()


def _diagnostic(one: Diagnostic, folder: Path) -> Document:
    told = as_json(one)
    return {name: _without(value, folder) if isinstance(value, str) else value
            for name, value in told.items()}  # fmt: skip


def _without(text: str, folder: Path) -> str:
    """A sentence without the place of the copy that it was said of."""
    return text.replace(f"{folder}/", "").replace(str(folder), folder.name)
