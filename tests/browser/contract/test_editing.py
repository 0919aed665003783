"""Every way to change a flow touches its lines and no others; undo gives the bytes back."""

import re

import pytest

from tests.browser.contract.editor import typed


def test_opening_changes_no_byte(editor) -> None:
    """To look at a flow changes nothing, and the page says so."""
    one = editor()
    assert one.state() == "saved"
    assert one.draft() == one.file.read_bytes()
    assert one.changes() == ([], [])
    assert re.fullmatch("[0-9a-f]{64}", one.page.locator("#flow").get_attribute("data-document"))


def test_a_place_for_a_step_at_every_edge(editor) -> None:
    """There is a "+" behind each step that goes on, large enough, and none covers anything."""
    one = editor(width=1600, height=1200)
    places = one.page.locator("#drawing button[data-insert]")
    at = places.evaluate_all("all => all.map(one => one.dataset.insert)")
    assert set(at) >= {"first", "after:first_touch"}
    boxes = one.page.locator(
        "#drawing button[data-insert], #drawing button[data-step]"
    ).evaluate_all(
        "all => all.map(e => { const r = e.getBoundingClientRect();"
        " return [e.dataset.insert || e.dataset.step, r.x, r.y, r.width, r.height]; })"
    )
    for name, _, _, width, height in boxes:
        assert width >= 24, name
        assert height >= 24, name
    for n, (a, x, y, w, h) in enumerate(boxes):
        for b, x2, y2, w2, h2 in boxes[n + 1 :]:
            apart = x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y
            assert apart, (a, b)
    names = places.evaluate_all(
        "all => all.map(one => one.getAttribute('aria-label') || one.textContent)"
    )
    assert all(name.strip() for name in names)
    assert len(set(names)) == len(names), "each says where"


def test_a_step_is_put_in_with_the_mouse(editor) -> None:
    """One step more is one line more: in the draft, in the list of changes, nowhere else."""
    one = editor()
    before = set(one.ids())
    one.insert("after:wait_1_hour", "wait")
    gone, new = one.differing()
    assert gone == []
    assert len(new) == 1
    assert new[0].startswith("  wait ")
    assert one.changes() == (gone, new)
    assert one.state() == "unsaved"
    (added,) = set(one.ids()) - before
    assert one.step(added).get_attribute("aria-pressed") == "true"
    # The first field waits for a word.
    one.page.wait_for_function("document.activeElement.closest('#inspector') !== null")
    one.undo_all()
    assert one.draft() == one.file.read_bytes()


def test_a_step_is_put_in_with_the_keyboard(editor) -> None:
    """`+` behind the chosen step, a few letters, Enter."""
    one = editor()
    one.step("wait_1_hour").focus()
    one.page.keyboard.press("+")
    field = one.page.locator("#picker input[role=combobox]")
    field.wait_for()
    field.press_sequentially("add tag")
    one.page.keyboard.press("Enter")
    one.settle()
    gone, new = one.differing()
    assert gone == []
    assert [row.strip().startswith("add tag") for row in new] == [True]
    one.undo_all()


def test_a_field_is_written_on_leaving_it(editor) -> None:
    """A word in the form changes its line and no other."""
    one = editor()
    one.choose("wait_1_hour")
    amount = one.page.locator("#inspector form [name=amount]")
    amount.fill("3")
    amount.press("Tab")
    one.page.locator('#drawing button[data-step="wait_3_hours"]').wait_for()
    one.settle()
    assert one.differing() == (["  wait 1 hour"], ["  wait 3 hours"])
    assert one.step("wait_3_hours").get_attribute("aria-pressed") == "true"
    one.undo_all()


def test_a_note_is_a_comment_above(editor) -> None:
    """What is noted stands above the step in the text."""
    one = editor()
    one.choose("wait_1_hour")
    note = one.page.locator("#inspector form [name=note]")
    note.fill("give them an hour")
    note.blur()
    one.page.locator("#changes [data-change=added]").wait_for()
    one.settle()
    assert one.differing() == ([], ["  # give them an hour"])
    one.undo_all()


def test_a_wrong_value_is_told_beside_its_field_and_writes_nothing(editor) -> None:
    """Nonsense stays in the field, with a sentence below it."""
    one = editor()
    one.choose("wait_1_hour")
    amount = one.page.locator("#inspector form [name=amount]")
    amount.evaluate("field => { field.type = 'text'; }")
    amount.fill("-7")
    amount.press("Tab")
    problem = one.page.locator('#inspector [data-problem-for="amount"]:not(:empty)')
    problem.wait_for()
    assert len(problem.inner_text()) > 10
    one.settle()
    assert one.draft() == one.file.read_bytes()


@pytest.mark.parametrize("what", ["delete", "duplicate", "wrap", "off"])
def test_what_is_done_to_a_step_touches_its_lines(editor, what: str) -> None:
    """Delete, duplicate, wrap and switch off change the step's own lines alone."""
    one = editor()
    one.choose("wait_1_hour")
    one.do(what)
    gone, new = one.differing()
    assert (gone, new) == one.changes()
    rows = {
        "delete": (["  wait 1 hour"], []),
        "duplicate": ([], ["  wait 1 hour"]),
        "off": (["  wait 1 hour"], ["  # wait 1 hour"]),
    }
    if what in rows:
        assert (gone, new) == rows[what]
    else:
        assert all("wait 1 hour" in row for row in gone)
        assert new[-1] == "    wait 1 hour"
        assert new[0].startswith("  if ")
    one.undo_all()
    assert one.draft() == one.file.read_bytes()


def test_the_arms_of_a_branch_change_places(editor) -> None:
    """What stood in the first way stands in the second, with its comments."""
    one = editor()
    one.choose("last_call")
    one.do("flip")
    text = one.draft().decode()
    assert text.index("as service:") < text.index("as discount:")
    one.undo_all()
    assert one.draft() == one.file.read_bytes()


def test_a_step_is_moved_with_keys(editor) -> None:
    """Alt+Down moves it one place on, Alt+Up brings the bytes back."""
    one = editor()
    one.choose("wait_1_hour")
    one.step("wait_1_hour").focus()
    one.page.keyboard.press("Alt+ArrowDown")
    one.settle()
    gone, new = one.differing()
    assert (gone, new) == one.changes()
    assert sorted(gone) == sorted(new), "nothing but places changed"
    assert gone
    one.page.keyboard.press("Alt+ArrowUp")
    one.settle()
    assert one.draft() == one.file.read_bytes()
    assert one.state() == "saved"


def test_what_comes_next_has_the_focus(editor) -> None:
    """After Delete the step that is chosen then is the one that keys mean."""
    one = editor()
    one.choose("wait_1_hour")
    one.step("wait_1_hour").focus()
    one.page.keyboard.press("Delete")
    one.page.locator("#changes [data-change=removed]").wait_for()
    one.settle()
    focused = one.page.evaluate("document.activeElement.dataset.step")
    assert one.step(focused).get_attribute("aria-pressed") == "true"
    one.undo_all()


def test_a_step_is_moved_by_dragging(editor) -> None:
    """Dropped on a "+", it stands there."""
    one = editor(width=1600, height=1300)
    here = one.step("wait_1_hour").bounding_box()
    there = one.place("after:first_touch").bounding_box()
    mouse = one.page.mouse
    mouse.move(here["x"] + 60, here["y"] + 12)
    mouse.down()
    for n in range(1, 9):
        mouse.move(
            here["x"] + 60 + (there["x"] + there["width"] / 2 - here["x"] - 60) * n / 8,
            here["y"] + 12 + (there["y"] + there["height"] / 2 - here["y"] - 12) * n / 8,
        )
    mouse.up()
    one.page.locator("#changes [data-change=added]").first.wait_for()
    one.settle()
    text = one.draft().decode()
    assert text.index("send email cart_reminder as first_touch") < text.index("  wait 1 hour\n")
    one.undo_all()


def test_cut_and_paste_and_copy_as_text(editor) -> None:
    """The clipboard holds flow text; pasted it stands there, a label by a new name."""
    one = editor(permissions=["clipboard-read", "clipboard-write"])
    one.choose("first_touch")
    one.step("first_touch").focus()
    one.page.keyboard.press("Control+c")
    one.settle()
    one.step("wait_1_hour").focus()
    one.choose("wait_1_hour")
    copied = one.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("send email cart_reminder as first_touch")
    one.step("wait_1_hour").focus()
    one.page.keyboard.press("Control+v")
    one.page.locator("#changes [data-change=added]").first.wait_for()
    one.settle()
    gone, new = one.differing()
    assert gone == []
    assert new[0].strip().startswith("send email cart_reminder as first_touch_")
    one.undo_all()
    one.choose("wait_1_hour")
    one.step("wait_1_hour").focus()
    one.page.keyboard.press("Control+x")
    one.settle()
    assert one.differing() == (["  wait 1 hour"], [])
    one.choose("first_touch")
    one.step("first_touch").focus()
    one.page.keyboard.press("Control+v")
    one.settle()
    text = one.draft().decode()
    assert text.index("as first_touch") < text.index("  wait 1 hour\n")
    one.undo_all()


def test_text_that_is_no_step_is_refused_with_the_reason(editor) -> None:
    """What cannot stand in a flow is not pasted; the page says why."""
    one = editor(permissions=["clipboard-read", "clipboard-write"])
    one.choose("wait_1_hour")
    one.page.evaluate("navigator.clipboard.writeText('Dear team, see you at noon!')")
    one.step("wait_1_hour").focus()
    one.page.keyboard.press("Control+v")
    one.page.locator("#status", has_text=re.compile(r"\S{3}")).wait_for()
    one.settle()
    assert one.draft() == one.file.read_bytes()


def test_undo_lives_through_a_reload(editor) -> None:
    """After a reload the draft is there, and so is the way back."""
    one = editor()
    one.choose("wait_1_hour")
    one.do("delete")
    after = one.draft()
    one.page.reload()
    one.settle()
    assert one.state() == "unsaved"
    assert one.draft() == after
    one.do("undo")
    assert one.state() == "saved"
    assert one.draft() == one.file.read_bytes()


def test_a_broken_line_is_one_red_node(editor) -> None:
    """It stands in its place with its message; the rest is drawn, and edits elsewhere work."""
    one = editor()
    before = len(one.ids())
    typed(one, "wait until 18:00", "\nwobble the customer")
    one.page.locator("#drawing [data-kind=unreadable]").wait_for()
    one.settle()
    broken = one.page.locator("#drawing [data-kind=unreadable]")
    assert broken.count() == 1
    assert len(one.ids()) == before + 1
    one.page.locator("#drawing [data-kind=unreadable][data-problem]").wait_for()
    one.choose("wait_1_hour")
    one.do("delete")
    gone, new = one.differing()
    assert gone == ["  wait 1 hour"]
    assert [row.strip() for row in new] == ["wobble the customer"]
    one.undo_all()
    assert one.page.locator("#drawing [data-kind=unreadable]").count() == 0


def test_a_broken_first_line_keeps_its_steps(editor) -> None:
    """While a condition is typed the steps below stay drawn, others can be edited, undo heals."""
    one = editor()
    shorten(one, "if cart.value >= 300:")
    one.page.locator("#drawing [data-kind=unreadable]").wait_for()
    one.settle()
    assert one.page.locator("#drawing [data-kind=notify]").count() == 1
    assert one.page.locator("#drawing [data-kind=unreadable]").count() == 1
    one.choose("wait_1_hour")
    one.do("delete")
    assert one.differing() == (
        ["  wait 1 hour", "  if cart.value >= 300:"],
        ["  if cart.value >= "],
    )
    one.undo_all()
    assert one.page.locator("#drawing [data-kind=unreadable]").count() == 0
    assert one.draft() == one.file.read_bytes()


def test_a_flow_whose_own_line_is_broken(editor) -> None:
    """The last readable drawing stands, without "+"; the text can be edited, and undo heals."""
    one = editor()
    steps = one.ids()
    shorten(one, 'flow abandoned_cart "Abandoned cart":')
    one.page.locator("#broken").wait_for()
    typed(one, "wait until 18:00", "  # evening")
    one.settle()
    assert one.ids() == steps
    assert one.page.locator("#drawing button[data-insert]:visible").count() == 0
    assert one.differing()[1] == [
        'flow abandoned_cart "Abandoned ca',
        "  wait until 18:00  # evening",
    ]
    one.undo_all()
    one.page.locator("#broken").wait_for(state="hidden")
    assert one.place("after:wait_1_hour").is_visible()
    assert one.draft() == one.file.read_bytes()


def shorten(one, line: str) -> None:
    """Take the last four letters of a line of the text pane."""
    one.page.locator("#text .cm-line", has_text=line).first.click()
    one.page.keyboard.press("End")
    for _ in range(4):
        one.page.keyboard.press("Backspace")


def test_typing_keeps_caret_and_scroll(editor) -> None:
    """A drawing edit elsewhere moves neither the caret's line nor the drawing."""
    one = editor()
    typed(one, "wait until 18:00", "  # evening")
    one.settle()
    one.page.keyboard.type(" hours")
    one.settle()
    new = one.differing()[1]
    assert new == ["  wait until 18:00  # evening hours"]
    one.undo_all()
