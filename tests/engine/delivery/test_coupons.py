"""Coupons while the service runs: codes of ours, imported codes, and their redemption."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from engine.channels.transport import Outcome
from engine.core.model import DAY, HOUR
from engine.delivery import codes, onsite
from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from engine.runtime.dead_letters import dead_letters, retry
from engine.service.operations import add_coupons
from engine.store.coupons import overview
from engine.store.writer import Transaction
from tests.harness.workshop import HEAD, Workshop

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


def _telling(workshop: Make, flow: str = FLOW, **more: Any) -> Workshop:
    """A shop whose message `one` tells of the code."""
    shop = workshop(flow, **more)
    for name in ("one", "three"):
        (shop.flows / "messages" / f"{name}.email.txt").write_text(
            f"---\nsubject: {name}\n---\nYour code: {{{{ coupon.code }}}}\n", encoding="utf-8"
        )
    shop.service.publish(shop.flows)
    return shop


def _buy(shop: Workshop, customer: int, code: str, order: str, **more: Any) -> None:
    told = {"order_id": order, "value": "59.00", "coupon": code, **more}
    at = shop.clock.now()
    call = Incoming("track", f"m {order}", customer=customer, event="purchase", properties=told)
    shop.service.writer.run(lambda tx: take(tx, [call], shop.service.deployment.types, at))


def _codes(shop: Workshop) -> list[str]:
    return [row[0] for row in shop.rows("select code from coupon_code order by run")]


def test_a_code_is_redeemed_once_however_it_is_typed(workshop: Make) -> None:
    """An order with the code in small letters redeems it; a second order does not do so again."""
    shop = _telling(workshop)
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
    shop = _telling(workshop)
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
    shop = _telling(workshop)
    pool = {"coupon": "ten", "codes": ["A-1", "a-1", "B-2"]}
    done = add_coupons(shop.service, pool)
    assert (done["added"], done["left"]) == (2, 2)
    assert add_coupons(shop.service, pool)["added"] == 0
    for name in ("ada", "bob", "cid"):
        shop.happen(shop.customer(name), "ordered")
    shop.forward()
    shop.reopen()
    shop.forward()
    assert _codes(shop) == ["A-1", "B-2"]
    texts = [envelope.text for _, envelope in shop.notebook.taken]
    assert sorted("A-1" in text or "B-2" in text for text in texts) == [True, True]
    assert shop.rows("select reason from intent where state = 'ready'") == [("out of codes",)]
    (row,) = shop.service.writer.run(overview)
    assert (row["given"], row["left"]) == (2, 0)


EMPTY = {"coupon": "ten", "codes": ["A-1"]}


def _out_of_codes(workshop: Make) -> Workshop:
    """Ada has the only code, Bob waits for one."""
    shop = _telling(workshop)
    add_coupons(shop.service, EMPTY)
    for name in ("ada", "bob"):
        shop.happen(shop.customer(name), "ordered")
    shop.forward()
    return shop


def test_a_message_waits_for_codes_and_goes_when_there_are_some(workshop: Make) -> None:
    """Three hours after the pool ran dry codes are added: the message goes at once, with one."""
    shop = _out_of_codes(workshop)
    shop.forward(3 * HOUR)
    assert shop.notebook.messages == ["one"]
    add_coupons(shop.service, {"coupon": "ten", "codes": ["B-2"]})
    shop.forward()
    assert [envelope.text.split("\n")[0] for _, envelope in shop.notebook.taken] == [
        "Your code: A-1",
        "Your code: B-2",
    ]


def test_what_found_no_code_in_time_is_tried_again_with_its_time_anew(workshop: Make) -> None:
    """A day without codes skips the message; retried, it waits another day for them."""
    shop = _out_of_codes(workshop)
    shop.forward(2 * DAY)
    assert ("skipped", "out of codes") in shop.rows("select state, reason from intent")
    (waits,) = shop.service.writer.run(dead_letters)
    assert (waits["kind"], waits["reason"]) == ("message", "out of codes")
    assert shop.service.writer.run(lambda tx: retry(tx, shop.clock.now(), "me")).messages == 1
    shop.forward(20 * HOUR)
    add_coupons(shop.service, {"coupon": "ten", "codes": ["B-2"]})
    shop.forward()
    assert shop.notebook.messages == ["one", "one"]


def test_a_message_that_a_limit_swallowed_uses_up_no_code(workshop: Make) -> None:
    """The code that would have gone with it is still in the pool."""
    head = HEAD.replace("  currency EUR\n", "  currency EUR\n  limit 1 email per day\n")
    shop = _telling(workshop, FLOW.replace("  give", "  send email two\n  give"), head=head)
    add_coupons(shop.service, EMPTY)
    shop.happen(shop.customer(), "ordered")
    shop.forward()
    assert shop.notebook.messages == ["two"]
    (row,) = shop.service.writer.run(overview)
    assert (row["given"], row["left"]) == (0, 1)


@pytest.mark.parametrize(
    ("outcome", "left"), [(Outcome("failed", "no such box"), 1), (Outcome("unknown", "cut"), 0)]
)
def test_a_code_that_nobody_was_told_of_goes_back(
    workshop: Make, outcome: Outcome, left: int
) -> None:
    """A failed message gives its code back; one that may have arrived does not."""
    shop = _telling(workshop)
    add_coupons(shop.service, EMPTY)
    shop.notebook.answers = [outcome]
    shop.happen(shop.customer(), "ordered")
    shop.forward()
    (row,) = shop.service.writer.run(overview)
    assert (row["given"], row["left"]) == (1 - left, left)


def test_every_attempt_and_every_message_of_a_promise_carries_one_code(workshop: Make) -> None:
    """The time counts from the first mail that tells of it; a mail after its end is skipped."""
    flow = FLOW.replace("valid for 14 days", "valid for 3 days").replace(
        "  give coupon ten\n  send email one\n",
        "  give coupon ten\n  wait 2 days\n  send email one\n  wait 2 days\n  send email three\n"
        "  wait 5 days\n  send email one\n",
    )
    shop = _telling(workshop, flow)
    shop.notebook.answers = [Outcome("not_taken", "451 later")]
    shop.happen(shop.customer(), "ordered")
    shop.forward(10 * DAY)
    assert shop.notebook.messages == ["one", "one", "three"]
    assert len({envelope.text.split("\n")[0] for _, envelope in shop.notebook.taken}) == 1
    assert ("skipped", "its coupon code has expired") in shop.rows(
        "select state, reason from intent"
    )


def test_what_is_shown_on_the_site_gets_its_code_when_it_is_fetched(workshop: Make) -> None:
    """The step uses up no code; the first fetch draws it, and the next shows the same."""
    flow = FLOW.replace("  send email one\n", "  show banner one\n", 1)
    shop = workshop(FLOW)
    shop.write(HEAD + flow)
    banner = shop.flows / "messages" / "one.banner.html"
    banner.write_text("<p>{{ coupon.code }}</p>\n", encoding="utf-8")
    shop.service.publish(shop.flows)
    ada = shop.customer()
    shop.happen(ada, "ordered")
    shop.forward(DAY)
    assert _codes(shop) == []
    live, now = shop.service.live, shop.clock.now()

    def fetch(tx: Transaction) -> str:
        (each,) = onsite.waiting(tx, ada, "/", now)
        facts = onsite.facts_of(tx, live, ada, now)
        shown = (each.message, each.surface)
        assert codes.for_the_site(tx, live, shown, each.run, each.detail, facts, now)
        html = onsite.render(live, shop.service.sender.composer, each, facts, now)
        return "" if html is None else str(html["html"])

    first = shop.service.writer.run(fetch)
    assert shop.service.writer.run(fetch) == first
    assert [f"<p>{code}</p>" for code in _codes(shop)] == [first.strip()]
    assert shop.rows("select valid_until from coupon_code") == [(now + 14 * DAY,)]
