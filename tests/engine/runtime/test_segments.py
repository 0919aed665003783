"""Segments in the running server: kept whole, joined and left at their moments."""

from __future__ import annotations

from engine.core.model import DAY, HOUR, MINUTE
from engine.segments import declared as segments
from tests.harness.workshop import HEAD, START

HEAD += """\
segment big "Ordered a lot":
  sum of ordered.total in last 10 days >= 100

segment lapsed "Not for a month":
  did ordered
  time since ordered > 30 days

"""
JOINS = """\
flow welcome:
  enter when customer joins segment big
  exit when customer leaves segment big
  send email one
  wait 20 days
  send email two

flow win_back:
  enter when customer joins segment lapsed
  send email three
"""


def folded(shop) -> set[tuple[int, str]]:
    """Who is in what, by the history of joins and leaves alone."""
    inside: set[tuple[int, str]] = set()
    for customer, segment, joined in shop.rows(
        "select customer, segment, joined from membership_change order by id"
    ):
        (inside.add if joined else inside.discard)((customer, segment))
    return inside


def members(shop) -> set[tuple[int, str]]:
    return set(shop.rows("select customer, segment from membership where member"))


def sent(shop) -> list[tuple[str, float]]:
    """Messages with their hours after the start."""
    return [
        (envelope.message, round((envelope.at - START) / HOUR, 3))
        for _, envelope in shop.notebook.taken
    ]


def test_joins_and_leaves_happen_at_their_moments(workshop) -> None:
    """An order joins at once; time alone leaves and joins to the moment, however far it goes."""
    shop = workshop(JOINS, head=HEAD)
    ada = shop.customer()
    shop.forward(HOUR)
    shop.happen(ada, "ordered", total=15_000)
    shop.forward(MINUTE)
    shop.forward(90 * DAY)
    assert sent(shop) == [("one", 1.0), ("three", 30 * 24.0 + 1)]
    assert shop.rows("select end_kind, end_reason from run order by id limit 1") == [
        ("event", "customer leaves segment big")
    ]
    assert shop.rows("select segment, joined, found, at from membership_change order by id") == [
        ("big", True, False, START + HOUR),
        ("big", False, False, START + HOUR + 10 * DAY + 1),
        ("lapsed", True, False, START + HOUR + 30 * DAY + 1),
    ]
    assert folded(shop) == members(shop) == {(ada, "lapsed")}


def test_a_new_order_leaves_and_may_join_again(workshop) -> None:
    """Who was won back may lapse again, and is told again."""
    shop = workshop(JOINS, head=HEAD)
    ada = shop.customer()
    shop.happen(ada, "ordered", total=100)
    shop.forward(40 * DAY)
    shop.happen(ada, "ordered", total=100)
    shop.forward(40 * DAY)
    assert sent(shop) == [("three", 720.0), ("three", 70 * 24.0)]
    assert folded(shop) == members(shop)


def test_who_is_inside_at_the_first_look_has_not_joined(workshop) -> None:
    """Publishing a segment finds its members and tells none of them that they have joined."""
    shop = workshop("flow f:\n  enter when ordered\n  send email one\n")
    ada, bob = shop.customer("ada"), shop.customer("bob")
    shop.happen(ada, "ordered", total=20_000)
    shop.forward(HOUR)
    shop.write(HEAD + JOINS)
    shop.service.publish(shop.flows)
    assert members(shop) == {(ada, "big")}
    assert shop.rows("select joined, found from membership_change") == [(True, True)]
    shop.happen(ada, "ordered", total=20_000)
    shop.happen(bob, "ordered", total=20_000)
    shop.forward()
    assert [(envelope.to, envelope.message) for _, envelope in shop.notebook.taken[1:]] == [
        ("bob@shop.example", "one")
    ]
    assert folded(shop) == members(shop)


def test_an_edit_of_a_segment_exits_but_enters_nobody(workshop) -> None:
    """Narrowing a segment ends the flows of those who fall out; widening it starts none."""
    shop = workshop(JOINS, head=HEAD)
    ada, bob = shop.customer("ada"), shop.customer("bob")
    shop.happen(ada, "ordered", total=15_000)
    shop.happen(bob, "ordered", total=5_000)
    shop.forward(HOUR)
    assert sent(shop) == [("one", 0.0)]
    shop.write(HEAD.replace(">= 100", ">= 200") + JOINS)
    shop.service.publish(shop.flows)
    assert members(shop) == set()
    assert shop.rows("select end_reason from run") == [("customer leaves segment big",)]
    shop.write(HEAD.replace(">= 100", ">= 40") + JOINS)
    shop.service.publish(shop.flows)
    shop.forward(DAY)
    assert members(shop) == {(ada, "big"), (bob, "big")}
    assert sent(shop) == [("one", 0.0)]
    assert folded(shop) == members(shop)


def test_what_is_imported_joins_but_enters_nothing(workshop) -> None:
    """Years of orders out of another system make members, and start no welcome and no win-back."""
    shop = workshop(JOINS, head=HEAD)
    ada = shop.customer()
    shop.happen(ada, "ordered", total=15_000)
    shop.service.writer.run(lambda tx: tx.execute("update event set enters = false"))
    shop.forward(40 * DAY)
    assert sent(shop) == [("three", 720.0)]
    assert folded(shop) == members(shop) == {(ada, "lapsed")}
    assert shop.rows("select count(*) from membership_change where segment = 'big'") == [(2,)]


def test_segments_that_no_flow_watches_are_kept_too(workshop) -> None:
    """Size, members and history are there for every declared segment."""
    flow = "flow f:\n  enter manually\n  send email one\n"
    shop = workshop(flow, head=HEAD)
    people = [shop.customer(f"c{number}") for number in range(5)]
    for number, one in enumerate(people):
        shop.happen(one, "ordered", total=5_000 * number)
    shop.forward(10 * MINUTE)
    with shop.service.database.reader() as reader:
        assert [(it.name, it.members) for it in segments.sizes(reader)] == [
            ("big", 3),
            ("lapsed", 0),
        ]
        assert [it.customer for it in segments.members(reader, "big")] == people[2:]
        assert [it.customer for it in segments.members(reader, "big", after=people[2])] == people[
            3:
        ]
        assert segments.moved_since(reader, START) == {"big": (3, 0)}
    shop.forward(12 * DAY)
    with shop.service.database.reader() as reader:
        assert [it.joined for it in segments.changes(reader, "big")] == [False] * 3 + [True] * 3
        left = segments.changes(reader, "big", limit=1)[0]
    assert START + 10 * DAY < left.at <= START + 11 * DAY
    assert folded(shop) == members(shop) == set()


def test_a_look_changes_nothing_twice(workshop) -> None:
    """Looking again right away finds nothing new."""
    shop = workshop(JOINS, head=HEAD)
    shop.happen(shop.customer(), "ordered", total=15_000)
    shop.forward(HOUR)
    assert shop.service.segments.look(["big", "lapsed"]) == 0


def test_a_catalogue_or_consent_change_is_seen_at_the_next_look(workshop) -> None:
    """What no event of the customer brings about is seen within the minutes of the setting."""
    head = HEAD + "segment reachable:\n  customer can receive email\n\n"
    flow = "flow f:\n  enter when customer leaves segment reachable\n  call crm (x: 1)\n"
    flow = 'webhook crm:\n  url "https://crm.example/x"\n\n' + flow
    shop = workshop(flow, head=head)
    ada = shop.customer()
    shop.forward(HOUR)
    assert (ada, "reachable") in members(shop)
    shop.service.writer.run(lambda tx: tx.execute("update consent set allowed = false"))
    shop.forward(10 * MINUTE)
    assert members(shop) == set()
    assert shop.rows("select count(*) from run") == [(1,)]
