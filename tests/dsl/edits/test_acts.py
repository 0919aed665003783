"""What hands do on a drawing, act by act."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from dsl import edits, tree
from dsl.edits.places import Places
from dsl.parsing.parser import Parsed, parse

FLOWS = sorted((Path(__file__).parents[3] / "flows").glob("*.flow"))
HEAD = "flow f:\n  enter manually\n\n"


def flow(body: str, behind: str = "") -> Parsed:
    return parse(HEAD + body + behind)


def after(parsed: Parsed, edited: edits.Edited) -> str:
    return edits.apply(parsed.text, edited.edits).removeprefix(HEAD)


def test_a_step_takes_the_place_of_go_on() -> None:
    """What is put into an empty way replaces the step that does nothing."""
    parsed = flow("  if cart is empty:\n    go on\n  exit\n")
    edited = edits.insert(parsed, "f", "into:if_cart_is_empty:0", "wait 1 day")
    assert after(parsed, edited) == "  if cart is empty:\n    wait 1 day\n  exit\n"
    assert edited.select == "wait_1_day"


def test_a_remark_on_an_empty_way_stays() -> None:
    """A `go on` that somebody wrote a note at is not taken away."""
    parsed = flow("  if cart is empty:\n    # later\n    go on\n")
    edited = edits.insert(parsed, "f", "into:if_cart_is_empty:0", "wait 1 day")
    assert after(parsed, edited) == (
        "  if cart is empty:\n    wait 1 day\n    # later\n    go on\n"
    )


def test_the_last_step_of_a_way_leaves_go_on() -> None:
    """A way whose last step is deleted says that nothing happens there."""
    parsed = flow("  if cart is empty:\n    wait 1 day\n  exit\n")
    edited = edits.delete(parsed, "f", ["wait_1_day"])
    assert after(parsed, edited) == "  if cart is empty:\n    go on\n  exit\n"


def test_a_copy_gets_another_name() -> None:
    """A copied step with a name gets the next free one, and speaks of its own copy."""
    body = "  send email x as touch\n  repeat 2 times as again:\n    go to again\n    wait 1 day\n"
    parsed = flow(body)
    edited = edits.duplicate(parsed, "f", "again")
    assert after(parsed, edited) == (
        body + "  repeat 2 times as again_2:\n    go to again_2\n    wait 1 day\n"
    )
    pasted = edits.insert(parsed, "f", "first", edits.copy(parsed, "f", ["touch", "again"]))
    assert after(parsed, pasted).startswith(
        "  send email x as touch_2\n  repeat 2 times as again_2:"
    )


def test_another_label_is_written_wherever_the_file_speaks_of_the_step() -> None:
    """Jumps, waits and tests follow a renamed step; where people stand at it, the flow says so."""
    body = "  send email x as touch\n  wait up to 1 day for click_email of touch\n  go to touch\n"
    test = '\ntest "t" for f:\n  after 1 day click_email of touch\n  expect email x\n'
    parsed = flow(body, test)
    step = Places(parsed, "f").step("touch")
    assert isinstance(step, tree.Send)
    edited = edits.replace_step(parsed, "f", "touch", replace(step, label="hello"), live={"touch"})
    assert after(parsed, edited) == (
        "flow f:\n  enter manually\n  moved touch to hello\n\n"
        + (body + test).replace("touch", "hello")
    )
    assert edited.renamed["touch"] == "hello"
    assert edited.select == "hello"


def test_a_name_that_is_taken_is_refused() -> None:
    """Two steps never get one name."""
    parsed = flow("  wait 1 day as a\n  wait 2 days as b\n")
    step = Places(parsed, "f").step("a")
    assert isinstance(step, tree.Wait)
    with pytest.raises(edits.Refusal, match="Another step is called `b` already"):
        edits.replace_step(parsed, "f", "a", replace(step, label="b"))


def test_flipping_a_branch_asks_the_opposite() -> None:
    """A branch whose ways change places means what it meant, and flipped again it is as before."""
    body = '  if customer has tag "x":\n    wait 1 day\n  else:\n    exit\n'
    parsed = flow(body)
    edited = edits.flip(parsed, "f", "if_customer_has_tag_x")
    assert after(parsed, edited) == (
        '  if not customer has tag "x":\n    exit\n  else:\n    wait 1 day\n'
    )
    again = edits.flip(edited.parsed, "f", edited.select or "")
    assert after(edited.parsed, again) == body


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("enter manually", "only steps can be put into a flow"),
        ("sned email x", "This text is no step: "),
        ("# only a note", "There is no step in this text."),
        ('test "t" for f:\n  expect no message', "This text is no step"),
    ],
)
def test_text_that_is_no_step_is_refused_with_the_reason(text: str, reason: str) -> None:
    """Pasted text that says no step changes nothing and is told why."""
    with pytest.raises(edits.Refusal, match=reason):
        edits.insert(flow("  exit\n"), "f", "first", text)


def test_a_step_is_not_moved_into_itself() -> None:
    """Dropping a branch into one of its own ways is refused."""
    parsed = flow("  if cart is empty:\n    wait 1 day\n  exit\n")
    with pytest.raises(edits.Refusal, match="into itself"):
        edits.move(parsed, "f", ["if_cart_is_empty"], "after:wait_1_day")
    with pytest.raises(edits.Refusal, match="next to each other"):
        edits.delete(parsed, "f", ["wait_1_day", "exit"])
    with pytest.raises(edits.Refusal, match="no step `gone` any more"):
        edits.delete(parsed, "f", ["gone"])


def every_step(path: Path) -> list[tuple[Parsed, str, str]]:
    parsed = parse(path.read_text(encoding="utf-8"))
    names = [one.name for one in parsed.tree.declarations if isinstance(one, tree.Flow)]
    return [(parsed, name, step) for name in names for step in Places(parsed, name).nodes]


Act = Callable[[Parsed, str, Sequence[str]], edits.Edited]


def back_again(parsed: Parsed, name: str, step: str, there: Act, back: Act) -> bool:
    """Whether an act and its opposite leave the text as it was; refused, they do, too."""
    try:
        once = there(parsed, name, [step])
    except edits.Refusal:
        return True
    again = back(once.parsed, name, [once.select or ""])
    return again.parsed.text == parsed.text


@pytest.mark.parametrize("path", FLOWS[::3], ids=lambda path: path.stem)
def test_up_and_down_undo_each_other(path: Path) -> None:
    """One place down and one place up again is the same text, to the byte, through all ways."""
    for parsed, name, step in every_step(path):
        assert back_again(parsed, name, step, edits.down, edits.up), (name, step, "down")
        assert back_again(parsed, name, step, edits.up, edits.down), (name, step, "up")


WAYS = """  if cart is empty:
    add tag "a"
    add tag "b"
  else:
    add tag "c"
    add tag "d"
"""


@pytest.mark.parametrize("gaps", [*product(["", "\n", "\n\n", "\n  # why\n"], repeat=3)])
def test_blank_lines_go_up_and_down_with_their_step(gaps: tuple[str, str, str]) -> None:
    """What sets a step apart moves with it, and neither grows nor is lost on the way back."""
    first, second, third = gaps
    body = f"  wait 1 day\n{first}  wait 2 days\n{second}{WAYS}{third}  wait 3 days\n"
    parsed = flow(body, "# behind\n")
    for step in Places(parsed, "f").nodes:
        assert back_again(parsed, "f", step, edits.down, edits.up), (step, "down")
        assert back_again(parsed, "f", step, edits.up, edits.down), (step, "up")


@pytest.mark.parametrize("path", FLOWS[1::4], ids=lambda path: path.stem)
def test_what_is_switched_off_can_be_switched_on(path: Path) -> None:
    """A step whose lines became comments comes back as it was."""
    for parsed, name, step in every_step(path):
        assert back_again(parsed, name, step, edits.off, edits.on), (name, step)


def test_a_step_switched_off_is_a_comment() -> None:
    """The lines of a step stay where they were, as comments."""
    parsed = flow('  # why\n  send email x:  # now\n    subject "Hi"\n  exit\n')
    edited = edits.off(parsed, "f", ["send_x"])
    assert after(parsed, edited) == (
        '  # # why\n  # send email x:  # now\n  #   subject "Hi"\n  exit\n'.replace("# #", "##")
    )
    with pytest.raises(edits.Refusal, match="No comment here reads as a step"):
        edits.on(parsed, "f", ["send_x"])


def test_steps_keep_their_ids_apart_through_typing() -> None:
    """After typing, each step is known again, though ids are made from what steps say."""
    parsed = flow("  wait 1 day\n  exit\n")
    typed = flow("  wait 2 days\n  wait 1 day\n  exit\n")
    longer = flow("  wait 2 days\n  exit\n")
    assert edits.renamed_by_place(parsed, typed, "f") == {}
    assert edits.renamed_by_place(parsed, longer, "f") == {"wait_1_day": "wait_2_days"}


def test_a_step_that_moves_beside_one_of_its_kind_stays_as_it_was_written() -> None:
    """What moves takes its text along, whoever stands where it comes to."""
    parsed = flow("  if x is 3:\n    #why\n    if  y is 3:\n      go on\n    exit\n")
    edited = edits.move(parsed, "f", ["if_y_is_3"], "first")
    assert after(parsed, edited) == ("  #why\n  if  y is 3:\n    go on\n  if x is 3:\n    exit\n")


def test_a_step_cannot_be_moved_into_a_way_that_opens_inside_it() -> None:
    """Nothing goes into itself, also where that way does not stand in the text yet."""
    parsed = flow("  if x is 3:\n    if y is 3:\n      exit\n")
    for inside in ("if_y_is_3", "if_x_is_3"):
        with pytest.raises(edits.Refusal, match="into itself"):
            edits.move(parsed, "f", ["if_x_is_3"], f"into:{inside}:else")


def test_a_branch_around_too_many_is_refused_with_the_reason() -> None:
    """Blocks lie fifty deep at most; who wraps the last one reads why not."""
    rows = [f"{'  ' * n}if x is {n}:" for n in range(1, 51)]
    parsed = flow("\n".join([*rows, "  " * 51 + "exit"]) + "\n")
    with pytest.raises(edits.Refusal, match="more than 50 deep"):
        edits.wrap(parsed, "f", ["exit"])
