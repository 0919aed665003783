"""Addresses that are called: one guard, whoever asks."""

from __future__ import annotations

import asyncio
import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.channels.transport import Envelope
from engine.channels.webhook import Webhook
from engine.imports.feeds.download import fetch
from engine.imports.reading import UnreadableFileError
from engine.outside import ForbiddenAddressError, UnknownNameError, is_outside, loopback, outside
from engine.shops.fetching import NotFetchedError, _safely

URL = "https://inner.example/x"
HIDDEN = (
    *("::ffff:0:0", "::", "64:ff9b::", "64:ff9b:1::", "::ffff:0:0:0"),
    *("2002::", "fe80::", "fc00::", "ff02::"),
)


@pytest.fixture(params=["168.63.129.16", "192.0.0.192", "64:ff9b::7f00:1", "2002:7f00:1::"])
def inner(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A name whose second address leads inside."""

    def answer(host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in ("93.184.216.34", request.param)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return request.param


def test_nobody_calls_inside(inner: str, tmp_path) -> None:
    """A webhook, a feed and the shop's API all stop at the same addresses, and say which."""
    outcome = asyncio.run(Webhook(timeout=5).deliver("k", Envelope("call", URL, 0, payload={})))
    assert outcome.kind == "refused"
    assert inner in outcome.reason
    with pytest.raises(UnreadableFileError, match="not on the public internet"):
        fetch(URL, tmp_path / "feed")
    with pytest.raises(NotFetchedError, match="not on the public internet"):
        _safely(URL)
    assert not (tmp_path / "feed").exists()


@given(
    st.ip_addresses(v=4).filter(lambda one: not one.is_global) | st.just("168.63.129.16"),
    st.sampled_from(HIDDEN),
)
def test_no_inner_address_hides_in_a_longer_one(inside: object, prefix: str) -> None:
    """Whatever of IPv6 carries an address of IPv4 leads no further than that one."""
    number = int(ipaddress.IPv4Address(str(inside)))
    if prefix == "2002::":
        number <<= 80
    assert not is_outside(ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) | number))
    assert not is_outside(ipaddress.IPv4Address(str(inside)))


@given(st.ip_addresses(v=6))
def test_only_what_was_given_out_is_outside(address: ipaddress.IPv6Address) -> None:
    """Of IPv6 an address is outside only where the registries have ever given any out."""
    mapped = address.ipv4_mapped
    if mapped is None and address not in ipaddress.IPv6Network("2000::/3"):
        assert not is_outside(address)


def test_a_checked_address_is_called_under_its_name() -> None:
    """The connection goes to the address that was checked; the other side hears the name."""
    address = ipaddress.ip_address("93.184.216.34")
    found = outside("https://shop.example:8443/a?b=c", "it", lambda host, port: [address])
    assert str(found.url) == "https://93.184.216.34:8443/a?b=c"
    assert found.host == "shop.example:8443"
    assert found.extensions == {"sni_hostname": "shop.example"}


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://shop.example/", "it must begin with https://"),
        ("https://shop.example:x/", "the port of it is not a number"),
        ("https://a:b@shop.example/", "it needs a host and no password"),
        ("https:///x", "it needs a host and no password"),
        ("https://[::1", "it cannot be read"),
    ],
)
def test_what_is_no_address_is_said(url: str, says: str) -> None:
    """A wrong address is one sentence that names it."""
    with pytest.raises(ForbiddenAddressError, match=says):
        outside(url, "it", lambda host, port: [])


def test_a_name_without_an_address_is_not_known() -> None:
    """That may change, so it is told apart from what must not be called."""
    with pytest.raises(UnknownNameError, match=r"shop\.example is not known"):
        outside("https://shop.example/", "it", lambda host, port: [])


def test_only_a_number_is_this_machine() -> None:
    """A proxy on the loopback interface is named by number; a name may lead anywhere."""
    assert loopback("http://127.0.0.1:8080/x")
    assert loopback("http://[::1]:8080/x")
    assert not loopback("http://localhost:8080/x")
    assert not loopback("http://10.0.0.1/x")
