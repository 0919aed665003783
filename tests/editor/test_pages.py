"""The pages of a running shop, through the same application that `headrace run` serves."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from editor.users import UserRefusedError, add_user, check_password, first_sign_in, use_link
from engine.service.service import Service
from tests.editor.pages import FLOWS, NOW, PASSWORD, csrf, sign_in


def test_nobody_sees_a_page_without_signing_in(client: TestClient) -> None:
    """Pages send a stranger to the sign-in form."""
    for path in ("/flows", "/flows/hello", "/customers", "/customers/1"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


def test_a_wrong_password_says_no_more_than_that(client: TestClient) -> None:
    """Whether the address or the password was wrong is nobody's business."""
    token = csrf(client.get("/sign-in").text)
    for email in ("ada@example.com", "eve@example.com"):
        answer = client.post("/sign-in", data={"csrf": token, "email": email, "password": "x"})
        assert answer.status_code == 403
        assert "E-mail address or password is wrong." in answer.text


def test_a_form_without_its_token_does_nothing(client: TestClient) -> None:
    """A write needs the CSRF token of its own session."""
    client.get("/sign-in")
    answer = client.post(
        "/sign-in", data={"csrf": "guess", "email": "ada@example.com", "password": PASSWORD}
    )
    assert answer.status_code == 403
    assert client.get("/flows").status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"host": "rebound.example"},
    ],
)
def test_other_sites_cannot_write(client: TestClient, headers: dict[str, str]) -> None:
    """A write from another site, or under a foreign host name, is refused."""
    token = csrf(client.get("/sign-in").text)
    answer = client.post(
        "/sign-in",
        data={"csrf": token, "email": "ada@example.com", "password": PASSWORD},
        headers=headers,
    )
    assert answer.status_code == 403


def test_every_page_forbids_inline_scripts(client: TestClient) -> None:
    """The content security policy allows our own files and nothing inline."""
    policy = client.get("/sign-in").headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_the_flow_page_shows_each_step_as_a_button_in_text_order(client: TestClient) -> None:
    """The drawing is a list of buttons that say step, kind and line."""
    sign_in(client)
    html = client.get("/flows/hello").text
    steps = [part.split('"')[0] for part in html.split('data-step="')[1:]]
    assert steps[0] == "entry"
    assert steps[1:4] == ["wait_1_hour", "if_customer_country_is_de", "greeting"]
    assert 'data-kind="wait" data-line="11"' in html
    assert 'data-document-state="saved"' in html
    for pane in ("drawing", "text", "inspector"):
        assert f'id="{pane}"' in html


def test_text_of_a_flow_is_never_markup(client: TestClient) -> None:
    """A title with angle brackets stays text."""
    sign_in(client)
    html = client.get("/flows/hello").text
    assert "<hello>" not in html
    assert "Say &lt;hello&gt;" in html


def test_htmx_gets_the_inspector_alone(client: TestClient) -> None:
    """Choosing a step fetches that step's words and nothing of the page around them."""
    sign_in(client)
    answer = client.get("/flows/hello?step=wait_1_hour", headers={"hx-request": "true"})
    assert "<html" not in answer.text
    assert "Wait 1 hour" in answer.text
    assert "patience" in answer.text
    assert answer.headers["vary"].startswith("HX-Request")


def test_broken_text_still_draws(client: TestClient, tmp_path: Path) -> None:
    """A step that cannot be read is a red step in its place, beside all others."""
    sign_in(client)
    file = tmp_path / "flows" / "hello.flow"
    file.write_text(FLOWS.replace("  wait 1 hour ", "  wiat 1 hour "), encoding="utf-8")
    html = client.get("/flows/hello").text
    assert 'data-kind="unreadable"' in html
    assert 'data-step="greeting"' in html
    assert "Line 11" in html


def test_an_unknown_flow_is_a_kind_page(client: TestClient) -> None:
    """A wrong address says so, with a way back."""
    sign_in(client)
    answer = client.get("/flows/nothing")
    assert answer.status_code == 404
    assert "There is no flow called nothing" in answer.text


def test_the_first_link_works_once(service: Service) -> None:
    """The one-time link of the first start makes one administrator and then nobody."""
    service.writer.run(lambda tx: tx.execute("delete from admin_user"))
    token = service.writer.run(lambda tx: first_sign_in(tx, service.settings, NOW))
    assert token is not None
    assert service.writer.run(lambda tx: use_link(tx, "wrong", NOW)) is None
    user = service.writer.run(lambda tx: use_link(tx, token, NOW))
    assert user is not None
    assert user.role == "admin"
    assert service.writer.run(lambda tx: use_link(tx, token, NOW)) is None


def test_passwords_are_kept_as_argon2id(service: Service) -> None:
    """The store holds no password, and a short one is refused."""
    with service.database.reader() as reader:
        row = reader.row("select password from admin_user")
        assert row is not None
        assert str(row[0]).startswith("$argon2id$")
        assert check_password(reader, "ADA@example.com ", PASSWORD) is not None
        assert check_password(reader, "ada@example.com", PASSWORD + " ") is None
    with pytest.raises(UserRefusedError):
        service.writer.run(lambda tx: add_user(tx, "bob@example.com", "short", "viewer"))


def test_the_public_surface_needs_no_session(client: TestClient) -> None:
    """Health and tracking answer without a cookie."""
    assert client.get("/healthz").status_code == 200
    assert client.post("/v1/track", json={"event": "x", "userId": "u"}).status_code == 401


def test_a_user_is_added_by_the_server_that_runs(service: Service, client: TestClient) -> None:
    """`user add` beside a running server takes its token; a taken address is refused."""
    told = {"email": "eva@example.com", "password": PASSWORD, "role": "viewer"}
    assert client.post("/internal/user/add", json=told).status_code == 403
    token = {"Authorization": f"Bearer {service.token}"}
    assert client.post("/internal/user/add", json=told, headers=token).status_code == 200
    again = client.post("/internal/user/add", json=told, headers=token)
    assert again.status_code == 422
    assert "already" in again.json()["error"]
    with service.database.reader() as reader:
        found = check_password(reader, "eva@example.com", PASSWORD)
    assert found is not None
    assert found.role == "viewer"
