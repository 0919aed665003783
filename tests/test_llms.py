"""The page for language models is as it would be written now, and all that it shows is right."""

import re
from pathlib import Path

from dsl.checks import advise, diagnose
from dsl.project import project_of
from engine.lab.suite import Suite
from engine.messages.files import read_file
from tests import llms

PAGE = llms.PAGE.read_text("utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_the_page_is_made_from_the_docs() -> None:
    """Whoever changes the docs writes it anew (`make llms`); a model can read it whole."""
    assert llms.text() == PAGE
    assert len(PAGE.encode()) < llms.MOST


def test_every_example_checks_clean_and_its_tests_pass(tmp_path: Path) -> None:
    """All flows, segments and tests on it are one project in which nothing is wrong; each other
    block is the head of a message that can be read.
    """
    flows = [text for kind, text in BLOCKS if kind == "flow"]
    assert len(flows) >= 8
    project = project_of("\n".join(flows), "llms.flow")
    assert [*diagnose(project), *advise(project)] == []
    suite = Suite.of(project)
    assert len(suite.cases) == 2
    for case in suite.cases:
        assert suite.run(case).failures == (), case.name
    for kind, text in BLOCKS:
        if kind != "flow":
            assert text.startswith("---\n"), text
            (tmp_path / "block.email.txt").write_text(f"{text}Hello\n", "utf-8")
            assert read_file(tmp_path / "block.email.txt").problems == ()


def test_no_link_leads_out_of_the_page() -> None:
    """A model has the page alone."""
    assert not re.search(r"\]\([^)]+\.md", PAGE)
