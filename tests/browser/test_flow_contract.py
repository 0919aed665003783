"""The flow page as a script finds it by its contract alone: each way to change a flow, its bytes.

Each test is a person of their own (a browser session); what is saved is seen by all.
"""

import difflib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import running_demo

FLOW = "abandoned_cart"


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo(data) -> Iterator[str]:
    """The address of a demo whose folder the tests look into."""
    with running_demo(data) as address:
        yield address


class Editor:
    """One flow page, driven by the contract."""

    def __init__(self, page, data: Path, flow: str = FLOW) -> None:
        self.page, self.data, self.flow = page, data, flow
        page.goto(f"/flows/{flow}")
        self.settle()

    @property
    def file(self) -> Path:
        return self.data / self.page.locator("#flow").get_attribute("data-file")

    def settle(self) -> None:
        self.page.locator("#flow[data-settled=true]").wait_for(state="attached")

    def draft(self) -> bytes:
        return self.page.request.get(f"/flows/{self.flow}/text").body()

    def state(self) -> str:
        return self.page.locator("#flow").get_attribute("data-document-state")

    def step(self, identity: str):
        return self.page.locator(f'#drawing button[data-step="{identity}"]')

    def ids(self) -> list[str]:
        steps = self.page.locator("#drawing button[data-step]")
        return steps.evaluate_all("all => all.map(one => one.dataset.step)")

    def choose(self, identity: str) -> None:
        self.step(identity).click()
        self.page.locator(f'#inspector form[data-step="{identity}"]').wait_for()

    def do(self, what: str) -> None:
        self.page.locator(f'button[data-do="{what}"]:visible').first.click()
        self.settle()

    def place(self, at: str):
        return self.page.locator(f'button[data-insert="{at}"]')

    def insert(self, at: str, kind: str) -> None:
        self.place(at).click()
        self.page.locator("#picker input[role=combobox]").wait_for()
        self.page.locator(f'#picker [role=option][data-choice="{kind}"]').click()
        self.settle()

    def changes(self) -> tuple[list[str], list[str]]:
        """Lines that are gone, lines that are new, as the page shows them."""

        def lines(kind: str) -> list[str]:
            found = self.page.locator(f'#changes [data-change="{kind}"]')
            return found.evaluate_all("all => all.map(one => one.textContent)")

        return lines("removed"), lines("added")

    def differing(self) -> tuple[list[str], list[str]]:
        """Lines that are gone, lines that are new, in the draft against the file."""
        old = self.file.read_bytes().decode().splitlines()
        new = self.draft().decode().splitlines()
        rows = list(difflib.ndiff(old, new))
        gone = [row[2:] for row in rows if row.startswith("- ")]
        return gone, [row[2:] for row in rows if row.startswith("+ ")]

    def undo_all(self) -> None:
        for _ in range(20):
            if self.state() == "saved":
                return
            self.do("undo")
        raise AssertionError("undo did not lead back to the file")


@pytest.fixture
def editor(open_page, data):
    def opened(flow: str = FLOW, width: int = 1280, height: int = 900, **more) -> Editor:
        return Editor(open_page(width, height, **more), data, flow)

    return opened


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
    focused = one.page.evaluate("document.activeElement.closest('#inspector') !== null")
    assert focused, "the first field waits for a word"
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


def flow_of(name: str, steps: list[str]) -> str:
    """A flow of these lines."""
    body = "".join(f"  {step}\n" for step in steps)
    return f'flow {name} "{name}":\n  enter when purchase\n\n{body}'


def typed(one: Editor, line: str, text: str) -> None:
    """Types behind a line of the text pane."""
    row = one.page.locator("#text .cm-line", has_text=line).first
    row.click()
    one.page.keyboard.press("End")
    one.page.keyboard.type(text)


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
    """While a condition is typed the steps below it stay drawn."""
    one = editor()
    row = one.page.locator("#text .cm-line", has_text="if cart.value >= 300:").first
    row.click()
    one.page.keyboard.press("End")
    one.page.keyboard.press("Backspace")
    one.page.keyboard.press("Backspace")
    one.page.keyboard.press("Backspace")
    one.page.keyboard.press("Backspace")
    one.page.locator("#drawing [data-kind=unreadable]").wait_for()
    one.settle()
    assert one.page.locator("#drawing [data-kind=notify]").count() == 1
    assert one.page.locator("#drawing [data-kind=unreadable]").count() == 1
    one.undo_all()


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


def test_saving_writes_only_what_was_touched(editor) -> None:
    """Ctrl+S writes the file; its other bytes are what they were."""
    one = editor()
    before = one.file.read_bytes()
    one.choose("wait_1_hour")
    one.do("delete")
    wanted = one.draft()
    one.page.keyboard.press("Control+s")
    one.page.locator("#flow[data-document-state=saved]").wait_for(state="attached")
    one.settle()
    assert one.file.read_bytes() == wanted == before.replace(b"  wait 1 hour\n", b"", 1)
    assert one.changes() == ([], [])
    one.do("undo")
    assert one.state() == "unsaved"
    one.do("save")
    one.page.locator("#flow[data-document-state=saved]").wait_for(state="attached")
    assert one.file.read_bytes() == before


def test_line_ends_stay(editor, data) -> None:
    """CR LF and a missing last line end are as they were, but for the touched line."""
    path = data / "flows" / "crlf.flow"
    text = (
        'flow crlf_one "CR LF":\r\n  enter when purchase\r\n\r\n'
        "  wait 1 hour\r\n  wait 2 days\r\n  exit"
    )
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    one = editor("crlf_one")
    assert one.draft() == path.read_bytes()
    one.choose("wait_1_hour")
    one.do("duplicate")
    assert one.draft() == path.read_bytes().replace(
        b"  wait 1 hour\r\n", b"  wait 1 hour\r\n  wait 1 hour\r\n", 1
    )
    one.do("save")
    one.page.locator("#flow[data-document-state=saved]").wait_for(state="attached")
    assert path.read_bytes().count(b"\r\n") == text.count("\r\n") + 1
    assert path.read_bytes().endswith(b"  exit")


def test_two_people_have_two_drafts_and_two_tabs_one(editor, open_page, data) -> None:
    """What one drafts another does not see; a second tab of the same person does."""
    one, other = editor(), editor()
    one.choose("wait_1_hour")
    one.do("delete")
    other.page.reload()
    other.settle()
    assert other.state() == "saved"
    tab = one.page.context.new_page()
    second = Editor(tab, data)
    assert second.draft() == one.draft()
    assert second.state() == "unsaved"
    one.undo_all()


def test_a_tab_that_is_behind_loses_nothing(editor, data) -> None:
    """Both tabs of a person write; both lines stand."""
    one = editor()
    second = Editor(one.page.context.new_page(), data)
    one.choose("wait_1_hour")
    one.do("duplicate")
    typed(second, "wait until 18:00", "  # from the second tab")
    second.page.wait_for_function(
        "fetch(location.pathname + '/text').then(answer => answer.text())"
        ".then(text => text.includes('from the second tab'))"
    )
    second.settle()
    text = second.draft().decode()
    assert text.count("  wait 1 hour\n") == 2
    assert "# from the second tab" in text


def test_a_stale_edit_and_one_without_token(editor) -> None:
    """The server says `stale` to the one and 403 to the other; nothing changes."""
    one = editor()
    token = one.page.locator("meta[name=csrf]").get_attribute("content")
    address = f"/api/flows/{FLOW}/edit"
    body = {"state": "0" * 64, "edits": [], "do": {"op": "delete", "steps": ["wait_1_hour"]}}
    stale = one.page.request.post(address, data=body, headers={"X-CSRF-Token": token})
    assert stale.status == 200
    assert stale.json()["outcome"] == "stale"
    assert one.page.request.post(address, data=body).status == 403
    body["state"] = one.page.locator("#flow").get_attribute("data-document")
    body["do"] = {"op": "insert", "at": "first", "text": "nonsense of the day"}
    refused = one.page.request.post(address, data=body, headers={"X-CSRF-Token": token})
    assert refused.status == 200
    assert refused.json()["outcome"] == "refused"
    assert one.draft() == one.file.read_bytes()
    body["do"] = {"op": "set", "step": "wait_1_hour", "fields": {"amount": "5"}}
    done = one.page.request.post(address, data=body, headers={"X-CSRF-Token": token})
    said = done.json()
    assert said["outcome"] == "done"
    assert said["renamed"] == {"wait_1_hour": "wait_5_hours"}
    assert re.search(r"cpu;dur=[\d.]+", done.headers["server-timing"])


def test_a_change_on_disk_is_followed_and_merged(editor, data) -> None:
    """An untouched page follows; a draft keeps its own lines beside the new ones."""
    path = data / "flows" / "disk.flow"
    steps = ["wait 1 hour", "wait 2 days", "wait 3 days", "exit"]
    path.write_text(flow_of("disk_one", steps))
    one = editor("disk_one")
    path.write_text(path.read_text().replace("wait 3 days", "wait 4 days"))
    one.page.locator('#drawing button[data-step="wait_4_days"]').wait_for(timeout=8000)
    assert one.state() == "saved"
    one.choose("wait_1_hour")
    one.do("duplicate")
    path.write_text(path.read_text().replace("wait 4 days", "wait 5 days"))
    one.page.locator('#drawing button[data-step="wait_5_days"]').wait_for(timeout=8000)
    one.settle()
    assert one.differing() == ([], ["  wait 1 hour"])


def test_both_changed_one_step(editor, data) -> None:
    """Both versions are shown and saving waits until one is chosen."""
    path = data / "flows" / "clash.flow"
    path.write_text(flow_of("clash_one", ["wait 1 hour", "wait 2 days", "exit"]))
    one = editor("clash_one")
    one.choose("wait_1_hour")
    amount = one.page.locator("#inspector form [name=amount]")
    amount.fill("3")
    amount.press("Tab")
    one.page.locator('#drawing button[data-step="wait_3_hours"]').wait_for()
    path.write_text(path.read_text().replace("wait 1 hour", "wait 7 hours"))
    one.page.locator("#conflict [data-conflict]").wait_for(timeout=8000)
    assert one.state() == "conflict"
    assert "wait 3 hours" in one.page.locator("#conflict [data-side=mine]").inner_text()
    assert "wait 7 hours" in one.page.locator("#conflict [data-side=theirs]").inner_text()
    one.page.locator("#conflict button[data-choose=mine]").click()
    one.page.locator("#flow[data-document-state=unsaved]").wait_for(state="attached")
    one.settle()
    assert b"wait 3 hours" in one.draft()
    one.do("save")
    one.page.locator("#flow[data-document-state=saved]").wait_for(state="attached")
    assert b"wait 3 hours" in path.read_bytes()


def test_all_tests_of_the_flow_run_on_the_draft(editor) -> None:
    """A second after an edit the page says which test fails now."""
    one = editor()
    one.page.locator("#tests [data-test][data-outcome]").first.wait_for()
    outcomes = one.page.locator("#tests [data-test]").evaluate_all(
        "all => all.map(one => one.dataset.outcome)"
    )
    assert len(outcomes) == one.file.read_text().count(f" for {FLOW}:")
    assert set(outcomes) == {"passed"}
    one.choose("wait_1_hour")
    one.do("delete")
    one.page.locator("#tests [data-test][data-outcome=failed]").first.wait_for()
    one.undo_all()
    one.page.locator("#tests:not(:has([data-outcome=failed]))").wait_for()


def test_a_flow_from_nothing_by_the_keyboard(open_page, data) -> None:
    """Title, entry and steps without a mouse; what is saved is what `fmt` prints."""
    from dsl.printing.formatting import format_text

    page = open_page()
    page.goto("/flows/new")
    page.locator("[name=title]").fill("Hello again")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/flows/(?!new$)\w+"))
    flow = re.search(r"/flows/(\w+)", page.url)[1]
    one = Editor(page, data, flow)
    one.page.keyboard.press("Control+s")
    one.page.locator("#flow[data-document-state=saved]").wait_for(state="attached")
    assert one.file.exists()
    one.step("entry").focus()
    for words in ("wait", "exit"):
        one.page.keyboard.press("+")
        one.page.locator("#picker input[role=combobox]").press_sequentially(words)
        one.page.keyboard.press("Enter")
        one.settle()
        one.page.keyboard.press("Escape")
    one.page.keyboard.press("Control+s")
    one.page.locator("#flow[data-document-state=saved]").wait_for(state="attached")
    text = one.file.read_text()
    assert "wait " in text
    assert "exit" in text
    assert format_text(text).text == text
