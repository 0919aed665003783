"""Saving, the disk, two people, two tabs: nothing is lost and no other byte changes."""

import re

from tests.browser.contract.editor import FLOW, Editor, flow_of, typed


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


def test_a_cr_alone_is_a_character_in_its_line(editor, data) -> None:
    """Drawing, problems and text count the same lines below it; typing beside it and undo, also
    after a reload, keep it.
    """
    path = data / "flows" / "returns.flow"
    flow = flow_of("returns_one", ["wait 1 hour", "# one\rtwo", "wobble", "wait 2 days\r", "exit"])
    path.write_bytes(flow.encode())
    one = editor("returns_one")
    rows = flow.split("\n")
    lines = one.page.locator("#text .cm-line")
    assert lines.count() == len(rows)
    broken = one.page.locator("#drawing [data-kind=unreadable][data-problem]").first
    broken.wait_for()
    at = int(broken.get_attribute("data-line"))
    assert rows[at - 1] == "  wobble"
    lines.nth(at - 1).locator(".cm-lintRange").wait_for()
    assert lines.nth(at - 2).locator(".cm-specialChar").get_attribute("title").endswith("U+000D")
    typed(one, "two", ", three")
    one.settle()
    assert one.draft() == flow.replace("two", "two, three").encode()
    one.page.reload()
    one.settle()
    one.do("undo")
    assert one.state() == "saved"
    assert one.draft() == path.read_bytes()
    path.unlink()  # no test of the shop is played while one of its files cannot be read


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


def test_a_change_before_the_page_listens_is_followed(open_page, data) -> None:
    """The file changes after the page was made and before its stream has begun."""
    path = data / "flows" / "early.flow"
    path.write_text(flow_of("early_one", ["wait 1 hour", "exit"]))
    page = open_page()

    def late(route) -> None:
        path.write_text(path.read_text().replace("wait 1 hour", "wait 2 hours"))
        route.continue_()

    page.route("**/api/flows/early_one/events*", late)
    Editor(page, data, "early_one")
    page.locator('#drawing button[data-step="wait_2_hours"]').wait_for(timeout=8000)


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
