"""Requests to the tracking API at a steady rate, by a process of its own
(`-m engine.bench.steady`).

Each request has its moment, whatever became of those before it: one that finds every connection
waiting for an answer goes out late, and its latency counts from its moment all the same.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import deque
from functools import partial
from typing import Any, Final

import orjson

from engine.bench.load import is_taken, opening

AT_ONCE: Final = 64
VIEWERS: Final = 5_000
"""Customers who only look at products; those who order come after them by number."""
_TICK_S: Final = 0.005
_LEAD_S: Final = 0.2


def is_order(number: int, percent: int) -> bool:
    """Whether the event of this number is one that a message answers; `percent` of all are."""
    return number * percent // 100 != (number + 1) * percent // 100


def order_of(number: int, percent: int) -> int:
    """Which order it is: each is of a customer of its own."""
    return number * percent // 100


def _body(number: int, percent: int, at: float) -> bytes:
    told: dict[str, Any] = {
        "type": "track",
        "messageId": f"{number * 2_654_435_761 % 2**32:08x}-{number:012x}",
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + "Z",
    }
    if is_order(number, percent):
        told |= {
            "userId": f"user-{VIEWERS + order_of(number, percent)}",
            "event": "ordered",
            "properties": {"total": 129.9},
        }
    else:
        product = number * 104_729 % 500
        told |= {
            "userId": f"user-{number * 7_919 % VIEWERS}",
            "event": "Product Viewed",
            "properties": {
                "product_id": f"sku-{product}",
                "name": f"Tent for {product % 4 + 1}",
                "category": "tents",
                "price": 19.9 + product,
                "url": f"https://shop.example/products/{product}",
            },
        }
    return orjson.dumps(told)


class _Client(asyncio.Protocol):
    """A connection: free, or waiting for an answer to the request of a moment."""

    def __init__(self, pool: _Pool, done: asyncio.Future[None]) -> None:
        self._pool = pool
        self._done = done
        self._text = b""
        self._transport: Any = None
        self._moment = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._pool.free.append(self)

    def send(self, moment: float, request: bytes) -> None:
        self._moment = moment
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._text += data
        taken = is_taken(self._text)
        if taken is None:
            return
        if not taken:
            self._fail(self._text[:500].decode("latin-1"))
            return
        self._text = b""
        self._pool.answered(self, time.perf_counter() - self._moment)

    def connection_lost(self, _error: Exception | None) -> None:
        if self in self._pool.free:
            self._pool.free.remove(self)  # it was of no use for long
        else:
            self._fail("the server closed the connection")

    def _fail(self, why: str) -> None:
        if not self._done.done():
            self._done.set_exception(RuntimeError(why))


class _Pool:
    def __init__(self) -> None:
        self.free: deque[_Client] = deque()
        self.queue: deque[tuple[float, bytes]] = deque()
        self.answers: list[float] = []

    def ask(self, moment: float, request: bytes) -> None:
        if self.free:
            self.free.popleft().send(moment, request)
        else:
            self.queue.append((moment, request))

    def answered(self, client: _Client, seconds: float) -> None:
        self.answers.append(seconds)
        if self.queue:
            client.send(*self.queue.popleft())
        else:
            self.free.append(client)


async def _send(port: int, key: str, rate: float, seconds: float, percent: int) -> _Pool:
    start = opening("/v1/track", key)
    loop, pool = asyncio.get_running_loop(), _Pool()
    failed: asyncio.Future[None] = loop.create_future()
    for _ in range(AT_ONCE):
        await loop.create_connection(partial(_Client, pool, failed), "127.0.0.1", port)
    # The moment of the first event, by the clock that others look at, too.
    begin, here = time.time() + _LEAD_S, time.perf_counter() + _LEAD_S  # noqa: TID251 - shared
    sys.stdout.write(f"{begin}\n")
    sys.stdout.flush()
    count, number = round(rate * seconds), 0
    while number < count:
        await asyncio.sleep(_TICK_S)
        if failed.done():
            failed.result()
        now = time.perf_counter()
        while number < count and here + number / rate <= now:
            body = _body(number, percent, begin + number / rate)
            pool.ask(here + number / rate, b"%s%d\r\n\r\n%s" % (start, len(body), body))
            number += 1
    while len(pool.answers) < count:
        await asyncio.sleep(_TICK_S)
        if failed.done():
            failed.result()
    return pool


def main(port: int, key: str, rate: float, seconds: float, percent: int) -> None:
    pool = asyncio.run(_send(port, key, rate, seconds, percent))
    answers = sorted(pool.answers)
    told = {
        "answers": len(answers),
        "answer_p50_ms": round(answers[len(answers) // 2] * 1000, 1),
        "answer_p99_ms": round(answers[len(answers) * 99 // 100] * 1000, 1),
        "answer_max_ms": round(answers[-1] * 1000, 1),
    }
    sys.stdout.write(orjson.dumps(told).decode() + "\n")


if __name__ == "__main__":
    main(
        int(sys.argv[1]),
        sys.argv[2],
        float(sys.argv[3]),
        float(sys.argv[4]),
        int(sys.argv[5]),
    )
