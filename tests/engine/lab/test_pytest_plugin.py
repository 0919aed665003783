"""pytest runs the tests of flows, and is left alone where there are none."""

import subprocess
import sys

import pytest

from tests.engine.lab.test_command import FAILS, PASSES, SHOP

pytest_plugins = ["pytester"]

WHOLE = SHOP.replace('  language "en"', '  language "en"\n  staff desk "desk@example.com"')


@pytest.fixture
def shop(pytester):
    pytester.makefile(".flow", shop=WHOLE, good=PASSES, bad=FAILS)
    return pytester


def test_flow_tests_are_pytest_items(shop):
    """Each `test` block is an item that `-k` finds, by its name and by its flow."""
    result = shop.runpytest_inprocess("--collect-only", "-q", "-p", "no:cacheprovider")
    result.stdout.fnmatch_lines_random(["good.flow::an hour later", "bad.flow::two hours later"])
    shop.runpytest_inprocess("-k", "an and hour").assert_outcomes(passed=1, deselected=1)
    shop.runpytest_inprocess("-k", "hello").assert_outcomes(passed=1, failed=1)


def test_a_failure_shows_the_report(shop):
    """What pytest prints of a failed flow test is its report, not a Python traceback."""
    result = shop.runpytest_inprocess()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*expect email hello after 2 hours", "*came after 1 hour*"])
    assert "Traceback" not in result.stdout.str()
    assert "pytest_plugin.py" not in result.stdout.str()


def test_folders_below_belong_to_the_project(shop):
    """A test in a folder below finds the flows of the folders above it."""
    below = shop.mkdir("more")
    (below / "deep.flow").write_text(PASSES.replace("an hour", "one hour"), encoding="utf-8")
    shop.runpytest_inprocess("more").assert_outcomes(passed=1)


def test_a_broken_project_is_an_error_that_names_the_place(shop):
    """A file with errors fails at collection with its diagnostics; its neighbours point to it."""
    (shop.path / "bad.flow").write_text("flow broken:\n  enter when nothing_like_it\n  wait\n")
    result = shop.runpytest_inprocess()
    result.assert_outcomes(errors=3)
    result.stdout.fnmatch_lines(["*bad.flow:*"])
    result.stdout.fnmatch_lines(["*the errors are in bad.flow*"])
    assert "Traceback" not in result.stdout.str()


def test_a_session_without_flows_pays_nothing():
    """Loading the plugin imports neither the engine nor the language."""
    code = (
        "import sys, engine.lab.pytest_plugin\n"
        "heavy = {'lark', 'networkx', 'sqlmodel', 'orjson', 'engine.core.dispatch', 'dsl.tree'}\n"
        "sys.exit(bool(heavy & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
