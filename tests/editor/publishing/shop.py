"""The shop of these tests, its people, and git as they use it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from fastapi.testclient import TestClient

from editor.app import Front
from editor.documents import Documents
from tests.editor.pages import PASSWORD, csrf

ADA, BEN, VERA = "ada@example.com", "ben@example.com", "vera@example.com"
HELLO = """
store "Pages":
  timezone "Europe/Berlin"
  currency EUR
  sender email "Shop <shop@example.com>"

flow hello "Say hello":
  enter when purchase

  wait 1 hour
  send email hello_mail as greeting

test "an hour later" for hello:
  given customer (email: "ada@example.com")
  after 0 minutes purchase (value: 20)
  expect email hello_mail after 1 hour
"""
MAIL = """---
subject: Hello
---
<mjml><mj-body><mj-section><mj-column>
<mj-text>Hi</mj-text>
</mj-column></mj-section></mj-body></mjml>
"""


def git(folder: Path, *words: str) -> str:
    clean = {name: one for name, one in os.environ.items() if not name.startswith("GIT_")}
    who = ("-c", "user.name=Cleo", "-c", "user.email=cleo@example.com")
    done = subprocess.run(
        ["git", *who, *words], cwd=folder, env=clean, check=False, capture_output=True, text=True
    )
    return done.stdout.rstrip("\n")


def signed_in(front: Front, email: str) -> TestClient:
    client = TestClient(front, base_url="http://127.0.0.1:8400", follow_redirects=False)
    told = {"csrf": csrf(client.get("/sign-in").text), "email": email, "password": PASSWORD}
    assert client.post("/sign-in", data=told).status_code == 303
    return client


def edit(files: Documents, old: str, new: str, *, who: str = ADA, file: str = "hello.flow") -> None:
    """Change a draft."""
    document = files.document(who, file)
    assert old in document.text
    files.edit(who, file, document.state, document.text.replace(old, new))


def words(html: str) -> str:
    """What a page says, without its elements."""
    html = html.partition("<main")[2]
    return " ".join(re.sub(r"<[^>]*>", " ", html).replace("&#39;", "'").split())


def form(html: str) -> dict[str, str]:
    """The fields of the form that publishes, as they stand."""
    found = html.partition('class="sheet go"')[2].partition("</form>")[0]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', found))


def publish(client: TestClient, path: str = "/flows/hello/publish", **more: str) -> str:
    """Open the page, press its button, and say what the page behind it says."""
    told = form(client.get(path).text)
    answer = client.post(path, data=told | more)
    assert answer.status_code == 303, words(answer.text)
    return client.get(answer.headers["location"]).text
