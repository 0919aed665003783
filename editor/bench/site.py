"""The example shop with a long flow, served on loopback by this process, and somebody signed in."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from editor.app import create_app
from editor.bench.long import NAME, long_flow
from editor.users import add_user
from engine.bench.serving import served
from engine.collecting import sparing
from engine.projects.example import example_flows
from engine.service.service import Service
from engine.settings import Settings

EMAIL: Final = "bench@example.com"
PASSWORD: Final = "measured by nobody"  # noqa: S105 - of a shop that lives for this run
PATIENCE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Site:
    """`address` is where it answers, `file` that of the flow called `name`."""

    address: str
    folder: Path
    file: Path
    service: Service
    name: str = NAME

    @property
    def path(self) -> str:
        """The flow's page."""
        return f"/flows/{self.name}"

    @contextmanager
    def client(self) -> Iterator[httpx.Client]:
        """Somebody signed in, with the token that edits carry."""
        with signed_in(self.address) as client:
            answer = client.get(self.path)
            answer.raise_for_status()
            token = _between(answer.text, '<meta name="csrf" content="')
            client.headers["x-csrf-token"] = token
            yield client


@contextmanager
def site(steps: int) -> Iterator[Site]:
    """A shop whose flow has so many steps, until the end of the block."""
    with tempfile.TemporaryDirectory(prefix="headrace-edit-") as place:
        folder = Path(place) / "shop"
        shutil.copytree(example_flows(), folder)
        file = folder / f"{NAME}.flow"
        file.write_text(long_flow(steps), encoding="utf-8")
        # What is live plays no part: publishing the whole shop would take most of the time.
        live = Path(place) / "live"
        live.mkdir()
        shutil.copy(folder / "store.flow", live)
        service = Service(Path(place) / "data", live, Settings(), transports={})
        service.start()
        try:
            with standing(service, folder) as address:
                yield Site(address, folder, file, service)
        finally:
            service.stop()


@contextmanager
def signed_in(address: str) -> Iterator[httpx.Client]:
    """Whoever `standing` lets in."""
    with httpx.Client(base_url=address, timeout=PATIENCE_S) as client:
        form = {"email": EMAIL, "password": PASSWORD}
        form["csrf"] = _between(client.get("/sign-in").text, 'name="csrf" value="')
        client.post("/sign-in", data=form)
        yield client


@contextmanager
def standing(service: Service, folder: Path) -> Iterator[str]:
    """The pages of a service, served on loopback by this process, with a user: the address."""
    service.writer.run(lambda tx: add_user(tx, EMAIL, PASSWORD, "marketer"))
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    service.set_public_url(address)
    with served(create_app(service, folder), listener, PATIENCE_S), sparing():
        yield address


def _between(text: str, start: str, end: str = '"') -> str:
    return text.partition(start)[2].partition(end)[0]
