"""What the scripts of the flow page make of a drawing and of words, without a drawing."""

import pytest

ROWS = [
    ["entry", None, None, 1],
    ["greet", None, None, 3],
    ["ask", None, None, 4],
    ["thank", "ask", "0", 5],
    ["wait", "ask", "0", 6],
    ["sorry", "ask", "else", 8],
    ["bye", None, None, 9],
    ["end", None, None, 1],
]
CHOICES = [
    {"kind": "send", "title": "Send a message", "words": "send email sms push mail"},
    {"kind": "wait", "title": "Wait", "words": "wait delay pause"},
    {"kind": "if", "title": "Yes or no", "words": "if else condition split branch"},
    {"kind": "wait_for", "title": "Wait for something", "words": "wait up to for event"},
    {"kind": "experiment", "title": "Experiment", "words": "a/b test ab split random"},
    {"kind": "exit", "title": "Exit", "words": "exit end stop"},
]


@pytest.fixture
def scripts(open_page):
    """Runs a function with a script's module as its first argument."""
    page = open_page()
    page.goto("/flows")

    def run(module: str, body: str, *given):
        return page.evaluate(
            f"async (given) => {{ const it = await import('/static/flow/{module}.js');"
            f" return ({body})(it, ...given); }}",
            list(given),
        )

    return run


def test_one_walks_along_the_edges(scripts):
    """Down leads through every step of the first ways to the end, and up leads back again."""

    def walk(way: str, start: str) -> list[str]:
        return scripts(
            "structure",
            """({ Structure }, rows, way, start) => {
              const all = new Structure(rows), seen = [start];
              for (let id = all[way](start); id !== null; id = all[way](id)) seen.push(id);
              return seen;
            }""",
            ROWS,
            way,
            start,
        )

    assert walk("down", "entry") == ["entry", "greet", "ask", "thank", "wait", "bye", "end"]
    assert walk("up", "end") == ["end", "bye", "wait", "thank", "ask", "greet", "entry"]
    assert walk("down", "sorry") == ["sorry", "bye", "end"]


def test_left_and_right_lead_between_ways(scripts):
    """From any step of a way one comes into the next way, and nowhere where there is none."""
    beside = "({ Structure }, rows, id, by) => new Structure(rows).beside(id, by)"
    assert scripts("structure", beside, ROWS, "wait", 1) == ["sorry"]
    assert scripts("structure", beside, ROWS, "sorry", -1) == ["thank", "wait"]
    assert scripts("structure", beside, ROWS, "sorry", 1) == []
    assert scripts("structure", beside, ROWS, "greet", 1) == []


def test_only_neighbours_of_one_block_are_chosen_together(scripts):
    """What lies between two steps is a piece of one block, never the entry or the end."""
    between = """({ Structure }, rows, one, other) =>
      new Structure(rows, (id) => id).between(one, other)"""
    assert scripts("structure", between, ROWS, "greet", "bye") == ["greet", "ask", "bye"]
    assert scripts("structure", between, ROWS, "bye", "greet") == ["greet", "ask", "bye"]
    assert scripts("structure", between, ROWS, "thank", "wait") == ["thank", "wait"]
    assert scripts("structure", between, ROWS, "greet", "sorry") == ["greet", "ask"]
    assert scripts("structure", between, ROWS, "thank", "sorry") == ["ask"]
    assert scripts("structure", between, ROWS, "greet", "end") == ["greet", "ask", "bye"]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("", "send"),
        ("wait", "wait"),
        ("WAIT  up", "wait_for"),
        ("email", "send"),
        ("split", "if"),
        ("ab", "experiment"),
        ("something", "wait_for"),
        ("exi", "exit"),
        ("xpmt", "experiment"),
        ("branch if", "if"),
    ],
)
def test_the_best_hit_stands_first(scripts, typed, first):
    """Whoever types a step's name, its words or some of its letters finds it in the first row."""
    best = "({ best }, typed, choices) => best(typed, choices).map((one) => one.kind)"
    assert scripts("matching", best, typed, CHOICES)[0] == first


def test_what_fits_nothing_finds_nothing(scripts):
    """Letters that are in no name bring an empty list, not all of them."""
    assert scripts("matching", "({ best }, all) => best('qqq', all)", CHOICES) == []


FLOW = """flow it:
  enter when purchase

  # it waits
  # for long
  wait 1 hour
  if (
    cart.value > 3
  ):  # a ( in a note
    send email a:
      subject "( # no note"

    # inside
  # of the else
  else if cart is empty:
    exit
  # no part of it
  exit "gone"
"""


def test_a_step_is_copied_with_its_note_and_all_below_it(scripts):
    """The clipboard has whole statements: notes above, brackets over lines, every way."""
    lines = FLOW.split("\n")
    cut = """({ stepLines }, lines, first, branch) =>
      lines.slice(...stepLines(lines, first, branch)).join('\\n')"""
    assert scripts("clipboard", cut, lines, 5, False) == "\n".join(lines[3:6])
    assert scripts("clipboard", cut, lines, 6, True) == "\n".join(lines[6:16])
    assert scripts("clipboard", cut, lines, 17, False) == "\n".join(lines[16:18])


def test_what_is_pasted_loses_the_indentation_of_its_home(scripts):
    """Text out of a deep branch, or with another system's line ends, reads like any other."""
    dedent = "({ dedent }, text) => dedent(text)"
    assert scripts(
        "clipboard", dedent, "\r\n    wait 1 day\r\n\r\n    if a is b:\r\n      exit\r\n"
    ) == ("wait 1 day\n\nif a is b:\n  exit")
