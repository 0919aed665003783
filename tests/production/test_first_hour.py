"""The README's own words, run as they stand: from `new` to a mail in a mailbox."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

ROOT = Path(__file__).resolve().parents[2]
SECTION = "## Your own shop, from nothing to a mail"
COMMAND = "from editor.cli import main; main()"


class Mailbox:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[str] = []

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        self.mails.append(bytes(envelope.content or b"").decode())
        return "250 OK"


def blocks() -> list[str]:
    """The indented blocks of the section, each as it would be typed."""
    text = (ROOT / "README.md").read_text("utf-8")
    section = text[text.index(SECTION) :].partition("\n## ")[0]
    found = re.findall(r"(?:^    .*\n|^\n(?=    ))+", section, re.MULTILINE)
    return [re.sub(r"^    ", "", one, flags=re.MULTILINE).strip("\n") for one in found]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


def test_the_readme_leads_from_nothing_to_a_mail(
    tmp_path: Path, mailbox: tuple[Mailbox, int]
) -> None:
    """Every command of the README's second section does what it says, in its order."""
    box, smtp = mailbox
    _setup, make, inbox, serve, tell, *_ = blocks()
    assert inbox.startswith("aiosmtpd")
    port, here = free_port(), tmp_path / "headrace"
    here.mkdir()
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "headrace").write_text(f'#!/bin/sh\nexec {sys.executable} -c "{COMMAND}" "$@"\n')
    (programs / "headrace").chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HEADRACE_SMTP_URL": f"smtp://127.0.0.1:{smtp}",
    }

    def sh(script: str, folder: Path) -> str:
        done = subprocess.run(
            ["sh", "-ec", script.replace("8400", str(port))],
            cwd=folder, env=environment, capture_output=True, text=True, timeout=90, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    made = sh(make, here)
    assert "0 errors, 0 warnings" in made
    assert "3 passed, 0 failed" in made
    started = serve.replace("headrace run", f"exec headrace run --port {port}")
    server = subprocess.Popen(
        ["sh", "-ec", started], cwd=here, env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        assert server.stderr is not None
        # Who binds the port first answers `ready`; every earlier line is a note.
        ready = next(line for line in server.stderr if line.startswith("ready "))
        assert ready.strip() == f"ready http://127.0.0.1:{port}"
        told = sh(
            tell.replace("headrace trace", "headrace trace --format text"), tmp_path / "my-shop"
        )
        assert '{"success":true}' in told
        assert "welcome version 1" in told
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=60)
    (mail,) = box.mails
    assert "Subject: Welcome to My shop" in mail
    assert "To: ada@example.com" in mail
    assert "WELCOME-" in mail
