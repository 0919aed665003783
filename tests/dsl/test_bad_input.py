"""Input that no reasonable person writes, and some that attackers do."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from dsl import tree
from dsl.parsing.parser import parse
from dsl.parsing.source import read_source
from tests.harness.timing import processor_seconds

FLOW = "flow x:\n  enter when purchase\n"


def _nested(depth: int) -> str:
    rows = [f"{'  ' * level}if cart.value > 3:" for level in range(1, depth + 1)]
    return FLOW + "\n".join([*rows, f"{'  ' * (depth + 1)}exit", ""])


NINES = "9" * 5000
BAD = {
    "NUL": (f"{FLOW}  wait 2 days\n  send em\0ail x\n", "bad-character", 4, 10),
    "lone CR": (f"{FLOW}  wait 2 days\r  exit\n", "bad-character", 3, 14),
    "old Mac line ends": (FLOW.replace("\n", "\r"), "bad-character", 1, 8),
    "tab indentation": (f"{FLOW}\twait 2 days\n\texit\n", "tab", 3, 1),
    "tab between words": (f"{FLOW}  wait\t2 days\n", "tab", 3, 7),
    "10 MB line": (f'{FLOW}  add tag "{"x" * 10_000_000}"\n', "file-too-long", 3, 262_115),
    "60 nested ifs": (_nested(60), "too-deep", 53, 103),
    "500 nested ifs": (_nested(500), "too-deep", 53, 103),
    "100,000 parentheses": (
        f"{FLOW}  if {'(' * 100_000}a is 3{')' * 100_000}:\n    exit\n",
        "too-deep",
        3,
        56,
    ),
    "100,000 open parentheses": (f"{FLOW}  if {'(' * 100_000}\n", "too-deep", 3, 56),
    "60 times not": (f"{FLOW}  if {'not ' * 60}a is 3:\n    exit\n", "too-deep", 3, 206),
    "a mile of arithmetic": (
        f"{FLOW}  set customer.x to {'1+' * 100_000}1\n",
        "too-long-arithmetic",
        3,
        122,
    ),
    "2,001 steps": (FLOW + "  exit\n" * 2001, "too-many-steps", 2003, 3),
    "2,002 steps in blocks": (
        FLOW + "  if x is 3:\n    exit\n" * 1001,
        "too-many-steps",
        2003,
        3,
    ),
    "unclosed text": (f'{FLOW}  add tag "x\n  exit\n', "unclosed-text", 3, 11),
    "unclosed bracket": (f"{FLOW}  call crm (a: 1\n  exit\n", "unclosed-bracket", 3, 12),
    "bidi override in text": (f'{FLOW}  add tag "x\u202e y"\n', "bad-character", 3, 13),
    "bidi override in a comment": (f"{FLOW}  exit # \u202e\n", "bad-character", 3, 10),
    "zero-width blank": (f"{FLOW}  wait\u200b 2 days\n", "invisible-character", 3, 7),
    "Cyrillic letter": ("flow w\u0435lcome:\n  enter manually\n", "look-alike-letter", 1, 7),
    "5,000 digits": (f"{FLOW}  wait {NINES} days\n", "number-too-long", 3, 8),
    "5,000 digits of a fraction": (f"{FLOW}  wait 1.{NINES} days\n", "number-too-long", 3, 8),
    "5,000 digits of a share": (f"{FLOW}  holdout {NINES}%\n", "number-too-long", 3, 11),
    "5,000 digits of a priority": (f"{FLOW}  priority {NINES}\n", "number-too-long", 3, 12),
    "5,000 digits of an hour": (f"{FLOW}  wait until {NINES}:00\n", "impossible-time", 3, 14),
    "10^10 days": (f"{FLOW}  wait 10^10 days\n", "unknown-character", 3, 10),
    "10,000,000,000 days": (f"{FLOW}  wait 10000000000 days\n", "duration-too-long", 3, 8),
    "25:61": (f"{FLOW}  wait until 25:61\n", "impossible-time", 3, 14),
    "30 February": (f"{FLOW}  wait until 2026-02-30\n", "impossible-date", 3, 14),
    "30 February every year": (
        "flow x:\n  enter every year on 02-30 at 09:00 for segment s\n",
        "impossible-date",
        2,
        23,
    ),
    "__class__": (f"{FLOW}  set customer.__class__ to 3\n", "name-spelling", 3, 16),
    "half a surrogate": (f'{FLOW}  add tag "\ud800"\n', "bad-character", 3, 12),
    "touching words": (f"{FLOW}  waituntil 18:00\n", "touching-words", 3, 3),
    "touching number": (f"{FLOW}  wait 2days\n", "touching-words", 3, 8),
    "a step before any flow": ("  exit\n", "unexpected-indent", 1, 3),
}


LARGEST = FLOW + "  if x is 3:\n    exit\n" * 999


@pytest.fixture(scope="module")
def of_the_largest() -> float:
    """Processor seconds that the largest flow there may be takes."""
    assert not parse(LARGEST).diagnostics
    return min(processor_seconds(lambda: parse(LARGEST)) for _ in range(3))


@pytest.mark.parametrize(("text", "code", "line", "column"), BAD.values(), ids=BAD.keys())
def test_bad_input_gets_one_diagnostic_at_its_place(
    text: str, code: str, line: int, column: int, of_the_largest: float
) -> None:
    """Whatever is wrong is named once, at its exact line and column, without a long search."""
    found = parse(text).diagnostics
    assert [(d.code, d.span.line, d.span.column) for d in found] == [(code, line, column)]
    assert found[0].message.endswith((".", "?"))
    assert processor_seconds(lambda: parse(text)) < 10 * of_the_largest


@pytest.mark.parametrize("text", ["", "\ufeff", "\n\n", "  \n", "# only a comment", "\ufeff\r\n"])
def test_an_empty_file_is_fine(text: str) -> None:
    """A file that says nothing is no mistake."""
    parsed = parse(text)
    assert parsed.diagnostics == ()
    assert parsed.tree.declarations == ()


def test_fifty_levels_are_allowed() -> None:
    """The limits are where they are said to be: 50 blocks, 50 parentheses and 2,000 steps pass."""
    parentheses = f"{FLOW}  if {'(' * 50}a is 3{')' * 50}:\n    exit\n"
    for text in (_nested(50), parentheses, FLOW + "  exit\n" * 2000):
        assert parse(text).diagnostics == ()


def test_bytes_that_are_not_utf8_are_named_with_their_place(tmp_path: Path) -> None:
    """A Latin-1 file says where it is wrong, and everything else in it is read."""
    path = tmp_path / "latin.flow"
    path.write_bytes(b'flow x:\n  enter manually\n\n  exit "Gr\xfc\xdfe"\n  exit\n')
    source = read_source(path)
    parsed = parse(source.text)
    (fault,) = parsed.diagnostics
    assert (fault.code, fault.span.line, fault.span.column) == ("invalid-utf8", 4, 11)
    assert not source.valid
    flow = parsed.tree.declarations[0]
    assert isinstance(flow, tree.Flow)
    assert [type(step).__name__ for step in flow.steps.steps] == ["Unreadable", "Exit"]


def test_a_character_cut_by_the_size_limit_is_not_called_invalid(tmp_path: Path) -> None:
    """A long file of umlauts is too long, not broken."""
    path = tmp_path / "long.flow"
    path.write_text(f"# {'ü' * 200_000}\n", encoding="utf-8")
    found = parse(read_source(path).text).diagnostics
    assert [d.code for d in found] == ["file-too-long"]


RUBBLE = {
    "errors": FLOW + "  wiat 3 days\n" * 15_000,
    "brackets": FLOW + "  call crm (\n" * 15_000,
    "quotes": FLOW + '  add tag "\n' * 15_000,
    "else": f"{FLOW}  wiat:\n    exit\n" + "  else:\n    exit\n" * 9_000,
    "open rows": f"{FLOW}  call crm (" + "\n(a: 1," * 20_000,
    "sawtooth": FLOW + "  if a is 1:\n    if b is 1:\n      exit\n   exit\n" * 3_000,
    "blank lines": "\n" * 250_000,
    "comments": "# x\n" * 60_000,
    "or": f"{FLOW}  exit if {'a is 1 or ' * 20_000}a is 1\n",
    "depth": "\n".join(f"{' ' * n}x:" for n in range(700)),
    "lists": f"{FLOW}  if a in {'[' * 1000}{']' * 1000}:\n    exit\n",
}


@pytest.mark.parametrize("text", RUBBLE.values(), ids=RUBBLE.keys())
def test_rubble_costs_no_more_than_its_length(text: str) -> None:
    """However much is wrong, reading a long file takes as many times longer as it is longer."""

    def seconds(part: str, times: int) -> float:
        return processor_seconds(lambda: [parse(part) for _ in range(times)])

    def in_proportion() -> bool:
        """A reader in proportion needs as long for the whole as for eight eighths of it, a
        quadratic one eight times as long. Both take their time one after the other, so that
        whatever else the machine does slows both.
        """
        return seconds(text, 1) <= 4 * seconds(text[: len(text) // 8], 8) + 0.02

    # What slows down one of the two only does not do so every time.
    assert any(in_proportion() for _ in range(3))


@pytest.mark.parametrize(
    "data",
    [
        b'flow x:\n  enter when purchase\n  add tag "' + b"x" * 10_000_000 + b'"\n',
        _nested(500).encode(),
        f"{FLOW}  if {'(' * 100_000}\n".encode(),
        b"\xff\xfe" + "flow x:\n".encode("utf-16-le"),
    ],
    ids=["10 MB line", "500 ifs", "parentheses", "UTF-16"],
)
def test_the_command_line_survives_bad_files(
    tmp_path: Path, data: bytes, of_a_good_file: float
) -> None:
    """A bad file ends `headrace fmt` with code 1, a sentence and no traceback, in small memory."""
    path = tmp_path / "bad.flow"
    path.write_bytes(data)
    run, seconds = _format(path)
    assert run.returncode == 1
    assert "error:" in run.stderr
    assert "Traceback" not in run.stderr
    assert int(run.stdout) < 100 * 1024  # kB
    assert seconds < 3 * of_a_good_file
    assert path.read_bytes() == data


@pytest.fixture(scope="module")
def of_a_good_file(tmp_path_factory: pytest.TempPathFactory) -> float:
    """Processor seconds in which `headrace fmt` reads the largest flow there may be."""
    path = tmp_path_factory.mktemp("good") / "good.flow"
    path.write_text(LARGEST, encoding="utf-8")
    run, seconds = _format(path)
    assert run.returncode == 0
    return seconds


def _format(path: Path) -> tuple[subprocess.CompletedProcess[str], float]:
    """`headrace fmt`, which prints the most memory that it used, and its processor seconds."""
    script = (
        "import sys, typer\n"
        "from dsl.cli import register\n"
        "app = typer.Typer(pretty_exceptions_enable=False)\n"
        "app.callback()(lambda: None)\n"
        "register(app)\n"
        "try:\n"
        "    app(['fmt', sys.argv[1]])\n"
        "finally:\n"
        "    print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])\n"
    )
    begins = _children()
    run = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False
    )
    return run, _children() - begins


def _children() -> float:
    """Processor seconds of all processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_a_file_that_is_too_long_names_the_limits_that_it_passed_before() -> None:
    """50,000 steps are too many for a flow at step 2,001, long before the file is too long."""
    found = parse(FLOW + "  exit\n" * 50_000).diagnostics
    assert [(d.code, d.span.line, d.span.column) for d in found] == [
        ("too-many-steps", 2003, 3),
        ("file-too-long", 37447, 7),
    ]
