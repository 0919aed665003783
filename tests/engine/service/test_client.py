"""A server that dies, or says what nobody understands, while a command asks it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest
import typer
from typer.testing import CliRunner

import engine.cli
from editor.cli import user
from engine.cli import verb
from engine.store.database import SERVER, Database

Server = Callable[[bytes], Path]

VERBS = [
    "erase ada --yes",
    "resume",
    "retry",
    "learn",
    "start welcome ada",
    "stop welcome ada",
    "flow pause welcome",
    "flow stop welcome --yes",
    "key add shop",
    "key rotate shop",
    "plan flows",
    "publish flows",
    "import customers FILE",
    "import coupons spring FILE",
    "user add ada@shop.example",
]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A data folder of a server that takes each request, says these bytes and hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(20)

    def answer(text: bytes) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(1 << 16)
                connection.sendall(text)

    def started(text: bytes) -> Path:
        data = tmp_path / "data"
        Database(data).upgrade()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        (data / SERVER).write_bytes(orjson.dumps({"address": address, "token": "t"}))
        said.append(text)
        thread.start()
        return data

    said: list[bytes] = []
    thread = threading.Thread(target=lambda: answer(said[0]))
    yield started
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    if said:
        thread.join()


def _headrace(words: list[str], data: Path) -> tuple[int, str, str]:
    app = typer.Typer()
    engine.cli.register(app)
    user.register(app)
    done = CliRunner().invoke(app, [*words, "--data", str(data)], input="correct horse battery\n")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize("words", VERBS)
def test_a_server_that_dies_while_it_is_asked(server: Server, tmp_path: Path, words: str) -> None:
    """Whoever asks a server that ends before it has answered is told so in one sentence."""
    data = server(b"")
    file = tmp_path / "file.csv"
    file.write_text("id,email\nada,ada@shop.example\n")
    told = [str(file) if word == "FILE" else word for word in words.split()]
    code, out, err = _headrace(told, data)
    assert code == 1
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("the server at http://127.0.0.1:")
    assert "has gone before it had answered" in err


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{", "has gone before it had answered"),
        (b"no server at all\r\n\r\n", "has gone before it had answered"),
        (b"HTTP/1.1 502 Bad\r\ncontent-length: 6\r\n\r\n<html>", "the server answered 502"),
        (b"HTTP/1.1 404 No\r\ncontent-length: 2\r\n\r\n[]", "the server answered 404"),
        (b'HTTP/1.1 500 No\r\ncontent-length: 16\r\n\r\n{"error":"oops"}', "oops"),
    ],
)
def test_an_answer_that_is_none(server: Server, text: bytes, sentence: str) -> None:
    """Whatever answers in a server's place, the command says what came and fails."""
    code, out, err = _headrace(["erase", "ada", "--yes"], server(text))
    assert (code, out) == (1, "")
    assert sentence in err
    assert err.count("\n") == 1


def test_an_empty_answer_is_an_answer(server: Server) -> None:
    """What a server has done is not done a second time here, however little it says of it."""
    data = server(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
    assert verb.run("key", data, {"act": "add", "name": "shop"}) == {}
    with Database(data).reader() as reader:
        assert reader.rows("select * from api_key") == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"address": 7}', '{"address":"x","token":"t"}'])
def test_a_note_of_a_server_that_is_none(tmp_path: Path, text: str) -> None:
    """A folder whose note of its server is damaged is named, and nothing is done."""
    Database(tmp_path).upgrade()
    (tmp_path / SERVER).write_text(text)
    code, _, err = _headrace(["key", "add", "shop"], tmp_path)
    assert code == 1
    assert str(tmp_path / SERVER) in err
    assert err.count("\n") == 1


def test_a_server_that_was_killed_long_ago(tmp_path: Path) -> None:
    """The note that a killed server left behind keeps nobody from working without one."""
    Database(tmp_path).upgrade()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    (tmp_path / SERVER).write_bytes(orjson.dumps({"address": address, "token": "t"}))
    code, out, _ = _headrace(["key", "add", "shop"], tmp_path)
    assert code == 0
    assert out.strip()
