"""Looks at every example mail in every language, width and colour scheme, as its reader would.

    python -m tests.browser.mails [--out FOLDER] [--only TEXT] [--width N] [--scheme NAME] ...

writes a picture of each and prints the faults; the exit code is 1 where there are any.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from editor.demo.pictures import picture
from editor.demo.products import PRODUCTS
from engine.messages import Messages
from engine.messages.block import Block
from engine.messages.rendered import Untracked
from engine.messages.samples import rich, sparse
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.looks import axe, faults

MESSAGES = Path("flows/messages")
WIDTHS = (320, 600, 1200)
SCHEMES = ("light", "dark")
COUNTRIES = {"de": "DE", "en": "GB", "sr": "RS"}
LANGUAGES = tuple(COUNTRIES)
TRANSACTIONAL = ("confirmation", "order_confirmed", "order_shipped", "order_delivered")
"""Nobody unsubscribes from these."""
WAYS = Untracked(*(f"https://headrace.shop.example/{way}/x" for way in "upm"))
"""The ways out of a mail that its foot names."""
KNOWN = ("much", "little")
SHOWN = ("tent-2p", "boots-42", "coffee-1kg", "shell", "stove", "pack-60")
NOT_OURS = ("axe region", "axe landmark-one-main")
"""What the page around a mail has to have, which is the mail program's."""
OURS = ("text cut off", "page scrolls sideways", "targets overlap", "contrast under", "axe ")
"""What is a fault of a mail; how a link's focus looks is its reader's program to say."""
OVERLAPS = """() => {
  const lines = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element.checkVisibility({ opacityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) if (box.width > 1) lines.push({ box, node });
  }
  const found = [];
  for (const [n, one] of lines.entries())
    for (const other of lines.slice(n + 1)) {
      if (one.node === other.node) continue;
      const [a, b] = [one.box, other.box];
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 3 && high > 6)
        found.push(`texts overlap: “${one.node.data.trim()}” and “${other.node.data.trim()}”`);
    }
  return found;
}"""


class Mail(NamedTuple):
    """A mail as one reader gets it. `known` is how much the shop knows of them."""

    name: str
    channel: str
    language: str
    known: str = "much"

    def html(self, messages: Messages) -> str:
        context = _context(self.known)
        context["customer"] |= {"language": self.language, "country": COUNTRIES[self.language]}
        context["transactional"] = self.name in TRANSACTIONAL
        return messages.render(self.name, self.channel, context, links=WAYS).html

    def __str__(self) -> str:
        return f"{self.name}-{self.channel}-{self.language}-{self.known}"


def _context(known: str) -> dict[str, Any]:
    """An invented customer with products of the demo, which have pictures."""
    if known != "much":
        return sparse()
    context = rich()
    shown = [_product(name) for name in SHOWN]
    context["products"] = Block({**one, "filled": False} for one in shown)
    context["product"] = context["item"] = {**shown[0], "stock": 4}
    lines = [{**shown[0], "quantity": 1}, {**shown[2], "quantity": 2}]
    total = sum(one["price"] * one["quantity"] for one in lines)
    context["cart"] |= {"items": lines, "value": total}
    context["order"] |= {"items": lines, "value": total}
    return context


def _product(name: str) -> dict[str, Any]:
    told = PRODUCTS[name].row("https://shop.example")
    for money in ("price", "old_price"):
        if money in told:
            told[money] = round(told[money] * 100)
    return told


def mails(messages: Messages) -> Iterator[Mail]:
    """Every mail of the shop in every language; staff read one."""
    for name in messages.names():
        for channel in messages.channels(name):
            if channel not in {"email", "staff"}:
                continue
            for language in LANGUAGES if channel == "email" else LANGUAGES[:1]:
                yield from (Mail(name, channel, language, known) for known in KNOWN)


class Reader:
    """A mail program: a window that shows one mail after another, and the shop's pictures."""

    def __init__(self, browser: Any, width: int, scheme: str) -> None:
        self.width = width
        self.page = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
        ).new_page()
        self.page.route("**/*", self._serve)

    def show(self, html: str) -> None:
        """Show a mail, with its pictures there."""
        self.page.set_content(html, wait_until="load")

    def faults(self, *, with_axe: bool) -> list[str]:
        """What is wrong with the mail that is shown."""
        found = faults(self.page) + self.page.evaluate(OVERLAPS)
        found += axe(self.page) if with_axe else []
        ours = (one for one in found if one.startswith((*OURS, "texts overlap")))
        return [one for one in ours if not one.startswith(NOT_OURS)]

    def close(self) -> None:
        self.page.context.close()

    @staticmethod
    def _serve(route: Any) -> None:
        drawn = picture(Path(route.request.url).stem)
        if drawn is None:
            route.abort()
        else:
            route.fulfill(body=drawn, content_type="image/svg+xml")


def look(reader: Reader, mail: Mail, messages: Messages, folder: Path | None) -> list[str]:
    """One picture and its faults."""
    reader.show(mail.html(messages))
    found = reader.faults(with_axe=reader.width == WIDTHS[1])  # it measures no widths
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        reader.page.screenshot(path=folder / f"{mail}.png", full_page=True)
    return found


def main() -> int:
    from playwright.sync_api import sync_playwright

    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--out", type=Path, help="Where the pictures go.")
    asked.add_argument("--only", default="", help="Mails with this in their name.")
    asked.add_argument("--width", type=int)
    asked.add_argument("--scheme")
    asked.add_argument("--language")
    asked.add_argument("--known", help="much or little: of how much the shop knows.")
    given = asked.parse_args()
    messages = Messages(MESSAGES)
    wrong = seen = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for width in WIDTHS:
            for scheme in SCHEMES:
                if given.width not in {None, width} or given.scheme not in {None, scheme}:
                    continue
                reader = Reader(browser, width, scheme)
                for mail in mails(messages):
                    if given.only not in str(mail) or given.language not in {None, mail.language}:
                        continue
                    if given.known not in {None, mail.known}:
                        continue
                    folder = given.out / f"{width}-{scheme}" if given.out else None
                    found = look(reader, mail, messages, folder)
                    seen += 1
                    wrong += len(found)
                    for one in found:
                        print(f"{width}-{scheme} {mail}: {one}", flush=True)
                reader.close()
        browser.close()
    print(f"{seen} looks, {wrong} faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
