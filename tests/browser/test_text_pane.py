"""The text pane: nothing that somebody types or does is lost, doubled or moved to another place."""

import json
from pathlib import Path

import pytest

from editor.highlight import highlight
from tests.browser.standin import FLOW, StandIn

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = "http://127.0.0.1:1/flows/hello"


@pytest.fixture
def server() -> StandIn:
    return StandIn()


@pytest.fixture
def context(chromium, server: StandIn):
    made = chromium.new_context(viewport={"width": 900, "height": 700})
    made.set_default_timeout(10_000)
    server.on(made)
    yield made
    made.close()


class Pane:
    """One tab."""

    def __init__(self, context) -> None:
        self.page = context.new_page()
        self.wrong: list[str] = []
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", self._heard)
        self.page.goto(ADDRESS)
        self.settle()

    def _heard(self, message) -> None:
        if "policy" in message.text.lower():
            self.wrong.append(message.text)

    def settle(self) -> None:
        self.page.wait_for_selector("#flow[data-settled=true]", state="attached")
        assert self.wrong == []

    @property
    def text(self) -> str:
        lines = self.page.locator("#text .cm-line").all_inner_texts()
        return "\n".join("" if line == "\n" else line for line in lines)

    def at_end_of(self, line: str) -> None:
        self.page.locator("#text .cm-line", has_text=line).first.click()
        self.page.keyboard.press("End")

    def type(self, text: str, behind: str) -> None:
        self.at_end_of(behind)
        self.page.keyboard.insert_text(text)

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def act(self, **do) -> None:
        """Do something in the drawing; settled is false before anything else runs."""
        self.page.evaluate(
            "do_ => import('/begin.js').then((main) => {"
            " main.page.act(do_).then((answer) => (window.answer = answer)); })",
            do,
        )

    def status(self, words: str) -> None:
        self.page.wait_for_function(
            "words => document.querySelector('#status').textContent.includes(words)", arg=words
        )


@pytest.fixture
def pane(context) -> Pane:
    return Pane(context)


def test_opening_changes_nothing(pane: Pane, server: StandIn) -> None:
    """The pane shows the draft, and asks the server for no change."""
    assert pane.text == FLOW
    assert server.asked == []


def test_words_have_the_colours_of_the_server(pane: Pane) -> None:
    """A line looks the same in the text pane as wherever else a flow is shown."""
    lines = [
        line
        for file in sorted((ROOT / "flows").rglob("*.flow"))
        for line in file.read_text("utf-8").split("\n")
    ]
    lines += [
        "store x",
        "  store x",
        'wait 1_000.5% "a\\"b" # "c',
        "é.wait 2026-01-02 09:30x 12-24 ½ ²3 x²",
        '"open',
    ]
    there = pane.page.evaluate(
        "lines => import('/static/flow/colours.js').then((all) => lines.map(all.pieces))", lines
    )
    here = [[[piece.kind, piece.text] for piece in highlight(line)] for line in lines]
    for line, one, other in zip(lines, here, there, strict=True):
        assert one == other, line
    words = pane.page.locator("#text .keyword").all_inner_texts()
    assert words[:3] == ["enter", "when", "wait"]


def test_typing_reaches_the_draft(pane: Pane, server: StandIn) -> None:
    """What is typed is in the draft, at its place, also behind letters that take two units."""
    pane.type(" # 🛒 cart", "send email welcome")
    pane.settle()
    pane.type(" and more", "🛒 cart")
    pane.settle()
    assert server.text == FLOW.replace("welcome", "welcome # 🛒 cart and more")
    assert pane.text == server.text
    assert pane.page.get_attribute("#flow", "data-document") == server.state
    assert pane.page.get_attribute("#flow", "data-document-state") == "unsaved"


def test_settled_is_false_at_once(pane: Pane, server: StandIn) -> None:
    """A script that types and waits for `data-settled` never sees an older answer."""
    server.held = []
    pane.type("x", "send email welcome")
    assert pane.page.get_attribute("#flow", "data-settled") == "false"
    server.let_go()
    pane.settle()


def test_undo_gives_the_bytes_back(pane: Pane, server: StandIn) -> None:
    """Typing and a change in the drawing are undone in their order, and done again."""
    pane.type(" # one", "send email welcome")
    pane.settle()
    pane.act(op="insert", behind="  wait 2 days", text="  send email third")
    pane.page.wait_for_function("() => window.answer")
    pane.settle()
    after = server.text
    assert "third" in pane.text
    pane.page.click("button[data-do=undo]")
    pane.settle()
    assert server.text == FLOW.replace("welcome", "welcome # one")
    pane.page.click("button[data-do=undo]")
    pane.settle()
    assert server.text == FLOW
    assert pane.page.get_attribute("#flow", "data-document-state") == "saved"
    pane.page.click("button[data-do=redo]")
    pane.page.click("button[data-do=redo]")
    pane.settle()
    assert server.text == after


def test_the_history_outlives_a_reload(pane: Pane, server: StandIn) -> None:
    """After a reload 200 steps can still be undone, to the byte."""
    pane.page.evaluate(
        """async () => {
          const { isolateHistory } = await import("/static/built/parts.js");
          const { page } = await import("/begin.js");
          let from = page.view.state.doc.line(5).to;
          for (let n = 0; n < 200; n += 1) {
            const insert = ` ${n}`;
            page.view.dispatch({
              changes: { from, insert }, annotations: isolateHistory.of("full"),
            });
            from += insert.length;
          }
        }"""
    )
    pane.settle()
    assert " 198 199\n" in server.text
    pane.page.reload()
    pane.settle()
    pane.page.evaluate(
        "import('/begin.js').then(({ page }) => { for (let n = 0; n < 199; n += 1) page.undo(); })"
    )
    pane.settle()
    assert server.text == FLOW.replace("welcome", "welcome 0")
    pane.page.click("button[data-do=undo]")
    pane.settle()
    assert server.text == FLOW


def test_typing_goes_on_while_the_server_works(pane: Pane, server: StandIn) -> None:
    """What is typed before an answer comes is laid over what the server did, and nothing moves."""
    server.held = []
    pane.act(op="insert", behind="  wait 1 hour", text="  send email between")
    pane.type(" # while", "send email second")
    pane.type("# first\n", "flow hello")
    server.let_go()
    pane.settle()
    expected = (
        FLOW.replace("  wait 1 hour\n", "  wait 1 hour\n  send email between\n")
        .replace("second", "second # while")
        .replace('"Hello":', '"Hello":# first\n')
    )
    assert pane.text == expected
    assert server.text == expected


def test_two_tabs_of_one_draft(context, server: StandIn) -> None:
    """Who comes second keeps the other tab's words and its own; undo takes back only its own."""
    one, two = Pane(context), Pane(context)
    one.type(" # from one", "wait 1 hour")
    one.settle()
    two.type(" # from two", "wait 2 days")
    two.settle()
    both = FLOW.replace("1 hour", "1 hour # from one").replace("2 days", "2 days # from two")
    assert server.text == both
    assert two.text == both
    two.page.click("button[data-do=undo]")
    two.settle()
    assert server.text == FLOW.replace("1 hour", "1 hour # from one")
    one.act(op="insert", behind="  wait 2 days", text="  send email third")
    one.settle()
    assert one.text == server.text
    assert "third" in server.text


def test_the_server_is_away(pane: Pane, server: StandIn) -> None:
    """While it is away one is told so and edits on; all of it arrives when it is back."""
    server.away = True
    pane.type(" # kept", "send email welcome")
    pane.status("The server is away")
    pane.act(op="insert", behind="  wait 2 days", text="  send email third")
    pane.type(" # too", "send email second")
    assert pane.page.get_attribute("#flow", "data-settled") == "false"
    server.away = False
    pane.settle()
    assert server.text == pane.text
    assert server.text == (
        FLOW.replace("welcome", "welcome # kept")
        .replace("  wait 2 days\n", "  wait 2 days\n  send email third\n")
        .replace("second", "second # too")
    )
    assert pane.page.locator("#status").inner_text() == ""


@pytest.mark.parametrize("drawing", [False, True])
def test_a_lost_answer_doubles_nothing(pane: Pane, server: StandIn, drawing: bool) -> None:
    """Where only the answer of the server was lost, nothing is done twice."""
    server.drop_answer = True
    if drawing:
        pane.act(op="insert", behind="  wait 2 days", text="  send email third")
        expected = FLOW.replace("  wait 2 days\n", "  wait 2 days\n  send email third\n")
    else:
        pane.type(" # once", "send email welcome")
        expected = FLOW.replace("welcome", "welcome # once")
    pane.settle()
    assert server.text == expected
    assert pane.text == expected


def test_what_was_not_sent_outlives_a_reload(pane: Pane, server: StandIn) -> None:
    """A reload before the server has everything sends the rest from the new page."""
    server.held = []
    pane.type(" # flying", "send email welcome")
    pane.type(" # behind", "send email second")
    server.held = None
    pane.page.reload()
    pane.settle()
    expected = FLOW.replace("welcome", "welcome # flying").replace("second", "second # behind")
    assert server.text == expected
    assert pane.text == expected
    for _ in range(2):
        if server.text != FLOW:  # on a slow machine both went out as one edit
            pane.page.click("button[data-do=undo]")
            pane.settle()
    assert server.text == FLOW


def test_signed_out(pane: Pane, server: StandIn) -> None:
    """Signed out in another tab one keeps what one typed; the next session sends it."""
    server.signed_out = True
    pane.type(" # kept", "send email welcome")
    pane.status("You are signed out")
    server.token = "two"
    server.signed_out = False
    pane.settle()
    assert server.text == FLOW.replace("welcome", "welcome # kept")


def test_a_refusal_is_told_and_changes_nothing(pane: Pane, server: StandIn) -> None:
    """What cannot be done says why; what was typed before it stays."""
    pane.type(" # kept", "send email welcome")
    pane.act(op="refuse")
    pane.status("This cannot be done.")
    pane.settle()
    assert server.text == pane.text == FLOW.replace("welcome", "welcome # kept")


def test_saving_by_key(pane: Pane, server: StandIn) -> None:
    """Ctrl+S saves what is typed up to the key."""
    pane.type(" # kept", "send email welcome")
    pane.press("Control+s")
    pane.status("Saved.")
    pane.settle()
    assert server.saved == FLOW.replace("welcome", "welcome # kept")
    assert pane.page.get_attribute("#flow", "data-document-state") == "saved"


def test_choosing_goes_both_ways(pane: Pane) -> None:
    """The caret chooses its step; a step that is chosen elsewhere is marked in the text."""
    chosen = "import('/begin.js').then(({ page }) => page.selected)"
    pane.at_end_of("wait 1 hour")
    assert pane.page.evaluate(chosen) == ["wait_1_hour"]
    pane.at_end_of("# a note")
    assert pane.page.evaluate(chosen) == ["wait_2_days"]
    pane.page.evaluate("import('/begin.js').then(({ page }) => page.select(['send_email_second']))")
    assert pane.page.locator("#text .cm-chosen").all_inner_texts() == ["  send email second"]


def test_problems_are_marked(context, server: StandIn) -> None:
    """What is wrong is underlined where it stands, and `data-checked` says for which text."""
    place = {"line": 5, "column": 14, "end_line": 5, "end_column": 21}
    said = {"severity": "error", "code": "unknown", "message": "There is no welcome."}
    server.problems = [{**place, **said, "hint": "", "step": None}]
    pane = Pane(context)
    pane.page.wait_for_selector(f"#flow[data-checked='{server.state}']", state="attached")
    assert pane.page.locator("#text .cm-lintRange-error").all_inner_texts() == ["welcome"]


def test_no_style_is_refused(pane: Pane) -> None:
    """CodeMirror's own styles carry the page's nonce."""
    assert json.loads(
        pane.page.evaluate(
            "JSON.stringify(getComputedStyle(document.querySelector('.cm-line')).whiteSpace)"
        )
    ) in {"pre", "break-spaces"}


def test_other_declarations_are_folded(context, server: StandIn) -> None:
    """The text shows the page's flow; the rest of the file is one click away, and is kept."""
    server.text = server.saved = FLOW + '\ntest "one" for hello:\n  given nothing\n'
    pane = Pane(context)
    assert "given nothing" not in pane.text
    assert "send email second" in pane.text
    pane.page.locator("#text .cm-more").click()
    assert pane.text == server.text
