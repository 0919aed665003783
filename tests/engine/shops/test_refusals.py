"""Deliveries that are not to be believed, and those that say nothing to us."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.core.model import MINUTE
from engine.public.shops import MAX_DELIVERY
from tests.engine.shops.conftest import Ecwid, House
from tests.engine.shops.samples import shopify_order


@pytest.fixture
def still(tmp_path: Path, ecwid: Ecwid) -> House:
    """A house on SQLite: what is refused reaches no database."""
    return House(tmp_path, None, ecwid)


def test_what_is_refused_leaves_nothing(still: House, capfd: pytest.CaptureFixture[str]) -> None:
    """A wrong signature is 401 with one line in the log and none of its values; an unknown topic
    is taken and ignored; nothing is stored of any.
    """
    try:
        capfd.readouterr()
        assert still.shopify("orders/create", shopify_order(), "other").status_code == 401
        said = capfd.readouterr().err
        assert said.count("\n") == 1
        assert "ada@example.com" not in said
        assert still.shopify("themes/publish", {"id": 1}).json()["ignored"]
        assert still.shopify("x", b" " * (MAX_DELIVERY + 1)).status_code == 413
        assert still.post("woocommerce", b"webhook_id=7", {}).status_code == 200
        assert still.post("woocommerce", b'{"id":1}', {}).status_code == 401
        assert still.post("ecwid", b"{}", {}).status_code == 401
        assert still.tell_ecwid("application.installed", "e-1").json()["ignored"]
        for table in ("event", "customer", "shop_record", "shop_delivery", "product"):
            assert still.rows(f"select count(*) from {table}") == [(0,)]
    finally:
        still.close()


def test_without_a_secret_there_is_nothing(still: House) -> None:
    """Without its secret an address answers 404 and says which setting is missing."""
    try:
        still.service.settings.shopify_secret = None
        answer = still.shopify("orders/create", shopify_order())
        assert answer.status_code == 404
        assert "HEADRACE_SHOPIFY_SECRET" in answer.json()["message"]
    finally:
        still.close()


def test_ecwid_is_asked_again_for_a_while_and_then_given_up(still: House) -> None:
    """A store that answers nothing is asked ten times at growing distances, and no more."""
    try:
        still.ecwid.broken = 1_000
        still.tell_ecwid("order.created", "e-1", entityId=1, data={"orderId": "X"})
        still.forward(24 * 60 * MINUTE)
        assert len(still.ecwid.asked) == 10
        ((due, reason),) = still.rows("select due_at, reason from shop_delivery")
        assert due is None
        assert reason == "given up: the API answered 500"
    finally:
        still.close()


def test_what_is_signed_and_unreadable_is_noted(
    still: House, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is answered as taken, for shops switch off hooks that are refused; the log, the metrics'
    count and `doctor` say what could not be read, without a value of it.
    """
    from engine.store import figures, shop_deliveries

    try:
        capfd.readouterr()
        for _ in range(2):
            assert still.shopify("orders/create", b'{broken "ada@example.com"').status_code == 200
        assert "unread" in still.shopify("orders/create", {"id": 1}).json()
        wrong = {"id": 1, "name": "T"}
        assert still.woocommerce("product.deleted", wrong).json()["unread"]
        said = capfd.readouterr().err
        assert said.count("a signed webhook cannot be read") == 4
        assert "ada@example.com" not in said
        with still.service.database.reader() as reader:
            assert figures.count(reader, "webhooks_unread") == 3
            found = shop_deliveries.left_out(reader)
        assert {(shop, topic) for shop, topic, _, _ in found} == {
            ("shopify", "orders/create"),
            ("woocommerce", "product.deleted"),
        }
        assert still.rows("select count(*) from event") == [(0,)]
    finally:
        still.close()
