"""The draft of one flow, edited as a page does it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from tests.editor.pages import sign_in


class Draft:
    """The draft of one flow, edited as a page does it."""

    def __init__(self, client: TestClient, file: Path, flow: str = "hello") -> None:
        self.client, self.file, self.flow = client, file, flow
        sign_in(client)
        html = client.get(f"/flows/{flow}").text
        self.token = html.partition('name="csrf" content="')[2].partition('"')[0]
        self.state = html.partition('data-document="')[2].partition('"')[0]

    def post(self, rest: str, **body: Any) -> dict[str, Any]:
        answer = self.client.post(
            f"/api/flows/{self.flow}/{rest}",
            json={"state": self.state, **body},
            headers={"X-CSRF-Token": self.token},
        )
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        self.state = said["state"]
        return said

    def do(self, op: str, **more: Any) -> dict[str, Any]:
        return self.post("edit", do={"op": op, **more})

    def type(self, *edits: tuple[int, int, int, int, str]) -> dict[str, Any]:
        keys = ("line", "column", "end_line", "end_column", "text")
        return self.post("edit", edits=[dict(zip(keys, one, strict=True)) for one in edits])

    @property
    def bytes(self) -> bytes:
        return self.client.get(f"/flows/{self.flow}/text").content
