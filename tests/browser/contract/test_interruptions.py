"""A server that dies, a person who is signed out: typing goes on, and all of it arrives."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import ROOT, started
from tests.browser.contract.editor import Editor, flow_of, typed
from tests.browser.shops import PASSWORD, invite

ADMIN = "admin@example.com"
AWAY = "The server is away. What you type stays here and is sent when it is back."
OUT = "You are signed out. What you type stays here; sign in in another tab and it is sent."


class House:
    """A shop's own server, which can be killed and started again at its address."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.flows = folder, folder / "flows"
        self.flows.mkdir()
        shutil.copy(ROOT / "flows" / "store.flow", self.flows)
        (self.flows / "one.flow").write_text(flow_of("one", ["wait 1 hour", "wait 2 days"]))
        self.process: subprocess.Popen[str]
        self.start()

    def start(self, port: str = "0") -> None:
        words = ("run", str(self.flows), "--port", port, "--data", str(self.folder / "data"))
        self.process, self.address = started(*words)

    def again(self) -> None:
        self.start(self.address.rpartition(":")[2])

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("house"))
    invite(house.folder / "data", ADMIN, "admin")
    yield house
    house.kill()


@pytest.fixture
def one(chromium, house) -> Iterator[Editor]:
    """The flow's page of somebody who has signed in."""
    # A browser tells its console of every request that nobody answered.
    context = chromium.new_context(base_url=house.address)
    context.set_default_timeout(20_000)
    sign_in(context.new_page())
    yield Editor(context.new_page(), house.folder, "one")
    context.close()


def sign_in(tab) -> None:
    tab.goto("/sign-in")
    tab.get_by_label("E-mail").fill(ADMIN)
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.get_by_role("button", name="Sign out").wait_for()


def says(one: Editor, sentence: str) -> None:
    one.page.get_by_role("status").filter(has_text=sentence).wait_for()


def test_signed_out_elsewhere_while_typing(one: Editor) -> None:
    """The page says what to do; when one has signed in again the draft has every letter."""
    other = one.page.context.pages[0]
    typed(one, "wait 1 hour", "  # before,")
    one.settle()
    other.get_by_role("button", name="Sign out").click()
    other.get_by_role("heading", name="Sign in").wait_for()
    one.page.keyboard.type(" meanwhile,")
    says(one, OUT)
    one.page.keyboard.type(" after")
    sign_in(other)
    one.settle()
    assert one.differing() == (["  wait 1 hour"], ["  wait 1 hour  # before, meanwhile, after"])
    assert one.page.locator("#status").text_content() == ""
    one.undo_all()


def test_a_form_that_is_filled_in_while_signed_out(one: Editor) -> None:
    """The field is written and the form of the step that was chosen comes when one is back."""
    other = one.page.context.pages[0]
    one.choose("wait_1_hour")
    other.get_by_role("button", name="Sign out").click()
    other.get_by_role("heading", name="Sign in").wait_for()
    one.page.locator("#inspector form [name=amount]").fill("5")
    one.step("wait_2_days").click()
    says(one, OUT)
    assert one.page.locator("#inspector form").get_attribute("data-step") == "wait_1_hour"
    sign_in(other)
    one.page.locator('#inspector form[data-step="wait_2_days"]').wait_for()
    one.settle()
    assert one.differing() == (["  wait 1 hour"], ["  wait 5 hours"])
    assert one.page.locator("#status").text_content() == ""
    one.undo_all()


@pytest.fixture
def clash(one: Editor, house: House) -> Editor:
    """A page that asks which of two versions shall stand, in a browser that is signed out."""
    name = f"clash_{len([*house.flows.iterdir()])}"
    file = house.flows / f"{name}.flow"
    before = flow_of(name, ["wait 1 hour", "wait 2 days"])
    file.write_text(before)
    one = Editor(one.page, house.folder, name)
    typed(one, "wait 1 hour", "  # mine")
    one.settle()
    file.write_text(before.replace("wait 1 hour", "wait 7 hours"))
    one.page.locator("#conflict [data-conflict]").wait_for()
    other = one.page.context.pages[0]
    other.get_by_role("button", name="Sign out").click()
    other.get_by_role("heading", name="Sign in").wait_for()
    return one


@pytest.mark.parametrize(
    ("side", "row"), [("mine", "  wait 1 hour  # mine"), ("theirs", "  wait 7 hours")]
)
def test_a_conflict_that_is_settled_while_signed_out(clash: Editor, side: str, row: str) -> None:
    """What is chosen holds, and what is typed elsewhere meanwhile is there, too."""
    clash.page.locator(f"#conflict button[data-choose={side}]").click()
    says(clash, OUT)
    typed(clash, "enter when purchase", "  # meanwhile")
    sign_in(clash.page.context.pages[0])
    clash.page.locator("#flow[data-document-state=unsaved]").wait_for(state="attached")
    clash.settle()
    wanted = flow_of(clash.flow, [row.strip(), "wait 2 days"])
    assert clash.draft().decode() == wanted.replace("purchase", "purchase  # meanwhile")
    assert clash.page.locator("#conflict").is_hidden()
    assert clash.page.locator("#status").text_content() == ""


def test_a_conflict_whose_lines_are_typed_in_after_the_choice(clash: Editor) -> None:
    """What was chosen away is not what stands there by now: nothing is lost, it is asked again."""
    clash.page.locator("#conflict button[data-choose=theirs]").click()
    says(clash, OUT)
    typed(clash, "wait 1 hour", ", and more")
    sign_in(clash.page.context.pages[0])
    says(clash, "These lines have changed since you chose. Choose again.")
    clash.settle()
    assert "wait 1 hour  # mine, and more" in clash.draft().decode()
    mine = clash.page.locator("#conflict [data-side=mine]")
    assert "mine, and more" in mine.text_content()
    clash.page.locator("#conflict button[data-choose=theirs]").click()
    clash.page.locator("#flow[data-document-state=saved]").wait_for(state="attached")
    assert b"wait 7 hours" in clash.draft()


def test_a_server_killed_between_two_edits(one: Editor, house: House) -> None:
    """What was done before is in the draft, what is done meanwhile is sent when it is back."""
    one.choose("wait_1_hour")
    one.do("duplicate")
    house.kill()
    typed(one, "wait 2 days", "  # meanwhile")
    says(one, AWAY)
    house.again()
    reader = one.page.context.new_page()
    text = reader.request.get("/flows/one/text").text()
    assert text.count("wait 1 hour") == 2
    one.settle()
    assert one.differing() == (["  wait 2 days"], ["  wait 1 hour", "  wait 2 days  # meanwhile"])
    one.undo_all()
