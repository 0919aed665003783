"""The real clients, unchanged, against a real server."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from engine.core.model import MINUTE
from tests.engine.public.conftest import NOW, StubService
from tests.harness.npm import node_with

CLIENTS = Path(__file__).parents[2] / "clients"


def _shop(client: Any) -> None:
    """The same small journey with any of the Python clients."""
    traits = {"firstName": "Ada", "email": "ada@example.com", "consent": {"email": True}}
    client.identify("ada", traits)
    client.page("ada", name="Boots", properties={"url": "https://shop.example/boots"})
    client.track(
        "ada",
        "Product Added",
        {"product_id": "boots", "name": "Boots", "price": 129.9, "quantity": 2},
    )
    client.flush()


def _check(service: StubService) -> None:
    ada = service.customer("ada")
    assert (ada["first_name"], ada["email"]) == ("Ada", "ada@example.com")
    assert service.consent("ada") == {"email": True}
    names = [name for name, _ in service.events()]
    assert sorted(names) == ["add_to_cart", "page_view", "subscribe"]
    added = dict(service.events())["add_to_cart"]
    assert (added["item"], added["value"]) == ("boots", 25_980)
    occurred = [row[0] for row in service.rows("select occurred_at from event")]
    assert all(NOW - MINUTE < at <= NOW for at in occurred), "the client's clock is corrected"


@pytest.mark.parametrize("packed", [False, True])
def test_segment_python(server: str, service: StubService, packed: bool) -> None:
    """Events sent by segment-analytics-python arrive, plain and compressed."""
    from segment.analytics.client import Client

    failures: list[Any] = []
    client = Client(
        "demo", host=server, gzip=packed, on_error=lambda *error: failures.append(error)
    )
    _shop(client)
    client.join()
    assert failures == []
    _check(service)


def test_rudder_python(server: str, service: StubService) -> None:
    """Events sent by rudder-sdk-python arrive."""
    from rudderstack.analytics.client import Client

    failures: list[Any] = []
    client = Client("demo", host=server, on_error=lambda *error: failures.append(error))
    _shop(client)
    client.join()
    assert failures == []
    _check(service)


def test_a_client_with_a_wrong_key_is_told_why(server: str, service: StubService) -> None:
    """segment-analytics-python reports our code and sentence, and does not retry."""
    from segment.analytics.client import Client

    failures: list[Any] = []
    client = Client("wrong", host=server, on_error=lambda error, _: failures.append(error))
    client.track("ada", "Product Added")
    client.flush()
    client.join()
    (error,) = failures
    assert (error.status, error.code) == (401, "unauthorized")
    assert service.events() == []


@pytest.fixture(scope="session")
def node() -> str:
    """Node with the clients of `tests/clients` installed."""
    return node_with(CLIENTS)


def test_segment_node(node: str, server: str, service: StubService) -> None:
    """Events sent by @segment/analytics-node arrive."""
    done = subprocess.run(
        [node, "send.mjs", server, "demo"],
        cwd=CLIENTS,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    _check(service)
    names = {row[0] for row in service.rows("select name from event")}
    assert {"$identify", "$group", "$alias"} <= names
