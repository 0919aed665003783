"""A visitor who turns out to be a known person: nothing is lost, nothing happens twice."""

from __future__ import annotations

import itertools
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.channels.transport import not_taken
from engine.core.model import DAY, HOUR, MINUTE, SECOND, Instant
from engine.customers import merging
from engine.customers.consent import Consents
from engine.intake.incoming import Incoming, Taken
from engine.intake.ingest import take
from engine.store import tables
from engine.store.carts import cart_from
from engine.store.writer import Transaction
from tests.harness.workshop import START, Workshop

SHOP = """\
score warmth:
  +10 on view_item
  +3 on purchase

flow carts:
  enter when add_to_cart
  exit when purchase
  wait 2 days
  send email one

flow wish:
  enter when add_to_wishlist for each item
  re-enter never
  goal purchase within 5 days
  wait 1 hour
  send email two

flow weekly:
  enter every day at 12:00 for segment everyone
  send email three

segment everyone:
  customer.id is set
"""

_numbers = itertools.count()


def tell(shop: Workshop, kind: str = "track", event: str = "", **told: Any) -> Taken:
    now = shop.clock.now()
    properties = told.pop("properties", {})
    call = Incoming(
        kind,  # type: ignore[arg-type]
        told.pop("message_id", f"t{next(_numbers)}"),
        event=event,
        properties=properties,
        source="test",
        **told,
    )
    service = shop.service
    (taken,) = service.writer.run(lambda tx: take(tx, [call], service.deployment.types, now))
    return taken


def merge(shop: Workshop, survivor: int, gone: int) -> None:
    shop.service.writer.run(lambda tx: merging.merge(tx, survivor, gone, shop.clock.now()))


def everywhere(shop: Workshop, customer: int) -> dict[str, int]:
    """In which tables a row still names a customer that was merged, but for what is kept of it."""
    found = {}
    for table in tables.Customer.metadata.tables.values():
        if "customer" in table.columns and table.name not in (
            "interest",
            "membership_change",
            "property_change",
        ):
            ((count,),) = shop.rows(
                f"select count(*) from {table.name} where customer = ?", customer
            )
            if count:
                found[table.name] = count
    return found


def test_of_two_runs_the_earlier_goes_on(workshop) -> None:
    """The visitor's earlier run goes on as the known person's; the later one ends and is silent."""
    shop = workshop(SHOP)
    ada, visitor = shop.customer("ada"), shop.customer("visitor")
    shop.happen(visitor, "add_to_cart", items=[{"id": "a"}])
    shop.forward(DAY)
    shop.happen(ada, "add_to_cart", items=[{"id": "b"}])
    shop.forward(HOUR)
    merge(shop, ada, visitor)
    shop.forward(4 * DAY)
    carts = [one for one in shop.notebook.taken if one[1].message == "one"]
    assert [(one.to, one.at) for _, one in carts] == [("ada@shop.example", START + 2 * DAY)]
    ends = shop.rows(
        "select end_kind from run where flow = (select id from flow where name = 'carts')"
        " order by id"
    )
    assert ends == [("finished",), ("merged",)]
    assert everywhere(shop, visitor) == {}


def test_what_either_had_is_not_had_again(workshop) -> None:
    """`re-enter never` and a calendar's moment count for the person, whoever had them."""
    shop = workshop(SHOP)
    ada, visitor = shop.customer("ada"), shop.customer("visitor")
    shop.happen(visitor, "add_to_wishlist", items=[{"id": "a"}])
    shop.forward(3 * HOUR)
    merge(shop, ada, visitor)
    shop.happen(ada, "add_to_wishlist", items=[{"id": "a"}])
    shop.forward(2 * HOUR)
    assert sorted(shop.notebook.messages) == ["three", "three", "two"]
    assert shop.rows("select count(distinct customer) from firing") == [(1,)]
    assert ("was in this flow before, and enters it never again",) in shop.rows(
        "select reason from skipped_entry where customer = ?", ada
    )


def test_a_firing_of_the_visitor_is_not_repeated_for_the_person(workshop) -> None:
    """Who had today's letter as a visitor does not get it again after signing in."""
    shop = workshop(SHOP)
    visitor = shop.customer("visitor")
    shop.forward(3 * HOUR)
    ada = shop.customer("ada")
    merge(shop, ada, visitor)
    fired = shop.rows("select customer, local_date from firing order by 1, 2")
    assert fired == [(ada, "2026-01-05")]


def test_the_later_word_on_consent_stands(workshop) -> None:
    """Withdrawn after it was given, or given after it was withdrawn: the later counts, proven."""
    for first, second in ((True, False), (False, True)):
        shop = workshop(SHOP)
        ada, visitor = shop.customer("ada"), shop.customer("visitor", email="ada@shop.example")

        def say(customer: int, at: Instant, *, agreed: bool, shop: Workshop = shop) -> None:
            def work(transaction: Transaction) -> None:
                consents = Consents(transaction, at)
                consents.change(customer, "email", agreed=agreed, source="test")
                consents.flush()

            shop.service.writer.run(work)

        say(ada, START + 1, agreed=first)
        say(visitor, START + 2, agreed=second)
        merge(shop, ada, visitor)
        rows = shop.rows("select customer, allowed from consent where what = 'email'")
        assert [(who, bool(allowed)) for who, allowed in rows] == [(ada, second)]
        ((act, source),) = shop.rows(
            "select act, source from consent_proof where customer = ? order by id desc limit 1", ada
        )
        assert (act, source) == ("granted" if second else "withdrawn", "two rows of one person")


def test_consent_for_another_address_is_not_taken_over(workshop) -> None:
    """What a visitor agreed to for their own address says nothing of the known person's."""
    shop = workshop(SHOP)
    ada, visitor = shop.customer("ada"), shop.customer("visitor")
    shop.service.writer.run(lambda tx: tx.execute("delete from consent where customer = ?", (ada,)))
    merge(shop, ada, visitor)
    assert shop.rows("select what from consent where customer = ?", ada) == []


def test_two_known_people_at_one_browser_stay_two(workshop) -> None:
    """A shared browser gives its next visits to who signs in, and merges nobody."""
    shop = workshop(SHOP)
    tell(shop, event="add_to_cart", anonymous="b", properties={"item": "a"})
    ada = tell(shop, "identify", user="ada", anonymous="b").customer
    ben = tell(shop, "identify", user="ben", anonymous="b").customer
    tell(shop, event="add_to_cart", anonymous="b", properties={"item": "c"})
    shop.forward(MINUTE)
    assert ada != ben
    assert shop.rows("select count(*) from customer where merged_into is not null") == [(0,)]
    carts = dict(shop.rows("select id, cart from customer"))
    assert list(orjson.loads(carts[ada])["items"]) == ["a"]
    assert list(orjson.loads(carts[ben])["items"]) == ["c"]


NAMES = ("add_to_cart", "remove_from_cart", "view_cart", "purchase", "view_item")
ACTS = st.lists(
    st.tuples(
        st.sampled_from((*NAMES, "wait")),
        st.sampled_from(["a", "b"]),
        st.sampled_from(["known", "phone", "desk"]),
        st.integers(0, 5),
    ),
    max_size=10,
)


def test_who_came_by_two_ways_ends_as_who_came_by_one(workshop: Any) -> None:
    """Events of visitors that are identified, in any interleaving and told however late, leave
    the cart, the orders, the points and the history that they leave under the known id.
    """
    shop = workshop(SHOP)

    @settings(max_examples=25, deadline=None)
    @given(acts=ACTS, identified=st.lists(st.sampled_from(["phone", "desk"]), max_size=3))
    def hold(acts: list[Any], identified: list[str]) -> None:
        _come_by_two_ways(shop, acts, identified)

    hold()


def _come_by_two_ways(shop: Workshop, acts: list[Any], identified: list[str]) -> None:
    mark = f"{next(_numbers)}-"
    for who in ("one", "two"):
        tell(shop, "identify", user=mark + who, traits={"email": f"{mark}{who}@shop.example"})
    for number, (name, product, way, late) in enumerate(acts):
        if name == "wait":
            shop.forward(late * MINUTE)
            continue
        shop.forward(SECOND)
        told: dict[str, Any] = {
            "event": name,
            "occurred_at": shop.clock.now() - late * 20 * MINUTE,
            "properties": {"items": [{"id": product, "price": 500, "quantity": 1 + late}]},
        }
        whose = {"user": mark + "one"} if way == "known" else {"anonymous": mark + way}
        tell(shop, **told, **whose, message_id=f"{mark}one{number}")
        tell(shop, **told, user=mark + "two", message_id=f"{mark}two{number}")
        if number % 3 == 2 and identified:
            tell(shop, "identify", user=mark + "one", anonymous=mark + identified.pop())
    for way in ("phone", "desk"):
        tell(shop, "identify", user=mark + "one", anonymous=mark + way)
    shop.forward(MINUTE)
    states = []
    for who in ("one", "two"):
        ((number,),) = shop.rows("select customer from identity where value = ?", mark + who)
        row = shop.rows("select properties, scores, cart from customer where id = ?", number)[0]
        properties, scores, cart = (orjson.loads(one or b"null") for one in row)
        made = shop.service.writer.run(lambda tx, who=number: cart_from(tx, who))
        assert cart is None or cart["items"] == made.items
        history = shop.rows(
            "select name, occurred_at, received_at from event where customer = ?"
            " and name in ('add_to_cart', 'remove_from_cart', 'view_cart', 'purchase',"
            " 'view_item') order by received_at, id",
            number,
        )
        totals = ("orders", "total_spent", "first_order_at", "last_order_at")
        states.append(
            (
                cart,
                {name: properties.get(name) for name in totals},
                {name: points for name, (points, _) in (scores or {}).items()},
                history,
            )
        )
    assert states[0] == states[1]
    doubled = shop.rows(
        "select customer, flow, key from run where ended_at is null"
        " group by customer, flow, key having count(*) > 1"
    )
    assert doubled == []
    for (gone,) in shop.rows("select id from customer where merged_into is not null"):
        assert everywhere(shop, gone) == {}


LATE = """\
flow carts:
  enter when add_to_cart
  exit when purchase
  goal purchase within 5 days
  wait 2 days
  send email one

flow wish:
  enter when add_to_wishlist
  wait up to 5 days for view_item:
    send email two
  else:
    send email three

flow soon:
  enter when search
  re-enter after 7 days
  send email three
"""


def test_what_the_visitor_did_since_holds_for_the_persons_runs(workshop: Any) -> None:
    """Bought or looked at on the phone, signed in later: no reminder, the goal, and on it goes."""
    shop = workshop(LATE)
    ada, phone = shop.customer("ada"), shop.customer("phone")
    shop.happen(phone, "purchase", value=1_00)
    shop.forward(HOUR)
    shop.happen(ada, "add_to_cart", items=[{"id": "a"}])
    shop.happen(ada, "add_to_wishlist", items=[{"id": "a"}])
    shop.forward(HOUR)
    shop.happen(phone, "purchase", value=50_00)
    shop.happen(phone, "view_item", items=[{"id": "b"}])
    shop.forward(HOUR)
    merge(shop, ada, phone)
    shop.forward(3 * DAY)
    assert [(one.message, one.at) for _, one in shop.notebook.taken] == [("two", START + 3 * HOUR)]
    assert shop.rows("select revenue, at from goal") == [(50_00, START + 2 * HOUR)]


def test_what_has_gone_is_not_undone(workshop: Any) -> None:
    """What happened before a message went does not satisfy the wait after it, nor take it back."""
    shop = workshop(LATE)
    ada, phone = shop.customer("ada"), shop.customer("phone")
    shop.happen(ada, "add_to_cart", items=[{"id": "a"}])
    shop.forward(HOUR)
    shop.happen(phone, "purchase", value=50_00)
    shop.forward(3 * DAY)
    assert shop.notebook.messages == ["one"]
    merge(shop, ada, phone)
    shop.forward(DAY)
    assert shop.notebook.messages == ["one"]
    assert shop.rows("select revenue from goal") == [(50_00,)]


def test_one_message_of_two_that_wait(workshop: Any) -> None:
    """Both rows' runs are over and their mails wait for the mail server: one of them goes."""
    shop = workshop(LATE)
    ada, phone = shop.customer("ada"), shop.customer("phone")
    shop.notebook.answers = [not_taken("later"), not_taken("later")]
    for who in (phone, ada):
        shop.happen(who, "search", search_term="boots")
        shop.forward(SECOND)
    merge(shop, ada, phone)
    shop.forward(HOUR)
    assert len(shop.notebook.messages) == 3, "two attempts that were not taken, and one that was"
    assert sorted(shop.rows("select state, reason from intent"))[1] == ("skipped", "merged")
    shop.happen(ada, "search", search_term="boots")
    shop.forward(HOUR)
    assert len(shop.notebook.messages) == 3, "re-enter after 7 days looks at the runs of both"
