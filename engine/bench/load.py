"""Requests to the tracking API over sockets, by a process of its own (`-m engine.bench.load`).

What is measured is the server's processor time, which this process is no part of. It makes its
requests, says `ready`, waits for a line, sends them, and says in seconds how long that took.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import orjson

AT_ONCE: Final = 64
"""Requests that wait for their answers at the same time, each on a connection of its own."""
EACH: Final = 20
"""Events of a customer."""


def bodies(events: int, batch: int, now: datetime, *, lively: bool = False) -> Iterator[bytes]:
    """The bodies of as many requests as it takes, as Segment's Python client writes them.

    `now` is when the first event happened; the others lie before it, a millisecond apart. They
    are all looks at products; where it is `lively`, some are orders, refunds and changes of a
    customer.
    """
    customers = max(events // EACH, 1)
    held: list[dict[str, Any]] = []
    for number in range(events):
        call = _call(number, number * 7_919 % customers, now)
        held.append(
            {**call, **_lively(number // customers, number * 7_919 % customers)} if lively else call
        )
        if len(held) == batch or number == events - 1:
            alone = batch == 1
            yield orjson.dumps(held[0] if alone else {"batch": held, "sentAt": now.isoformat()})
            held = []


def lean(events: int, batch: int, now: datetime) -> Iterator[bytes]:
    """The bodies for a program that knows events of its own and no Segment: a third as long, with
    ids that rise.
    """
    customers = max(events // EACH, 1)
    for begin in range(0, events, batch):
        held = [
            {
                "id": f"e{number:012d}",
                "customer": f"user-{number * 7_919 % customers}",
                "type": "view_item",
                "ts": int(now.timestamp() * 1000) - number,
                "data": {
                    "item": f"sku-{number * 104_729 % 500}",
                    "price": 1990,
                    "category": "tents",
                },
            }
            for number in range(begin, min(begin + batch, events))
        ]
        yield orjson.dumps(held[0] if batch == 1 else held)


def _call(number: int, customer: int, now: datetime) -> dict[str, Any]:
    product = number * 104_729 % 500
    return {
        "integrations": {},
        "anonymousId": f"5f0c{customer:08x}-9c1e-4a39-b7ad",
        "timestamp": (now - timedelta(milliseconds=number)).isoformat(),
        "context": {
            "library": {"name": "analytics-python", "version": "2.3.3"},
            "ip": "198.51.100.7",
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
        },
        "type": "track",
        "userId": f"user-{customer}",
        "event": "Product Viewed",
        "properties": {
            "product_id": f"sku-{product}",
            "name": f"Tent for {product % 4 + 1}",
            "category": "tents",
            "price": 19.9 + product,
            "url": f"https://shop.example/products/{product}",
        },
        "messageId": f"{number * 2_654_435_761 % 2**32:08x}-41d4-4a3b-8c1f-{number:012x}",
    }


def _lively(turn: int, customer: int) -> dict[str, Any]:
    """What makes another call of a look at a product, by the turns of a customer."""
    order = f"order-{customer}-{turn // EACH}"
    match (turn + customer) % EACH:
        case 2 | 9 | 15:
            traits = {"points": turn, "plan": f"plan {turn % 3}", "email": f"c{customer}@shop.test"}
            return {"type": "identify", "traits": traits}
        case 4 | 11 as place:  # the same order, told again with more of it
            bought = {"product_id": "sku-1", "quantity": 1, "price": 19.9}
            told = {"order_id": order, "total": 19.9, "products": [bought]}
            more = {"coupon": "TENTS"} if place == 11 else {}
            return {"event": "Order Completed", "properties": {**told, **more}}
        case 13:
            told = {"order_id": order, "total": 9.9}
            return {"event": "Order Refunded", "properties": told}
    return {}


def opening(path: str, key: str) -> bytes:
    """The head of a POST of JSON to `path`, up to where its length is said."""
    head = f"POST {path} HTTP/1.1\r\nhost: shop\r\nauthorization: Bearer {key}\r\n"
    return (head + "content-type: application/json\r\ncontent-length: ").encode()


def is_taken(answer: bytes) -> bool | None:
    """Whether an answer says yes; None while something of it has not come."""
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end or len(body) < int(head.lower().partition(b"content-length:")[2].split()[0]):
        return None
    return head[9:10] == b"2"


class _Client(asyncio.Protocol):
    """One connection: the next request goes out when the answer to the last is there."""

    def __init__(self, requests: Iterator[bytes], done: asyncio.Future[None]) -> None:
        self._requests = requests
        self._done = done
        self._text = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._text += data
        taken = is_taken(self._text)
        if taken is None:
            return
        if not taken:
            self._fail(self._text[:500].decode("latin-1"))
            return
        self._text = b""
        self._next()

    def connection_lost(self, _error: Exception | None) -> None:
        self._fail("the server closed the connection")

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is not None:
            self._transport.write(request)
        elif not self._done.done():
            self._done.set_result(None)
            self._transport.close()

    def _fail(self, why: str) -> None:
        if not self._done.done():
            self._done.set_exception(RuntimeError(why))


async def _send(port: int, requests: list[bytes]) -> float:
    loop = asyncio.get_running_loop()
    waiting = iter(requests)
    ends = [loop.create_future() for _ in range(AT_ONCE)]
    started = time.perf_counter()
    for done in ends:
        await loop.create_connection(partial(_Client, waiting, done), "127.0.0.1", port)
    await asyncio.gather(*ends)
    return time.perf_counter() - started


_SHAPES: Final[dict[str, Callable[[int, int, datetime], Iterator[bytes]]]] = {
    "segment": bodies,
    "lively": partial(bodies, lively=True),
    "lean": lean,
}


def main(
    port: int, path: str, key: str, events: int, batch: int, now: str, shape: str = "segment"
) -> None:
    start = opening(path, key)
    requests = [
        b"%s%d\r\n\r\n%s" % (start, len(body), body)
        for body in _SHAPES[shape](events, batch, datetime.fromisoformat(now).astimezone(UTC))
    ]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    seconds = asyncio.run(_send(port, requests))
    sys.stdout.write(f"{seconds}\n")


if __name__ == "__main__":
    main(
        int(sys.argv[1]),
        sys.argv[2],
        sys.argv[3],
        int(sys.argv[4]),
        int(sys.argv[5]),
        *sys.argv[6:],
    )
