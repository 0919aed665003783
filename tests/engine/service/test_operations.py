"""Each operation of the table, by a running server and without one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
import uvicorn
from fastapi import FastAPI

from editor.app import create_app
from editor.cli.serving import bind
from editor.operations import EDITOR_OPERATIONS
from editor.users import add_user
from engine.cli import verb
from engine.errors import RefusedError
from engine.service import control
from engine.service.client import ServerSaidNoError, ask
from engine.service.operations import Operation
from engine.service.service import Service
from engine.settings import Settings

FLOW = """\
store "Shop":
  currency EUR
  sender email "Shop <shop@shop.example>"

coupon spring "Spring":
  10% off

flow hello:
  enter manually
  wait 1 day
"""

REQUESTS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "plan": lambda flows: {"path": str(flows), "in_flight": "follow"},
    "publish": lambda flows: {"path": str(flows), "in_flight": "follow"},
    "flow": lambda _: {"flow": "hello", "act": "resume", "author": "ada"},
    "by-hand": lambda _: {
        "act": "start",
        "flow": "hello",
        "who": "ada",
        "message_id": "start-1",
        "by": "command line",
        "properties": {},
    },
    "retry": lambda _: {"customer": None},
    "confirm": lambda _: {},
    "erase": lambda _: {"customer": "ada"},
    "key": lambda _: {"act": "add", "name": "shop", "kind": "browser"},
    "import": lambda _: {
        "act": "begin", "kind": "customers", "digest": "d", "name": "a.csv", "again": False,
    },
    "coupons": lambda _: {"coupon": "spring", "codes": ["A-1", "B-2", "a-1"]},
    "learn": lambda _: {},
    "user/add": lambda _: {
        "email": "ada@shop.example", "role": "viewer", "password": "correct horse battery",
    },
    "user/password": lambda _: {"email": "bo@shop.example", "password": "another horse battery"},
    "user/remove": lambda _: {"email": "cy@shop.example"},
    "suppress": lambda _: {
        "act": "add", "channel": "email", "address": "eve@shop.example", "reason": "she asked",
    },
    "marketing": lambda _: {"act": "status"},
    "assistant/propose": lambda flows: {
        "folder": str(flows), "file": "new.flow", "text": "flow new:\n  enter manually\n",
    },
}  # fmt: skip
CHANGING = {"key": "a secret", "signing": "a secret", "trained_at": "a moment"}
"""What no two calls answer alike."""
ROWS = pytest.mark.parametrize("operation", EDITOR_OPERATIONS, ids=lambda row: row.name)


def make_folder(folder: Path) -> tuple[Path, Path]:
    """A data folder with a customer, and its flows."""
    data, flows = folder / "data", folder / "flows"
    flows.mkdir(parents=True)
    (flows / "shop.flow").write_text(FLOW, encoding="utf-8")
    service = Service(data, flows, Settings())
    service.start_quietly()
    service.writer.run(
        lambda tx: tx.execute(
            "insert into customer (id, created_at, properties) values (1, 1, ?)",
            (orjson.dumps({"id": "ada"}),),
        )
    )
    service.writer.run(
        lambda tx: tx.execute(
            "insert into identity (kind, value, customer, at) values ('user', 'ada', 1, 1)"
        )
    )
    for name in ("bo", "cy"):
        email = f"{name}@shop.example"
        service.writer.run(lambda tx, email=email: add_user(tx, email, "long enough", "viewer", 1))  # type: ignore[misc]
    service.stop()
    return data, flows


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A data folder on which no server runs."""
    return make_folder(tmp_path_factory.mktemp("alone"))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """A data folder that a server owns."""
    data, flows = make_folder(tmp_path_factory.mktemp("served"))
    service = Service(data, flows, Settings())
    service.start(background=False)
    listener, address = bind("127.0.0.1", 0)
    config = uvicorn.Config(create_app(service, flows), log_level="error", lifespan="off")  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    service.announce(address)
    yield data, flows
    server.should_exit = True
    thread.join()
    service.stop()


def _settled(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: CHANGING.get(name, value) for name, value in answer.items()}


@ROWS
def test_a_server_and_a_command_answer_alike(
    operation: Operation, served: tuple[Path, Path], alone: tuple[Path, Path]
) -> None:
    """Whether a server runs or not, a verb does the same and says the same."""
    request = REQUESTS[operation.name]
    by_server = ask(served[0], operation.name, request(served[1]))
    assert by_server is not None
    here = verb.run(operation, alone[0], request(alone[1]))
    assert _settled(by_server) == _settled(here)


def test_a_server_and_a_command_refuse_alike(
    served: tuple[Path, Path], alone: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """What is refused is refused in the same words, whether a server runs or not."""
    for name, request in (
        ("flow", {"flow": "nothing", "act": "pause"}),
        ("by-hand", {"act": "start", "flow": "hello", "who": "eve", "message_id": "m", "by": "x"}),
        ("coupons", {"coupon": "autumn", "codes": ["A"]}),
        ("key", {"act": "add"}),
        ("publish", {"path": "/nowhere"}),
    ):
        with pytest.raises(ServerSaidNoError) as refused:
            ask(served[0], name, request)
        with pytest.raises(verb.typer.Exit) as ended:
            verb.run(name, alone[0], request)
        assert ended.value.exit_code == 1
        assert capsys.readouterr().err == f"{refused.value}\n"


def _called(
    operation: Operation,
    headers: dict[str, str],
    pieces: list[bytes] | None,
) -> tuple[int, Any]:
    """Status and document of a request to a server whose token is `right`. `pieces` is the body,
    None where nobody may read it.
    """
    app = FastAPI()
    app.include_router(
        control.control_router(lambda: SimpleNamespace(token="right"), [operation])  # type: ignore[arg-type,return-value]
    )
    sent: list[Any] = []
    left = list(pieces or ())

    async def receive() -> dict[str, Any]:
        assert pieces is not None, "the body is read"
        piece = left.pop(0) if left else b""
        return {"type": "http.request", "body": piece, "more_body": bool(left)}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/internal/{operation.name}",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "query_string": b"",
    }
    asyncio.run(app(scope, receive, send))
    body = b"".join(one.get("body", b"") for one in sent[1:])
    return sent[0]["status"], orjson.loads(body)


@ROWS
@pytest.mark.parametrize("token", ["", "Bearer wrong", "Bearer ", "Basic right", "Bearer rïght"])
def test_no_body_is_read_without_the_token(operation: Operation, token: str) -> None:
    """Whoever does not hold the token is refused before anything that they send is kept."""
    status, answer = _called(operation, {"authorization": token} if token else {}, None)
    assert (status, answer) == (403, {"error": "this takes the token in server.json"})


@ROWS
def test_a_body_has_its_bounds(operation: Operation, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that is announced or that grows too large is refused with a sentence."""
    right = {"authorization": "Bearer right"}
    large = {**right, "content-length": str(control.MAX_BODY + 1)}
    assert _called(operation, large, None)[0] == 413
    monkeypatch.setattr(control, "MAX_BODY", 1 << 20)
    status, answer = _called(operation, right, [b"x" * (1 << 19)] * 5)
    assert (status, answer) == (413, {"error": "the body is larger than 1 MB"})


@ROWS
@pytest.mark.parametrize("body", [b"{", b"[]", b"7", b"null", b"\xff"])
def test_what_is_no_object_is_refused(operation: Operation, body: bytes) -> None:
    """A request that is no JSON object gets a sentence, not a broken server."""
    status, answer = _called(operation, {"authorization": "Bearer right"}, [body])
    assert status == 400
    assert operation.name in answer["error"]


@pytest.mark.parametrize(
    ("operation", "member"),
    [(row, member) for row in EDITOR_OPERATIONS for member in row.members],
    ids=lambda each: each if isinstance(each, str) else each.name,
)
def test_what_is_missing_is_named(operation: Operation, member: str) -> None:
    """A request that lacks what it must say is told what that is."""
    request = REQUESTS[operation.name](Path("flows"))
    del request[member]
    with pytest.raises(RefusedError, match=f"takes `{member}`"):
        operation.run(None, request)
