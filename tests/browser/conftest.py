"""A demo and a Chromium to click through it with."""

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CHROMIUM = os.environ.get("HEADRACE_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# Whatever a page forbids itself and tries all the same is told to the console, as an error.
COMPLAINTS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""


VERB = (sys.executable, "-c", "from editor.cli import main; main()")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name[:9] != "HEADRACE_"}


def started(*words: str) -> tuple[subprocess.Popen[str], str]:
    """A server of its own by this verb of `headrace`, and its address."""
    process = subprocess.Popen(
        [*VERB, *words], cwd=ROOT, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
    )
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if line.startswith("ready "):
            return process, line.removeprefix("ready ").strip()
    raise AssertionError("the server did not start:\n" + "".join(said))


@contextmanager
def served(*words: str) -> Iterator[str]:
    """The address of a server of its own, which is ended in order."""
    process, address = started(*words)
    try:
        yield address
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert process.returncode == 0, "SIGTERM ends a server in order"


@cache
def _begun() -> Path:
    """The folder of a demo that has begun, and ended."""
    folder = Path(tempfile.mkdtemp(prefix="headrace-demo-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with served("demo", "--port", "0", "--data", str(folder)):
        return folder


def running_demo(data: Path) -> AbstractContextManager[str]:
    """A demo of its own on a data folder, empty or not there yet; gives its address.

    It goes on where another has begun, which a page does not see: to begin takes the longest.
    """
    shutil.copytree(_begun(), data, dirs_exist_ok=True)
    noted = json.loads((data / "installation.json").read_text("utf-8"))
    noted["database"] = f"file {(data / 'headrace.db').stat().st_ino}"  # no copy of a live shop
    (data / "installation.json").write_text(json.dumps(noted), "utf-8")
    return served("demo", "--port", "0", "--data", str(data))


SHARED = frozenset(
    {
        "test_every_page",
        "test_flow_page",
        "test_hands",
        "test_hands_moving",
        "test_inspector",
        "test_patched_drawing",
        "test_reading_a_drawing",
        "test_screen_reader",
    }
)
"""Files whose tests read, or write drafts of their own: one demo does for all of them."""


LONG = frozenset({"test_hands", "test_hands_moving", "test_looks", "test_reading_a_drawing"})
"""Files that take minutes: `make test-browser` runs them. The contract holds the same in short."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Tests that share a demo run in one process, where it is started once."""
    path = Path(item.path)
    if HERE in path.parents:
        if path.stem in LONG and not os.environ.get("HEADRACE_BROWSER"):
            item.add_marker(pytest.mark.skip(reason="takes minutes: `make test-browser`"))
        own = "demo" if path.stem in SHARED else path.stem
        group = own if path.parent == HERE else path.parent.name
        item.add_marker(pytest.mark.xdist_group(f"browser-{group}"))


@pytest.fixture(scope="session")
def shared_demo(tmp_path_factory) -> Iterator[str]:
    with running_demo(tmp_path_factory.mktemp("demo")) as address:
        yield address


@pytest.fixture(scope="module")
def demo(request, tmp_path_factory) -> Iterator[str]:
    """The address of a demo."""
    if request.path.stem in SHARED:
        yield request.getfixturevalue("shared_demo")
        return
    with running_demo(tmp_path_factory.mktemp("demo")) as address:
        yield address


# Not for the whole session: while it runs, the tests of others could start no event loop.
@pytest.fixture(scope="module")
def chromium():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not Path(CHROMIUM).exists():
        pytest.skip(f"there is no Chromium at {CHROMIUM}; set HEADRACE_CHROMIUM")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, demo):
    """Gives pages at the demo; at the end none of them may have complained."""
    complaints: list[str] = []
    contexts = []

    def page_of(width: int = 1280, height: int = 900, **more):
        context = chromium.new_context(
            viewport={"width": width, "height": height}, base_url=demo, **more
        )
        context.set_default_timeout(10_000)
        context.add_init_script(COMPLAINTS)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console",
            lambda message: (
                complaints.append(f"{page.url}: {message.text}")
                if message.type in {"error", "warning"}
                else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        return page

    yield page_of
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture
def editing(open_page):
    """Opens a flow's page and waits until both panes show the draft."""

    def opened(address: str = "/flows/abandoned_cart", **more):
        page = open_page(**({"width": 1400} | more))
        page.goto(address)
        page.wait_for_selector("#flow[data-settled=true]")
        return page

    return opened
