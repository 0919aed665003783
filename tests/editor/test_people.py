"""Who is invited, how they come in, and what they may do then."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from editor import users
from editor.invitations import DAYS, invited, link_for
from editor.users import UserRefusedError, add_user, change_role
from engine.service.service import Service
from engine.store.secrets import secret_of
from tests.editor.pages import NOW, PASSWORD, csrf, sign_in


@pytest.fixture
def admin(client: TestClient, service: Service) -> TestClient:
    service.writer.run(lambda tx: change_role(tx, "ada@example.com", "admin"))
    sign_in(client)
    return client


def _send(client: TestClient, path: str, **form: str) -> Any:
    form["csrf"] = csrf(client.get("/users").text)
    return client.post(path, data=form, follow_redirects=False)


def _link(html: str) -> str:
    found = re.search(r"/invitation/[\w.-]+", html)
    assert found is not None
    return found[0]


def test_an_invited_person_chooses_a_password_once(admin: TestClient) -> None:
    """Admin invites, the link asks for a password, and afterwards leads nowhere."""
    answer = _send(admin, "/users/invite", email="Vera@Example.com ", role="viewer")
    link = _link(answer.text)
    assert "vera@example.com" in admin.get("/users").text
    assert "invited" in admin.get("/users").text
    admin.cookies.clear()
    asked = admin.get(link)
    assert "vera@example.com" in asked.text
    form = {"csrf": csrf(asked.text), "password": "short"}
    refused = admin.post(link, data=form)
    assert refused.status_code == 422
    assert "10 to 256 characters" in refused.text
    form["password"] = "a very long one"
    entered = admin.post(link, data=form, follow_redirects=False)
    assert entered.headers["location"] == "/flows"
    assert admin.get("/account").status_code == 200
    assert admin.get("/users").status_code == 403
    admin.cookies.clear()
    assert admin.get(link).status_code == 403


def test_nobody_signs_in_before_choosing(admin: TestClient) -> None:
    """Who was invited has no password that anybody could guess, not even none at all."""
    _send(admin, "/users/invite", email="vera@example.com", role="viewer")
    admin.cookies.clear()
    token = csrf(admin.get("/sign-in").text)
    for password in ("", " ", "vera@example.com"):
        form = {"csrf": token, "email": "vera@example.com", "password": password}
        assert admin.post("/sign-in", data=form, follow_redirects=False).status_code in {403, 422}


def test_a_link_grows_old(service: Service) -> None:
    """It works for its days and not a moment longer; another's signature never."""

    def work(tx: Any) -> None:
        user = users.invite(tx, "vera@example.com", "viewer", NOW)
        token = link_for(user, secret_of(tx), NOW)
        last = NOW + DAYS * 86_400_000 - 1
        assert invited(tx, token, secret_of(tx), last) == user
        assert invited(tx, token, secret_of(tx), last + 1) is None
        assert invited(tx, token, "another secret", NOW) is None
        assert invited(tx, token[:-1], secret_of(tx), NOW) is None

    service.writer.run(work)


def test_only_admins_say_who_may_sign_in(client: TestClient, service: Service) -> None:
    """Every way to change users is shut for every other role."""
    for role in ("viewer", "marketer", "developer"):
        name = f"{role}@example.com"
        service.writer.run(lambda tx, n=name, r=role: add_user(tx, n, PASSWORD, r, NOW))
        client.cookies.clear()
        token = csrf(client.get("/sign-in").text)
        form = {"csrf": token, "email": name, "password": PASSWORD}
        client.post("/sign-in", data=form)
        token = csrf(client.get("/account").text)
        assert client.get("/users").status_code == 403
        for act in ("invite", "link", "role", "remove"):
            form = {"csrf": token, "email": "eve@example.com", "role": "admin"}
            assert client.post(f"/users/{act}", data=form).status_code == 403
    with service.database.reader() as reader:
        assert users.find_user(reader, "eve@example.com") is None


def test_a_role_counts_from_the_next_page_on(admin: TestClient, service: Service) -> None:
    """Whoever becomes a viewer may pause nothing any more; the last admin stays one."""
    service.writer.run(lambda tx: add_user(tx, "eve@example.com", PASSWORD, "admin", NOW))
    assert _send(admin, "/users/role", email="eve@example.com", role="viewer").status_code == 303
    answer = _send(admin, "/users/role", email="ada@example.com", role="viewer")
    assert answer.status_code == 422
    assert "only admin" in answer.text
    answer = _send(admin, "/users/role", email="eve@example.com", role="king")
    assert "there is no role king" in answer.text
    assert _send(admin, "/users/remove", email="eve@example.com").status_code == 303
    with service.database.reader() as reader:
        assert users.find_user(reader, "eve@example.com") is None
        acts = [row[0] for row in reader.rows("select act from audit where act like 'user %'")]
    assert acts == ["user role", "user remove"]


def test_ones_own_password(admin: TestClient, service: Service) -> None:
    """It takes the current one, ends every other session, and keeps this one."""
    copy = admin.cookies["headrace"]
    token = csrf(admin.get("/account").text)
    form = {"csrf": token, "current": "not this one", "password": "another long one"}
    refused = admin.post("/account", data=form)
    assert refused.status_code == 422
    assert "current password is not right" in refused.text
    form["current"] = PASSWORD
    changed = admin.post("/account", data=form, follow_redirects=False)
    assert changed.status_code == 303
    assert admin.get("/flows", follow_redirects=False).status_code == 200
    admin.cookies.clear()
    old = admin.get("/flows", headers={"cookie": f"headrace={copy}"}, follow_redirects=False)
    assert old.status_code == 303
    with service.database.reader() as reader:
        assert users.check_password(reader, "ada@example.com", "another long one") is not None


def test_the_first_admin_says_who_they_are(service: Service, client: TestClient) -> None:
    """The one-time link leads to the page where address and password are chosen."""

    def begin(tx: Any) -> str:
        users.remove_user(tx, "ada@example.com")
        token = users.first_sign_in(tx, service.settings, NOW)
        assert token is not None
        return token

    token = service.writer.run(begin)
    asked = client.get(f"/sign-in/{token}")
    entered = client.post(
        f"/sign-in/{token}", data={"csrf": csrf(asked.text)}, follow_redirects=False
    )
    assert entered.headers["location"] == "/account"
    page = client.get("/account").text
    assert "You have no password yet" in page
    form = {"csrf": csrf(page), "email": "grace@example.com", "password": "a brand new one"}
    assert client.post("/account", data=form, follow_redirects=False).status_code == 303
    assert "grace@example.com" in client.get("/account").text
    with service.database.reader() as reader:
        found = users.check_password(reader, "grace@example.com", "a brand new one")
        assert found is not None
        assert found.role == "admin"
        with pytest.raises(UserRefusedError):
            service.writer.run(lambda tx: users.remove_user(tx, "grace@example.com"))
