"""A running shop of two flows in a git repository, people inside, and a browser that signs in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from editor.app import Front, create_app
from editor.documents import Documents
from editor.users import add_user
from engine.clock import SettableClock
from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from engine.service.service import Service
from engine.settings import Settings
from tests.editor.pages import NOW, PASSWORD
from tests.editor.publishing.shop import ADA, BEN, HELLO, MAIL, VERA, git, signed_in


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shop in a folder of a repository in which other things lie, too."""
    folder = tmp_path / "shop" / "flows"
    (folder / "messages").mkdir(parents=True)
    (folder / "hello.flow").write_text(HELLO, encoding="utf-8")
    bye = 'flow bye "Good bye":\n  enter when view_item\n\n  wait 2 hours\n'
    (folder / "bye.flow").write_text(bye, encoding="utf-8")
    (folder / "messages" / "hello_mail.email.mjml").write_text(MAIL, encoding="utf-8")
    (folder.parent / "notes.txt").write_text("one\n", encoding="utf-8")
    git(folder.parent, "init", "-q", "-b", "main")
    git(folder.parent, "add", "-A")
    git(folder.parent, "commit", "-q", "-m", "one")
    return folder


@pytest.fixture
def service(tmp_path: Path, folder: Path) -> Iterator[Service]:
    made = Service(tmp_path / "data", folder, Settings(publish_asks_above=2), SettableClock(NOW))
    made.start(background=False)
    for email, role in ((ADA, "marketer"), (BEN, "developer"), (VERA, "viewer")):
        made.writer.run(lambda tx, e=email, r=role: add_user(tx, e, PASSWORD, r, NOW))
    yield made
    made.stop()


@pytest.fixture
def front(service: Service, folder: Path) -> Front:
    return create_app(service, folder)


@pytest.fixture
def files(front: Front) -> Documents:
    pages: Any = front.pages
    found: Documents = pages.app.state.documents
    return found


@pytest.fixture
def client(front: Front) -> TestClient:
    return signed_in(front, ADA)


@pytest.fixture
def enter(service: Service) -> Callable[[int], None]:
    """So many people buy something, and wait in the flow `hello`."""

    def entered(people: int) -> None:
        bought = [
            Incoming("track", f"m{n}", user=f"u{n}", event="purchase", properties={"value": 20})
            for n in range(people)
        ]
        service.writer.run(lambda tx: take(tx, bought, service.deployment.types, NOW))
        service.tick()

    return entered
