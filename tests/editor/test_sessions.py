"""Who may sign in, how often they may try, and when a session ends."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient

from editor import users
from editor.attempts import IN_LINE, Attempts, BusyError
from editor.users import UserRefusedError, add_user, change_password, remove_user
from engine.service.service import Service
from tests.editor.pages import NOW, PASSWORD, csrf, sign_in


def _signed_in(client: TestClient, cookie: str) -> bool:
    headers = {"cookie": f"headrace={cookie}"}
    client.cookies.clear()
    return client.get("/flows", headers=headers, follow_redirects=False).status_code == 200


def test_signing_out_ends_the_session(client: TestClient) -> None:
    """A copy of the cookie does not work after its owner has signed out."""
    sign_in(client)
    copy = client.cookies["headrace"]
    token = csrf(client.get("/flows").text)
    assert client.post("/sign-out", data={"csrf": token}).status_code in {200, 303}
    assert not _signed_in(client, copy)
    sign_in(client)
    assert client.get("/flows", follow_redirects=False).status_code == 200


def test_an_old_page_does_not_sign_out_and_says_so(client: TestClient) -> None:
    """Whose form is too old stays signed in, is told so, and signs out with one click more."""
    sign_in(client)
    for stale in ({"csrf": "of an older session"}, {}):
        answer = client.post("/sign-out", data=stale, follow_redirects=False)
        assert answer.status_code == 403
        assert "You are still signed in" in answer.text
        assert client.get("/flows", follow_redirects=False).status_code == 200
    client.post("/sign-out", data={"csrf": csrf(answer.text)})
    assert client.get("/flows", follow_redirects=False).status_code == 303
    assert client.post("/sign-out", follow_redirects=False).headers["location"] == "/sign-in"


def test_a_new_password_ends_all_sessions(client: TestClient, service: Service) -> None:
    """Whoever has the old password or an old cookie is out."""
    sign_in(client)
    copy = client.cookies["headrace"]
    other = "another long one"
    service.writer.run(lambda tx: change_password(tx, "ada@example.com", other, NOW))
    assert not _signed_in(client, copy)
    with service.database.reader() as reader:
        assert users.check_password(reader, "ada@example.com", PASSWORD) is None
        assert users.check_password(reader, "ada@example.com", other) is not None


def test_whoever_is_removed_is_out(client: TestClient, service: Service) -> None:
    """A removed user's cookie works no more; the last admin cannot be removed."""
    sign_in(client)
    copy = client.cookies["headrace"]

    def work(transaction: Any) -> None:
        add_user(transaction, "eve@example.com", PASSWORD, "admin", NOW)
        with pytest.raises(UserRefusedError, match="only admin"):
            remove_user(transaction, "eve@example.com")
        remove_user(transaction, "ada@example.com")

    service.writer.run(work)
    assert not _signed_in(client, copy)


def test_guessing_is_slowed_down(client: TestClient, service: Service) -> None:
    """After some wrong passwords one has to wait, whatever the next one is; the log has it all."""
    token = csrf(client.get("/sign-in").text)
    statuses = []
    for number in range(14):
        form = {"csrf": token, "email": "Vera@example.com", "password": f"guess {number}"}
        answer = client.post("/sign-in", data=form)
        statuses.append(answer.status_code)
    assert statuses[:10] == [403] * 10
    assert set(statuses[10:]) == {429}
    assert int(answer.headers["retry-after"]) >= 1
    with service.database.reader() as reader:
        rows = reader.rows("select act from audit where act like 'sign in%'")
    assert [row[0] for row in rows] == ["sign in failed"] * 10


def test_few_passwords_are_looked_at_side_by_side() -> None:
    """Of many at once two are looked at, some wait, and the rest is told to come again."""
    attempts = Attempts()
    begun, end, results = threading.Semaphore(0), threading.Event(), []

    def try_one() -> None:
        try:
            with attempts.turn():
                begun.release()
                end.wait(10)
                results.append("looked")
        except BusyError:
            results.append("busy")

    threads = [threading.Thread(target=try_one) for _ in range(45)]
    for each in threads:
        each.start()
    assert begun.acquire(timeout=10)
    assert begun.acquire(timeout=10)
    assert not begun.acquire(timeout=0.05)
    end.set()
    for each in threads:
        each.join(10)
    assert results.count("looked") >= IN_LINE
    assert results.count("looked") + results.count("busy") == 45
    assert "busy" in results


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/x", "/sign-out"])
def test_no_form_is_endless(client: TestClient, path: str) -> None:
    """A form that is too large is refused, announced or not, before all of it is read."""
    taken = 0

    def endless() -> Any:
        nonlocal taken
        for _ in range(200):
            taken += 100_000
            yield b"a=" + b"x" * 100_000

    form = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post(path, content=b"x" * 2_000_000, headers=form).status_code == 413
    assert client.post(path, content=endless(), headers=form).status_code == 413


def test_a_user_by_the_command_line(tmp_path: Any) -> None:
    """`user add`, `list`, `password` and `remove` work, and the audit log has them."""
    import typer
    from typer.testing import CliRunner

    from editor.cli import user
    from engine.store.database import Database

    app = typer.Typer()
    user.register(app)
    app.command()(lambda: None)

    def headrace(*words: str, said: str = "") -> str:
        done = CliRunner().invoke(app, [*words, "--data", str(tmp_path)], input=said)
        assert done.exit_code == 0, done.output
        return done.stdout

    made = Database(tmp_path)
    made.open_to_write()
    made.close()
    headrace("user", "add", "ada@example.com", "--role", "admin", said=f"{PASSWORD}\n")
    headrace("user", "add", "ben@example.com", said=f"{PASSWORD}\n")
    assert headrace("user", "list").split() == [
        *("ada@example.com", "admin", "ben@example.com", "marketer")
    ]
    headrace("user", "password", "ben@example.com", said="a very different one\n")
    headrace("user", "remove", "ben@example.com")
    assert "ben" not in headrace("user", "list")
    with Database(tmp_path).reader() as reader:
        acts = reader.rows("select act, detail from audit order by id")
    assert [act for act, _ in acts] == ["user add", "user add", "user password", "user remove"]
    assert all("different" not in str(orjson.loads(detail)) for _, detail in acts)


@contextmanager
def _bounded() -> Iterator[tuple[str, int]]:
    """A server that answers everything; where it does."""
    import uvicorn

    from editor.cli import connections

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"here"})

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    config = uvicorn.Config(app, http=connections.Bounded, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def test_a_head_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections without a whole request are closed after a while; others are answered."""
    from editor.cli import connections

    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
    with _bounded() as address:
        for begun in (b"", b"GET / HTTP/1.1\r\nhost: x\r\nx-never: "):
            with socket.create_connection(address, 10) as half:
                half.sendall(begun)
                half.settimeout(10)
                began = time.monotonic()
                assert b"408" in half.recv(1000)
                assert half.recv(1000) == b""
                assert time.monotonic() - began < 5
        with socket.create_connection(address, 10) as whole:
            whole.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            assert b"200 OK" in whole.recv(1000)
            # A second head on the same connection that does not end is given up as well.
            whole.sendall(b"GET / HTTP/1.1\r\nhost")
            whole.settimeout(10)
            rest = b""
            while piece := whole.recv(1000):
                rest += piece
            assert b"408" in rest


def test_a_head_without_measure_is_refused() -> None:
    """Lines upon lines of headers are not kept; a large body is no head."""
    with _bounded() as address:
        with socket.create_connection(address, 10) as long:
            long.settimeout(10)
            long.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n")
            answer = b""
            with suppress(ConnectionError):
                for number in range(2_000):
                    long.sendall(f"x-{number}: {'y' * 100}\r\n".encode())
                while piece := long.recv(1000):
                    answer += piece
            assert answer.startswith((b"HTTP/1.1 431", b"HTTP/1.1 400")) or not answer
            assert b"200 OK" not in answer
        with socket.create_connection(address, 10) as whole:
            whole.settimeout(10)
            for _ in range(2):
                whole.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 200000\r\n\r\n")
                whole.sendall(b"z" * 200_000)
                answer = b""
                while not answer.endswith(b"0\r\n\r\n"):
                    piece = whole.recv(1000)
                    assert piece, "the connection was closed"
                    answer += piece
                assert answer.startswith(b"HTTP/1.1 200")
