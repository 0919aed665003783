"""One flow page, driven by its contract for scripts."""

import difflib
from pathlib import Path

FLOW = "abandoned_cart"


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
