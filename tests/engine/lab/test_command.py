"""`headrace test`: what it prints and how it exits."""

import json
import re

import pytest
import typer
from typer.testing import CliRunner

from engine.cli.test import register
from engine.lab.selection import selection

SHOP = """\
store "Corner shop":
  timezone "Europe/Berlin"
  currency EUR
  language "en"

flow hello:
  enter when sign_up

  wait 1 hour
  send email hello
  notify desk with hi

"""
PASSES = """\
test "an hour later" for hello:
  given customer (email: "a@example.com")
  after 0 minutes sign_up
  expect email hello after 1 hour

"""
FAILS = """\
test "two hours later" for hello:
  given customer (email: "a@example.com")
  after 0 minutes sign_up
  expect email hello after 2 hours
"""


@pytest.fixture
def headrace():
    app = typer.Typer()
    app.command("other")(lambda: None)
    register(app)
    return lambda *words: CliRunner().invoke(app, ["test", *map(str, words)])


@pytest.fixture
def project(tmp_path):
    shop = SHOP.replace('  language "en"', '  language "en"\n  staff desk "desk@example.com"')
    (tmp_path / "shop.flow").write_text(shop + PASSES + FAILS, encoding="utf-8")
    return tmp_path


def test_a_failure_is_drawn_and_counted(headrace, project):
    """A failing test exits 1; the last line counts what passed and what failed."""
    result = headrace(project)
    assert result.exit_code == 1
    assert "expect email hello after 2 hours" in result.stdout
    assert "came after 1 hour, on Mon 2026-01-05 11:00" in result.stdout
    assert re.match(r"1 passed, 1 failed in \d", result.stdout.splitlines()[-1])


def test_words_select_tests(headrace, project):
    """-k runs only the tests whose names have the words, and says how many it left out."""
    result = headrace(project, "-k", "an hour")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].startswith("1 passed, 0 failed, 1 not selected")


def test_the_json_document_is_the_contract(headrace, project):
    """--format json prints one document with exactly the promised fields."""
    result = headrace(project, "--format", "json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert list(document) == ["passed", "failed", "tests"]
    assert (document["passed"], document["failed"]) == (1, 1)
    good, bad = document["tests"]
    fields = ["name", "flow", "file", "line", "outcome", "seconds", "messages", "failures"]
    assert list(good) == list(bad) == fields
    assert good["name"] == "an hour later"
    assert good["flow"] == "hello"
    assert good["file"].endswith("shop.flow")
    assert good["line"] == SHOP.count("\n") + 2
    assert good["outcome"] == "passed"
    assert good["messages"] == [{"channel": "email", "name": "hello", "at": "2026-01-05T10:00:00Z"}]
    assert good["failures"] == []
    assert bad["outcome"] == "failed"
    assert "came after 1 hour" in bad["failures"][0]


def test_a_project_with_errors_runs_no_test(headrace, project):
    """Errors are printed with their place, nothing runs, and the exit code is 1."""
    file = project / "shop.flow"
    file.write_text(file.read_text(encoding="utf-8").replace("wait 1 hour", "wait an hour"))
    result = headrace(project)
    assert result.exit_code == 1
    assert "wait an hour" in result.stdout
    assert "No test was run" in result.stdout
    document = json.loads(headrace(project, "--format", "json").stdout)
    assert document["tests"] == []
    assert document["diagnostics"][0]["severity"] == "error"


def test_a_folder_that_is_not_there_is_wrong_usage(headrace, tmp_path):
    """Exit code 2, and a sentence that names the path."""
    result = headrace(tmp_path / "nowhere")
    assert result.exit_code == 2
    assert "nowhere" in result.stderr


def test_a_project_without_tests_is_fine(headrace, tmp_path):
    """No tests, no failures."""
    result = headrace(tmp_path)
    assert result.exit_code == 0
    assert result.stdout.startswith("0 passed, 0 failed")


@pytest.mark.parametrize(
    ("words", "selected"),
    [
        ("", True),
        ("cart", True),
        ("CART reminders", True),
        ("cart and reminders", True),
        ("cart not reminders", False),
        ("not birthday", True),
        ("birthday", False),
        ("birthday or cart", True),
        ("birthday or not cart", False),
        ("or", True),
    ],
)
def test_words_combine_as_one_reads_them(words, selected):
    """All words must occur; `or` and `not` mean what they say; case does not matter."""
    name = "cart.flow::buying stops the reminders abandoned_cart"
    assert selection(words)(name) is selected
