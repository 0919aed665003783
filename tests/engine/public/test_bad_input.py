"""What must be refused: in a sentence that names the place, at once, and without a trace."""

from __future__ import annotations

import gzip
import socket
import zlib
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import httpx
import orjson
import psutil
import pytest

from tests.engine.public.conftest import Caller, StubService
from tests.harness.timing import processor_seconds

T = TypeVar("T")
GOOD = b'{"type":"track","userId":"ada","event":"add_to_cart"}'


def item(properties: bytes = b"{}", more: bytes = b"") -> bytes:
    return (
        b'{"type":"track","userId":"ada","event":"add_to_cart","properties":'
        + properties
        + more
        + b"}"
    )


def identify(traits: bytes) -> bytes:
    return b'{"type":"identify","userId":"ada","traits":' + traits + b"}"


BAD: dict[str, tuple[bytes, str]] = {
    "nesting": (item(b'{"a":' * 1_100 + b"1" + b"}" * 1_100), ""),
    "nesting that still parses": (item(b'{"a":' * 400 + b"1" + b"}" * 400), "properties"),
    "nested lists": (item(b'{"a":' + b"[" * 1_100 + b"]" * 1_100 + b"}"), ""),
    "a key twice": (item(b'{"price":1,"price":2}'), "price"),
    "half a surrogate pair": (item(b'{"note":"\\ud800"}'), "properties.note"),
    "half a pair in a key": (item(b'{"\\udc00":1}'), "properties"),
    "a surrogate as bytes": (item(b'{"note":"\xed\xa0\x80"}'), "properties.note"),
    "bytes that are no text": (item(b'{"note":"\xff\xfe"}'), "properties.note"),
    "2^63": (item(b'{"value":9223372036854775808}'), "properties.value"),
    "2^64": (item(b'{"value":18446744073709551616}'), "properties.value"),
    "-2^63-1": (item(b'{"a":[{"b":-9223372036854775809}]}'), "properties.a[0].b"),
    "5,000 digits": (item(b'{"value":' + b"9" * 5_000 + b"}"), ""),
    "an endless number": (item(b'{"value":1e999}'), ""),
    "NaN": (item(b'{"value":NaN}'), ""),
    "NUL": (item(b'{"note":"a\\u0000b"}'), "properties.note"),
    "over 32 KB": (item(b'{"note":"' + b"x" * 33_000 + b'"}'), ""),
    "the year 1970": (item(more=b',"timestamp":"1970-01-01T00:00:00Z"'), "timestamp"),
    "the year 9999": (item(more=b',"timestamp":"9999-12-31T23:59:59Z"'), "timestamp"),
    "the year 0": (item(more=b',"timestamp":"0000-01-01T00:00:00Z"'), "timestamp"),
    "no zone": (item(more=b',"timestamp":"2026-01-05T10:00:00"'), "timestamp"),
    "no moment": (item(more=b',"timestamp":"yesterday"'), "timestamp"),
    "a moment of another type": (item(more=b',"timestamp":{"a":1}'), "timestamp"),
    "no id": (b'{"type":"track","event":"add_to_cart"}', "userId"),
    "empty ids": (
        b'{"type":"track","userId":"","anonymousId":"","event":"add_to_cart"}',
        "userId",
    ),
    "a blank id": (b'{"type":"track","userId":"  ","event":"add_to_cart"}', "userId"),
    "an empty messageId": (item(more=b',"messageId":""'), "messageId"),
    "10 KB of messageId": (item(more=b',"messageId":"' + b"m" * 10_000 + b'"'), "messageId"),
    "10 KB of userId": (
        b'{"type":"track","userId":"' + b"u" * 10_000 + b'","event":"add_to_cart"}',
        "userId",
    ),
    "10 KB of anonymousId": (item(more=b',"anonymousId":"' + b"u" * 10_000 + b'"'), "anonymousId"),
    "an id that is a list": (b'{"type":"track","userId":["a"],"event":"x"}', "userId"),
    "an id that is true": (b'{"type":"track","userId":true,"event":"x"}', "userId"),
    "a line break in an id": (b'{"type":"track","userId":"a\\r\\nb","event":"x"}', "userId"),
    "no event": (b'{"type":"track","userId":"ada"}', "event"),
    "an event without letters": (b'{"type":"track","userId":"ada","event":"!!!"}', "event"),
    "10 KB of event": (
        b'{"type":"track","userId":"ada","event":"' + b"e" * 10_000 + b'"}',
        "event",
    ),
    "properties that are a list": (item(b"[1]"), "properties"),
    "traits that are text": (identify(b'"x"'), "traits"),
    "an address with a line break": (
        identify(b'{"email":"ada@example.com\\r\\nBcc: all@example.com"}'),
        "traits.email",
    ),
    "an address with two @": (identify(b'{"email":"ada@evil@example.com"}'), "traits.email"),
    "two addresses": (identify(b'{"email":"a@example.com, b@example.com"}'), "traits.email"),
    "an address in a mailto that copies others": (
        identify(b'{"email":"mailto:ada@example.com%0aBcc:all"}'),
        "traits.email",
    ),
    "a context that is text": (item(more=b',"context":"x"'), "context"),
    "no object": (b"[]", ""),
    "not JSON": (b"{oops}", ""),
}


class AtOnce(Protocol):
    def __call__(self, bad: Callable[[], T], /) -> T: ...


@pytest.fixture
def at_once(api: Caller) -> AtOnce:
    """Calls what it is given, which must not take more processor time than 200 good calls."""

    def good() -> None:
        assert api.post("/v1/identify", identify(b"{}")).status_code == 200

    of_one = sorted(processor_seconds(good) for _ in range(5))[2]

    def call(bad: Callable[[], T]) -> T:
        answers: list[T] = []
        assert processor_seconds(lambda: answers.append(bad())) < 200 * of_one
        return answers[0]

    return call


@pytest.mark.parametrize("name", BAD)
def test_alone(
    api: Caller,
    service: StubService,
    name: str,
    at_once: AtOnce,
) -> None:
    """A bad call is refused at once, names its field, and leaves nothing behind."""
    body, field = BAD[name]
    path = "/v1/identify" if b'"identify"' in body else "/v1/track"
    before = service.everything()
    answer = at_once(lambda: api.post(path, body))
    assert 400 <= answer.status_code < 500, answer.text
    told = answer.json()
    assert told["code"]
    assert told["message"]
    assert field in told.get("field", "")
    assert "Traceback" not in answer.text
    assert service.everything() == before


@pytest.mark.parametrize("name", [name for name in BAD if name != "not JSON"])
def test_among_neighbours(
    api: Caller,
    service: StubService,
    name: str,
    at_once: AtOnce,
) -> None:
    """In a batch only the bad item is refused, by its place; its neighbours are stored."""
    body, _ = BAD[name]
    batch = b'{"batch":[' + b",".join([GOOD, body, GOOD]) + b"]}"
    answer = at_once(lambda: api.post("/v1/batch", batch))
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert [each["status"] for each in told["items"]] == ["accepted", "rejected", "accepted"]
    assert told["items"][1]["field"].startswith("batch[1]")
    assert [name for name, _ in service.events()] == ["add_to_cart", "add_to_cart"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00",
        b"{",
        b'{"batch":[',
        b'{"batch":{}}',
        b'{"batch":[{"a":"]}',
        b'{"batch":[],"batch":[]}',
        b'{"other":[]}',
        b'"batch"',
        b"7",
        b"\xef\xbb\xbf",
        b"[" * 200_000,
        b'{"batch":' + b"[" * 1_100 + b"]" * 1_100 + b"}",
    ],
)
def test_broken_frames(api: Caller, service: StubService, body: bytes) -> None:
    """A body that is no batch is refused as a whole."""
    answer = api.post("/v1/batch", body)
    assert 400 <= answer.status_code < 500
    assert answer.json()["message"]
    assert service.events() == []


def test_ten_thousand_items_with_one_bad(api: Caller, service: StubService) -> None:
    """Of ten thousand items one is refused, and all others are stored."""
    good = b'{"type":"page","userId":"u"}'
    items = [good] * 10_000
    items[7_777] = b'{"type":"page","userId":"\\ud800"}'
    body = b'{"batch":[' + b",".join(items) + b"]}"
    told = api.post("/v1/batch", body).json()
    assert (told["accepted"], told["rejected"]) == (9_999, 1)
    assert told["items"][7_777]["field"].startswith("batch[7777]")
    assert service.rows("select count(*) from event") == [(9_999,)]


def test_too_many_items(api: Caller, service: StubService) -> None:
    """More than ten thousand items are refused before anything is stored."""
    answer = api.post("/v1/batch", b'{"batch":[' + b",".join([b"{}"] * 10_001) + b"]}")
    assert answer.status_code == 413
    assert service.events() == []


def test_over_500_kilobytes(api: Caller, service: StubService) -> None:
    """A batch over 500 KB is refused, also when it is small on the wire."""
    body = b'{"batch":[' + b",".join([item(b'{"n":"' + b"x" * 9_000 + b'"}')] * 60) + b"]}"
    for sent in (body, gzip.compress(body)):
        assert api.post("/v1/batch", sent).status_code == 413
    assert service.events() == []


def test_bombs(api: Caller, service: StubService, at_once: AtOnce) -> None:
    """A gigabyte of zeros that fits into a megabyte is never unpacked."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(400)) + packer.flush()
    assert len(bomb) < 500_000
    before = psutil.Process().memory_info().rss
    answer = at_once(lambda: api.post("/v1/batch", bomb, headers={"content-encoding": "gzip"}))
    assert answer.status_code == 413
    assert psutil.Process().memory_info().rss - before < 100_000_000
    nested = api.post("/v1/batch", gzip.compress(bomb))
    assert 400 <= nested.status_code < 500


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", ""])
def test_a_lying_encoding(api: Caller, encoding: str) -> None:
    """A body that is not packed as announced is refused, not guessed at."""
    packed = gzip.compress(GOOD)[:-6]
    answer = api.post("/v1/track", packed, headers={"content-encoding": encoding})
    assert 400 <= answer.status_code < 500


def test_the_same_message_id_with_another_body(api: Caller, service: StubService) -> None:
    """A messageId that was used for something else is a conflict, and the first one stands."""
    first = {"userId": "ada", "event": "add_to_cart", "messageId": "m1", "properties": {"value": 5}}
    api.post("/v1/track", first)
    before = service.everything()
    others: list[dict[str, Any]] = [
        {**first, "event": "view_item"},
        {**first, "userId": "bob"},
        {**first, "properties": {"value": 6}},
        {**first, "properties": {}},
        {**first, "properties": {"value": 5, "note": "more"}},
    ]
    for other in others[:3] + others[4:]:
        answer = api.post("/v1/track", other)
        assert answer.status_code == 409, other
        assert answer.json()["field"] == "messageId"
    assert api.post("/v1/identify", {"userId": "ada", "messageId": "m1"}).status_code == 409
    assert service.everything() == before


@pytest.mark.parametrize(
    "text", ["<img src=x onerror=alert(1)>", "{{7*7}}", '=HYPERLINK("http://evil")', "'; --"]
)
def test_payloads_are_text(api: Caller, service: StubService, text: str) -> None:
    """What looks like markup, a template or a formula is stored as the text that it is."""
    told = {"userId": "ada", "event": "add_to_cart", "properties": {"note": text}}
    assert api.post("/v1/track", told).status_code == 200
    assert service.events()[0][1]["note"] == text


def test_methods(api: Caller) -> None:
    """Anything but a POST is told so."""
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        answer = api(method, "/v1/track")
        assert answer.status_code == 405
        assert "POST" in answer.headers["allow"]


def _raw(server: str, request: bytes) -> bytes:
    host, port = server.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(request)
        return connection.recv(65_536)


_HEAD = b"POST /v1/track HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ZGVtbzo=\r\n"


def test_a_length_that_is_too_long(server: str, at_once: AtOnce) -> None:
    """A body that announces a gigabyte is refused before it is read."""
    announced = _HEAD + b"Content-Length: 1000000000\r\n\r\n{}"
    answer = at_once(lambda: _raw(server, announced))
    assert answer.startswith(b"HTTP/1.1 413")


def test_who_sends_too_much_gets_an_answer(server: str, service: StubService) -> None:
    """Also who sends it all before listening; the connection is good for what comes next."""
    pieces = [b" " * 100_000] * 200
    with httpx.Client(auth=("demo", "")) as client:
        for body in (b"".join(pieces), iter(pieces), b"".join(pieces), iter(pieces)):
            answer = client.post(f"{server}/v1/track", content=body)
            assert answer.status_code == 413
            assert client.post(f"{server}/v1/track", content=GOOD).status_code == 200
    assert len(service.events()) == 4


def test_a_length_that_is_too_short(server: str, service: StubService) -> None:
    """What stands behind the announced length is not read as part of the event."""
    answer = _raw(server, _HEAD + b"Content-Length: 5\r\n\r\n" + GOOD)
    assert answer.startswith(b"HTTP/1.1 400")
    assert service.events() == []


def test_two_lengths(server: str, service: StubService) -> None:
    """Two lengths at once, a way to smuggle requests, are refused."""
    answer = _raw(server, _HEAD + b"Content-Length: 2\r\nContent-Length: 50\r\n\r\n{}")
    assert answer.startswith(b"HTTP/1.1 400")


def test_slow_clients(server: str, service: StubService, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that dribbles in is given up, while others are served."""
    from engine.public import receiving

    monkeypatch.setattr(receiving, "BODY_SECONDS", 0.3)
    host, port = server.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as slow:
        slow.sendall(_HEAD + b"Content-Length: 50\r\n\r\n{")
        quick = httpx.post(f"{server}/v1/track", content=GOOD, auth=("demo", ""))
        assert quick.status_code == 200
        assert slow.recv(65_536).startswith(b"HTTP/1.1 408")
    assert len(service.events()) == 1


def test_products_are_checked(api: Caller, service: StubService) -> None:
    """Only a server key writes products, and a bad one among good ones is named."""
    told = [{"id": "a", "price": "9.90", "stock": 3}, {"price": 1}, {"id": "b", "price": "cheap"}]
    assert api.post("/v1/products", told, "demo-browser").status_code == 403
    assert service.rows("select count(*) from product") == [(0,)]
    answer = api.post("/v1/products", orjson.dumps({"products": told}))
    assert [each["status"] for each in answer.json()["items"]] == [
        *("accepted", "rejected", "rejected")
    ]
    assert service.rows("select id, price, stock from product") == [("a", 990, 3)]
