"""The drawing as a file."""

from __future__ import annotations

from fastapi.testclient import TestClient

from tests.editor.pages import sign_in


def test_a_drawing_can_be_taken_along(client: TestClient) -> None:
    """A flow's drawing comes as an SVG file with every step's words in it."""
    sign_in(client)
    answer = client.get("/flows/hello/drawing.svg")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["content-disposition"] == 'attachment; filename="hello.svg"'
    assert answer.text.startswith("<svg ")
    assert "Wait 1 hour" in answer.text
    assert "Say &lt;hello&gt;" in answer.text


def test_no_drawing_of_what_is_not_there(client: TestClient) -> None:
    """A name that no flow has is said so; strangers are asked to sign in first."""
    assert client.get("/flows/hello/drawing.svg").headers["location"] == "/sign-in"
    sign_in(client)
    assert client.get("/flows/nothing/drawing.svg").status_code == 404
