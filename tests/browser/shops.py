"""Two servers to look at: the demo, and a house without customers that people sign in to."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.browser.conftest import (
    ARGUMENTS,
    CHROMIUM,
    ENVIRONMENT,
    ROOT,
    VERB,
    running_demo,
    served,
)
from tests.browser.shopping import forward, tent_in_the_cart

PASSWORD: Final = "a password for looking"
PEOPLE: Final = {"admin@example.com": "admin", "viewer@example.com": "viewer"}

EMPTY: Final = 'flow look_empty "Nothing yet":\n  enter when purchase\n'
SMALL: Final = """flow look_small "Welcome back":
  enter when purchase where value >= 50

  wait 2 days
  send email order_thanks
"""
BROKEN: Final = """flow look_broken "One line that cannot be read":
  enter when purchase

  wait 2 days
  if customer.country iss "DE":
    send email order_thanks
  else:
    snd email order_thanks
  add tag "bought"
"""
CONFLICT: Final = """flow look_conflict "Two people at once":
  enter when purchase

  wait 2 days
  send email order_thanks
"""


def long(steps: int = 60) -> str:
    """A flow with so many steps, a branch after every sixth."""
    lines = ['flow look_long "A very long way through sixty steps and many branches":']
    lines += ["  enter when purchase", ""]
    for n in range(steps // 6):
        lines += [
            f"  wait {n + 1} hours",
            '  if customer.country is "DE":',
            "    send email order_thanks",
            "  else:",
            "    send email order_delivered",
            f'  add tag "step:{n}"',
            '  add tag "reader"',
        ]
    return "\n".join(lines) + "\n"


class Shop(NamedTuple):
    """A server that runs: its address, and the folder of its flows."""

    address: str
    flows: Path


@contextmanager
def demo(data: Path) -> Iterator[Shop]:
    """The demo, with its customers and their letters."""
    with running_demo(data) as address:
        _leave_a_cart(address)
        yield Shop(address, data / "flows")


def _leave_a_cart(address: str) -> None:
    """Somebody fills a cart and goes, and a day passes: the inbox has letters, the flows people."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(base_url=address)
        tent_in_the_cart(page)
        forward(page, "+ 1 hour")
        forward(page, "+ 1 day")
        browser.close()


@contextmanager
def house(data: Path) -> Iterator[Shop]:
    """A shop without customers, where people of two roles may sign in.

    Its flows are some that are empty, small, long, broken and fought over.
    """
    flows = data.parent / "house-flows"
    (flows / "messages").mkdir(parents=True)
    shutil.copy(ROOT / "flows" / "store.flow", flows)
    messages = ROOT / "flows" / "messages"
    for file in (
        *messages.glob("_*"),
        *messages.glob("order_thanks.*"),
        *messages.glob("order_del*"),
    ):
        shutil.copy(file, flows / "messages")
    with served("run", str(flows), "--port", "0", "--data", str(data)) as address:
        for email, role in PEOPLE.items():
            invite(data, email, role)
        for name, text in {
            "empty": EMPTY,
            "small": SMALL,
            "long": long(),
            "broken": BROKEN,
            "conflict": CONFLICT,
        }.items():
            (flows / f"look_{name}.flow").write_text(text, "utf-8")
        yield Shop(address, flows)


def invite(data: Path, email: str, role: str) -> None:
    """Let somebody sign in to the server of this data folder."""
    subprocess.run(
        [*VERB, "user", "add", email, "--role", role, "--data", str(data)],
        input=f"{PASSWORD}\n{PASSWORD}\n",
        text=True,
        check=True,
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
    )


def sign_in(context: Any, person: str) -> None:
    """Sign in by the form's own request."""
    answer = context.request.get("/sign-in")
    form = {"csrf": _csrf(answer.text()), "email": person, "password": PASSWORD}
    answer = context.request.post("/sign-in", form=form)
    assert answer.ok, answer.status


def speak(context: Any, language: str, path: str) -> None:
    """Choose a language for the session."""
    token = _csrf(context.request.get(path).text())
    answer = context.request.post(
        "/language", form={"csrf": token, "language": language, "back": path}
    )
    assert answer.ok, answer.status


def _csrf(html: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    assert found, "the page has no form"
    return found[1]
