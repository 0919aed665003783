"""Coupons while the service runs: codes of ours, imported codes, and their redemption."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from engine.core.model import DAY
from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from engine.service.operations import add_coupons
from engine.store.coupons import overview
from tests.engine.runtime.workshop import Workshop

FLOW = """\
coupon ten "10 %":
  10% off
  valid for 14 days
  code "Ten-????-????"

flow gift:
  enter when ordered

  give coupon ten
  send email one

flow thanks:
  enter when redeem_coupon where coupon is "ten"

  send email two
"""

Make = Callable[..., Workshop]


def _buy(shop: Workshop, customer: int, code: str, order: str, **more: Any) -> None:
    told = {"order_id": order, "value": "59.00", "coupon": code, **more}
    at = shop.clock.now()
    call = Incoming("track", f"m {order}", customer=customer, event="purchase", properties=told)
    shop.service.writer.run(lambda tx: take(tx, [call], shop.service.deployment.types, at))


def _codes(shop: Workshop) -> list[str]:
    return [row[0] for row in shop.rows("select code from coupon_code order by run")]


def test_a_code_is_redeemed_once_however_it_is_typed(workshop: Make) -> None:
    """An order with the code in small letters redeems it; a second order does not do so again."""
    shop = workshop(FLOW)
    ada = shop.customer()
    shop.happen(ada, "ordered")
    shop.forward()
    (code,) = _codes(shop)
    _buy(shop, ada, code.lower(), "o-1")
    _buy(shop, ada, code, "o-2")
    shop.forward()
    assert shop.notebook.messages == ["one", "two"]
    rows = shop.rows("select order_id, order_value, redeemed_by, valid_until from coupon_code")
    assert rows == [("o-1", 5_900, ada, shop.clock.now() + 14 * DAY)]


def test_a_code_of_somebody_else_is_noted_as_that(workshop: Make) -> None:
    """Who buys with another's code is told of as such; the code counts once, by another."""
    shop = workshop(FLOW)
    ada, bob = shop.customer(), shop.customer("bob")
    shop.happen(ada, "ordered")
    shop.forward()
    _buy(shop, bob, _codes(shop)[0], "o-1")
    (told,) = shop.rows("select customer, properties from event where name = 'redeem_coupon'")
    assert told[0] == bob
    assert orjson.loads(told[1])["given_to_another"] is True
    (row,) = shop.service.writer.run(overview)
    assert (row["given"], row["redeemed"], row["by_others"], row["revenue"]) == (1, 1, 1, 5_900)


def test_imported_codes_go_out_once_each_until_none_is_left(workshop: Make) -> None:
    """Each imported code goes to one person; who comes after the last gets no mail without one."""
    shop = workshop(FLOW)
    pool = {"coupon": "ten", "codes": ["A-1", "a-1", "B-2"]}
    done = add_coupons(shop.service, pool)
    assert (done["added"], done["left"]) == (2, 2)
    assert add_coupons(shop.service, pool)["added"] == 0
    (shop.flows / "messages" / "one.email.txt").write_text(
        "---\nsubject: one\n---\nYour code: {{ coupon.code }}\n", encoding="utf-8"
    )
    shop.service.publish(shop.flows)
    for name in ("ada", "bob", "cid"):
        shop.happen(shop.customer(name), "ordered")
    shop.forward()
    shop.reopen()
    shop.forward()
    assert _codes(shop) == ["A-1", "B-2"]
    texts = [envelope.text for _, envelope in shop.notebook.taken]
    assert sorted("A-1" in text or "B-2" in text for text in texts) == [True, True]
    outcomes = shop.rows("select outcome, detail from step_history where outcome = 'failed'")
    assert ("failed", "no code of ten is left: import more") in outcomes
    (row,) = shop.service.writer.run(overview)
    assert (row["given"], row["left"]) == (2, 0)
