"""The standing feed: read when it changes, and never in the way when it cannot be."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine.clock import SettableClock
from engine.imports import recurring as standing
from engine.imports.feeds import download as fetching
from engine.imports.feeds.download import fetch
from engine.imports.reading import UnreadableFileError
from engine.service.service import Service
from engine.settings import Settings
from tests.engine.imports.people import NOW
from tests.harness.workshop import HEAD

OUTSIDE = [ipaddress.ip_address("93.184.216.34")]


def open_service(folder: Path, url: str | None, feed: str) -> Service:
    flows = folder / "flows"
    flows.mkdir(exist_ok=True)
    (flows / "shop.flow").write_text(HEAD + "flow idle:\n  enter when purchase\n  wait 1 day\n")
    settings = Settings(
        database_url=url, product_feed=feed, product_feed_complete=True, _env_file=None
    )
    service = Service(folder / "data", flows, settings, SettableClock(NOW), transports={})
    service.start_quietly()
    return service


def test_a_feed_in_a_file(tmp_path: Path, database_url: str | None) -> None:
    """A changed feed is taken over, an unchanged one is skipped, a broken one changes nothing but
    what is shown of it, and one that goes back to what it was is read again.
    """
    feed = tmp_path / "feed.csv"
    service = open_service(tmp_path, database_url, str(feed))

    def stocks() -> list[Any]:
        return service.writer.run(lambda tx: tx.rows("select id, stock from product order by id"))

    try:
        assert not service.read_feed()
        assert "cannot be read" in service.writer.run(standing.fault_of)
        feed.write_text("id,stock\na,1\nb,2\n")
        assert service.read_feed()
        assert service.writer.run(standing.fault_of) == ""
        assert not service.read_feed()
        feed.write_text("id,stock\na,0\n")
        assert service.read_feed()
        assert stocks() == [("a", 0), ("b", 0)]
        feed.write_text("<rss><item><id>a</id><quantity>5</quantity></item>")
        assert not service.read_feed()
        assert "not XML" in service.writer.run(standing.fault_of)
        feed.write_text("id,stock\na,1\nb,2\n")
        assert service.read_feed()
        assert stocks() == [("a", 1), ("b", 2)]
    finally:
        service.stop()


def test_a_feed_by_its_address(tmp_path: Path) -> None:
    """The feed is fetched from the checked address, and not again while its ETag stands."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if request.headers.get("if-none-match") == '"1"':
            return httpx.Response(304)
        return httpx.Response(200, content=b"id,stock\na,1\n", headers={"ETag": '"1"'})

    def get(etag: str = "") -> fetching.Fetched:
        return fetch(
            "https://shop.example/feeds/all.csv",
            tmp_path / "feed",
            etag=etag,
            resolved=lambda host, port: OUTSIDE,
            transport=httpx.MockTransport(answer),
        )

    first = get()
    assert (first.name, first.etag, first.changed) == ("all.csv", '"1"', True)
    assert (tmp_path / "feed").read_bytes() == b"id,stock\na,1\n"
    assert not get(first.etag).changed
    assert asked[0].url.host == "93.184.216.34"
    assert asked[0].headers["host"] == "shop.example"
    assert asked[0].extensions["sni_hostname"] == "shop.example"


@pytest.mark.parametrize(
    ("url", "address", "status", "reason"),
    [
        ("http://shop.example/f", "93.184.216.34", 200, "must begin with https"),
        ("https://a:b@shop.example/f", "93.184.216.34", 200, "no password"),
        ("https://shop.example:x/f", "93.184.216.34", 200, "not a number"),
        ("https://shop.example/f", "127.0.0.1", 200, "not on the public internet"),
        ("https://shop.example/f", "169.254.169.254", 200, "not on the public internet"),
        ("https://shop.example/f", "64:ff9b::7f00:1", 200, "not on the public internet"),
        ("https://shop.example/f", "93.184.216.34", 302, "redirects are not followed"),
        ("https://shop.example/f", "93.184.216.34", 500, "answered 500"),
    ],
)
def test_addresses_that_are_not_read(
    tmp_path: Path, url: str, address: str, status: int, reason: str
) -> None:
    """A feed is never fetched from inside, over plain HTTP, or from where a redirect leads."""
    with pytest.raises(UnreadableFileError, match=reason):
        fetch(
            url,
            tmp_path / "feed",
            resolved=lambda host, port: [ipaddress.ip_address(address)],
            transport=httpx.MockTransport(lambda request: httpx.Response(status)),
        )


def test_a_feed_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A feed that does not end is left."""
    monkeypatch.setattr(fetching, "MAX_BYTES", 1_000)
    with pytest.raises(UnreadableFileError, match="more than"):
        fetch(
            "https://shop.example/f",
            tmp_path / "feed",
            resolved=lambda host, port: OUTSIDE,
            transport=httpx.MockTransport(
                lambda request: httpx.Response(200, content=b"x" * 2_000)
            ),
        )
