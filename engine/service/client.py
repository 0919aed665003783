"""Asking the server that owns a data folder: it alone writes there.

Its address and token stand in `server.json` (mode 0600) in that folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import orjson

from engine.errors import PlainError
from engine.store.database import SERVER

PREFIX = "/internal"
SECONDS = 600.0
"""How long a server may take for one operation."""


class ServerError(PlainError):
    """The running server did not do it, as far as is known."""


class ServerSaidNoError(ServerError):
    """It refused; the text is its own."""


class ServerGoneError(ServerError):
    """It was asked and did not answer: whether it has done it is not known."""


class _Server(NamedTuple):
    address: str
    token: str


def announce(data: Path, address: str, token: str) -> None:
    """Tell command-line verbs where the server of this folder answers, and with which token."""
    # Written aside and renamed, so that nobody reads half of it.
    aside = data / f"{SERVER}.new"
    aside.unlink(missing_ok=True)
    aside.touch(mode=0o600)
    aside.write_bytes(orjson.dumps({"address": address, "token": token}))
    aside.replace(data / SERVER)


def ask(data: Path, operation: str, request: dict[str, Any]) -> dict[str, Any] | None:
    """Let the server that owns `data` do it; None when none runs, so that nothing was done.

    Raises:
        ServerSaidNoError: it answered with an error.
        ServerGoneError: it ended, or hung, before it had answered.
    """
    import httpx

    server = _server_of(data)
    if server is None:
        return None
    try:
        answer = httpx.post(
            f"{server.address}{PREFIX}/{operation}",
            content=orjson.dumps(request),
            headers={"Authorization": f"Bearer {server.token}"},
            timeout=SECONDS,
            trust_env=False,
        )
    except httpx.ConnectError:
        # Left behind by a server that was killed.
        return None
    except (httpx.UnsupportedProtocol, httpx.InvalidURL):
        raise ServerSaidNoError(
            f"{data / SERVER} names no address of a server: {server.address}"
        ) from None
    except httpx.HTTPError as error:
        why = "did not answer in time" if isinstance(error, httpx.TimeoutException) else "has gone"
        raise ServerGoneError(
            f"the server at {server.address} {why} before it had answered; look whether it did"
            f" `{operation}` before you ask again"
        ) from None
    return _read(answer.status_code, answer.content)


def _server_of(data: Path) -> _Server | None:
    """What the file in the folder says; None where there is no such file."""
    path = data / SERVER
    try:
        written = orjson.loads(path.read_bytes())
        return _Server(str(written["address"]), str(written["token"]))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, orjson.JSONDecodeError) as error:
        raise ServerSaidNoError(f"{path} cannot be read: {error}") from None
    except (KeyError, TypeError, IndexError):
        raise ServerSaidNoError(f"{path} cannot be read: it names no address and token") from None


def _read(status: int, content: bytes) -> dict[str, Any]:
    try:
        answer = orjson.loads(content)
    except orjson.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict):
        raise ServerSaidNoError(f"the server answered {status}")
    if status >= 400:
        findings = "".join(f"\n  {line}" for line in answer.get("findings", []))
        raise ServerSaidNoError(f"{answer.get('error', status)}{findings}")
    return answer
