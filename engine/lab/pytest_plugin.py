"""Lets pytest collect the `test` blocks of `.flow` files: `cart.flow::buying stops the reminders`.

A `.flow` file's project is its folder, and the folders above it for as long as they hold `.flow`
files, too. A project is read once in a session. A session without `.flow` files imports nothing
but pytest from here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from engine.lab.outcome import Outcome
    from engine.lab.suite import Case, Suite

_SUITES: pytest.StashKey[dict[Path, Suite]] = pytest.StashKey()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.suffix != ".flow":
        return None
    return FlowFile.from_parent(parent, path=file_path)


def project_folder(file: Path) -> Path:
    folder = file.parent
    while folder.parent != folder and any(folder.parent.glob("*.flow")):
        folder = folder.parent
    return folder


class FlowFile(pytest.File):
    def collect(self) -> Iterator[FlowTest]:
        suite = self._suite()
        if suite.has_errors:
            raise BrokenProject(suite.diagnostics_of(self.path))
        for case in suite.cases:
            if case.path == self.path:
                yield FlowTest.from_parent(self, name=case.test.title, case=case, suite=suite)

    def _suite(self) -> Suite:
        from engine.lab.suite import Suite

        suites = self.config.stash.setdefault(_SUITES, {})
        folder = project_folder(self.path)
        if folder not in suites:
            suites[folder] = Suite.read(folder)
        return suites[folder]

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ARG002 - pytest's own collector takes none
        if isinstance(excinfo.value, BrokenProject):
            return str(excinfo.value).replace(f"{self.config.rootpath}/", "")
        return super().repr_failure(excinfo)


class FlowTest(pytest.Item):
    def __init__(self, *, case: Case, suite: Suite, **more: Any) -> None:
        super().__init__(**more)
        self.case = case
        self.suite = suite
        self.extra_keyword_matches.add(case.test.flow)

    def runtest(self) -> None:
        outcome = self.suite.run(self.case)
        if not outcome.passed:
            raise FailedFlowTest(outcome)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, FailedFlowTest):
            # The project was read by its full path; people know their files by shorter ones.
            return str(excinfo.value).replace(f"{self.config.rootpath}/", "")
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.case.test.span.line - 1, self.name


class BrokenProject(Exception):  # noqa: N818 - it is the project that has the errors
    """A `.flow` file of a project that does not compile; says why."""


class FailedFlowTest(Exception):  # noqa: N818 - a failed test is no error
    """A test whose expectations did not hold."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(outcome)

    def __str__(self) -> str:
        from engine.lab.report import text

        return text(self.outcome)
