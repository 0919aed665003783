"""A young sender begins with few mails a day, to those who are most engaged."""

from __future__ import annotations

import re

from engine.core.model import DAY, HOUR
from engine.core.warming import WarmUp
from engine.publishing import warming
from tests.harness.workshop import HEAD

WARM = HEAD.replace("\n\nevent", "\n  warm up over 3 days from 2 a day\n\nevent", 1)
FLOWS = """
flow f:
  enter when ordered
  send email one

flow sent_anyway:
  enter when search
  transactional
  send email two
"""


def _to(shop) -> list[str]:
    return [one.to.partition("@")[0] for _, one in shop.notebook.taken]


def test_the_most_engaged_first_and_nobody_is_skipped(workshop) -> None:
    """Two mails on the first day, to those who clicked and subscribed last; the rest is held past
    what is too late for others, says why, and goes day by day, then all at once.
    """
    shop = workshop(FLOWS, head=WARM)
    people = {name: shop.customer(name) for name in ("ada", "bob", "cem", "dan", "eve", "fay")}
    for name, event in (("cem", "click_email"), ("fay", "subscribe")):
        shop.happen(people[name], event)
    shop.forward()
    for customer in people.values():
        shop.happen(customer, "ordered", f"o{customer}")
    shop.happen(people["bob"], "search")
    shop.forward()
    assert sorted(_to(shop)) == ["bob", "cem", "fay"], "and what is transactional"
    reasons = shop.rows("select distinct reason from intent where state = 'ready'")
    assert reasons == [("warm-up: 2 mails a day on day 1 of 3",)]
    with shop.service.database.reader() as reader:
        [words] = warming.words(reader, shop.clock.now())
    assert words == "warm-up: day 1 of 3, 2 of 2 mails went today, 4 wait for another day"
    shop.forward(10 * HOUR)
    assert len(_to(shop)) == 3, "not before tomorrow"
    shop.forward(14 * HOUR)
    assert len(_to(shop)) == 5
    shop.reopen()
    shop.forward(DAY)
    assert len(_to(shop)) == 7, "the third day has room for three: two were left"
    assert sorted(_to(shop)) == sorted([*people, "bob"])
    assert shop.rows("select count(*) from intent where state <> 'sent'") == [(0,)]


def test_what_was_asked_for_and_staff_do_not_wait(workshop) -> None:
    """A send `over limits send anyway` is held by no warm-up; it counts."""
    flow = "\nflow f:\n  enter when ordered\n  send email one:\n    over limits send anyway\n"
    shop = workshop(flow, head=WARM)
    for name in ("ada", "bob", "cem"):
        shop.happen(shop.customer(name), "ordered")
    shop.forward()
    assert len(_to(shop)) == 3
    with shop.service.database.reader() as reader:
        found = warming.as_json(reader, shop.clock.now())
    assert found == {"day": 1, "days": 3, "went": 3, "most": 2, "waiting": 0}


def test_room_that_was_not_used_is_anothers_on_the_same_day(workshop) -> None:
    """Who was let go and left the flow meanwhile takes nobody's place."""
    flow = FLOWS.replace("  send email one", '  exit if customer.plan is "off"\n  send email one')
    head = WARM.replace("event ordered", "customer:\n  plan text\n\nevent ordered")
    shop = workshop(flow, head=head)
    for name in ("ada", "bob", "cem"):
        customer = shop.customer(name, **({"plan": "off"} if name == "cem" else {}))
        if name == "cem":
            shop.happen(customer, "click_email")
            shop.forward()
    for customer in (1, 2, 3):
        shop.happen(customer, "ordered")
    shop.forward(HOUR)
    assert sorted(_to(shop)) == ["ada", "bob"]


def test_taken_out_and_put_back_it_begins_anew(workshop) -> None:
    """Without the line there is no limit; a line that is only edited goes on where it is."""
    shop = workshop(FLOWS, head=WARM)
    shop.forward(DAY)

    def standing() -> str:
        with shop.service.database.reader() as reader:
            return " ".join(warming.words(reader, shop.clock.now()))

    assert "day 2 of 3" in standing()
    shop.write(re.sub("from 2 a day", "from 50 a day", WARM) + FLOWS)
    shop.service.publish(shop.flows)
    assert "day 2 of 3, 0 of 60" in standing()
    shop.write(HEAD + FLOWS)
    shop.service.publish(shop.flows)
    assert standing() == ""
    shop.write(WARM + FLOWS)
    shop.service.publish(shop.flows)
    assert "day 1 of 3" in standing()


def test_each_day_a_fifth_more() -> None:
    """200 on the first day are forty thousand after a month."""
    plan = WarmUp(30, 200)
    assert [plan.most(day) for day in (0, 1, 2, 29, 30)] == [200, 240, 288, 39_563, None]
