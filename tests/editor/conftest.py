"""A running shop with one flow, and a browser that signs in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from editor.app import create_app
from editor.users import add_user
from engine.clock import SettableClock
from engine.service.service import Service
from engine.settings import Settings
from tests.editor.pages import FLOWS, MAIL, NOW, PASSWORD


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    flows = tmp_path / "flows"
    (flows / "messages").mkdir(parents=True)
    (flows / "hello.flow").write_text(FLOWS, encoding="utf-8")
    (flows / "messages" / "hello_mail.email.mjml").write_text(MAIL, encoding="utf-8")
    made = Service(tmp_path / "data", flows, Settings(), SettableClock(NOW))
    made.start(background=False)
    made.writer.run(lambda tx: add_user(tx, "ada@example.com", PASSWORD, "marketer", NOW))
    yield made
    made.stop()


@pytest.fixture
def client(service: Service, tmp_path: Path) -> TestClient:
    return TestClient(
        create_app(service, tmp_path / "flows"),
        base_url="http://127.0.0.1:8400",
        follow_redirects=False,
    )
