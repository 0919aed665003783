"""What becomes of people at a step that an edit changed."""

from __future__ import annotations

import pytest

from engine.core.model import DAY, HOUR
from tests.harness.workshop import HEAD, Workshop

FLOW = """\
flow f:
  enter when ordered
  wait 1 day as rest
  send email one
  wait 2 days
  send email two
"""


def _waiting(shop: Workshop) -> list[tuple[int, ...]]:
    return shop.rows("select wake_at - entered_at from run where ended_at is null order by id")


def _edit(shop: Workshop, flow: str) -> None:
    shop.write(HEAD + flow)
    shop.service.publish(shop.flows, expected=shop.service.plan(shop.flows).hash)


def test_a_longer_wait_counts_from_when_it_was_reached(workshop) -> None:
    """Whoever stands at a wait that is made longer wakes as if it had always been so."""
    shop = workshop(FLOW)
    shop.happen(shop.customer(), "ordered")
    shop.forward(5 * HOUR)
    _edit(shop, FLOW.replace("1 day", "3 days"))
    assert _waiting(shop) == [(3 * DAY,)]
    shop.forward(3 * DAY - 6 * HOUR)
    assert shop.notebook.messages == []
    shop.forward(2 * HOUR)
    assert shop.notebook.messages == ["one"]


def test_a_shorter_wait_ends_at_once_where_its_time_has_come(workshop) -> None:
    """The plan tells how many wake earlier, and how many at once; so they do."""
    shop = workshop(FLOW)
    shop.happen(shop.customer("early"), "ordered")
    shop.forward(20 * HOUR)
    shop.happen(shop.customer("late"), "ordered")
    shop.forward()
    shop.write(HEAD + FLOW.replace("1 day", "10 hours"))
    (stand,) = shop.service.plan(shop.flows).of("f").people
    assert stand.people == 2
    assert stand.timing is not None
    assert (stand.timing.earlier, stand.timing.at_once, stand.timing.too_late) == (1, 1, 0)
    shop.service.publish(shop.flows)
    shop.forward()
    assert [envelope.to for _, envelope in shop.notebook.taken] == ["early@shop.example"]


def test_what_would_have_been_long_ago_is_skipped(workshop) -> None:
    """A wait cut from weeks to an hour sends no old messages: they are skipped, with a reason."""
    shop = workshop(FLOW.replace("1 day", "30 days"))
    shop.happen(shop.customer(), "ordered")
    shop.forward(20 * DAY)
    shop.write(HEAD + FLOW.replace("1 day", "1 hour"))
    (stand,) = shop.service.plan(shop.flows).of("f").people
    assert stand.timing is not None
    assert stand.timing.too_late == 1
    shop.service.publish(shop.flows)
    shop.forward(3 * DAY)
    assert shop.notebook.messages == ["two"]
    assert ("skipped", "too late") in shop.rows("select outcome, detail from step_history")


def test_a_wait_until_a_time_of_day_is_timed_by_the_customers_zone(workshop) -> None:
    """`wait until` in place of a duration counts from the arrival, in each one's zone."""
    shop = workshop(FLOW)
    shop.happen(shop.customer("berlin"), "ordered")
    shop.happen(shop.customer("tokyo", zone="Asia/Tokyo"), "ordered")
    shop.forward(HOUR)
    _edit(shop, FLOW.replace("wait 1 day", "wait until 18:00"))
    # 10:00 in Berlin is 18:00 in Tokyo, where the next 18:00 is tomorrow's.
    assert _waiting(shop) == [(8 * HOUR,), (DAY,)]


ASKS = """\
flow f:
  enter when ordered
  send email one
  wait up to 2 days for ordered where total > 50:
    send email two
  else:
    send email three
"""


def test_what_happened_meanwhile_counts_for_a_wait_that_now_waits_for_it(workshop) -> None:
    """A wait that is to wait for something else looks back to where it would have begun."""
    shop = workshop(ASKS)
    customer = shop.customer()
    shop.happen(customer, "ordered", total=500)
    shop.forward(HOUR)
    shop.happen(customer, "ordered", total=900)
    shop.forward(HOUR)
    _edit(shop, ASKS.replace("total > 50", "total > 40"))
    shop.forward(DAY)
    assert shop.notebook.messages == ["one"]
    _edit(shop, ASKS.replace("total > 50", "total > 5"))
    shop.forward()
    assert shop.notebook.messages == ["one", "two"]


def test_a_computed_wait_is_timed_anew_with_all_facts(workshop) -> None:
    """A wait until a customer's date that takes the place of a plain one is found for each."""
    head = HEAD + "customer:\n  trip date\n\n"
    shop = workshop(FLOW, head=head)
    shop.happen(shop.customer("soon", trip="2026-01-09"), "ordered")
    shop.happen(shop.customer("never"), "ordered")
    shop.forward(HOUR)
    shop.write(head + FLOW.replace("wait 1 day", "wait until customer.trip at 12:00"))
    shop.service.publish(shop.flows)
    shop.forward()
    assert [envelope.to for _, envelope in shop.notebook.taken] == ["never@shop.example"]
    assert (4 * DAY + 2 * HOUR,) in _waiting(shop)


def test_a_held_send_waits_for_the_quiet_hours_of_now(workshop) -> None:
    """Quiet hours that are lifted release who was held by them."""
    quiet = FLOW.replace("ordered\n", "ordered\n  quiet hours 09:00 to 15:00\n", 1)
    quiet = quiet.replace("  wait 1 day as rest\n", "  wait 5 minutes\n")
    shop = workshop(quiet)
    shop.happen(shop.customer(), "ordered")
    shop.forward(HOUR)
    assert shop.rows("select state from run") == [(1,)]
    _edit(shop, quiet.replace("15:00", "10:30"))
    shop.forward()
    assert shop.notebook.messages == ["one"]


@pytest.mark.parametrize(("says", "got"), [("two", ["two"]), ("", [])])
def test_a_removed_step_leads_to_the_next_one_or_to_the_end(
    workshop, says: str, got: list[str]
) -> None:
    """Who stood at a removed wait goes on with what is left of the flow, at once."""
    shop = workshop(FLOW)
    shop.happen(shop.customer(), "ordered")
    shop.forward(HOUR)
    rest = f"  send email {says}\n" if says else '  add tag "seen"\n'
    _edit(shop, f"flow f:\n  enter when ordered\n{rest}")
    shop.forward()
    assert shop.notebook.messages == got
    assert shop.rows("select end_kind from run") == [("finished",)]


@pytest.mark.parametrize(
    ("target", "ends", "got"), [("exit", "moved", []), ("later", None, []), ("mail", None, ["one"])]
)
def test_moved_decides_where_the_people_of_a_removed_step_go(
    workshop, target: str, ends: str | None, got: list[str]
) -> None:
    """`moved OLD to ..` takes them there, or out of the flow, as recorded."""
    shop = workshop(FLOW)
    shop.happen(shop.customer(), "ordered")
    shop.forward(HOUR)
    edited = f"""\
flow f:
  enter when ordered
  moved rest to {target}
  send email one as mail
  wait 2 days as later
  send email two
"""
    _edit(shop, edited)
    shop.forward(HOUR)
    assert shop.rows("select end_kind from run") == [(ends,)]
    assert shop.notebook.messages == got


def test_a_step_before_its_twin_sends_nothing_twice(workshop) -> None:
    """A new step that takes an old step's id does not take its visits: each message has a key."""
    shop = workshop(FLOW)
    shop.happen(shop.customer(), "ordered")
    shop.forward(DAY + HOUR)
    assert shop.notebook.messages == ["one"]
    edited = FLOW.replace("  wait 2 days\n", "  wait 2 days\n  send email one\n")
    edited = edited.replace("  send email one\n", "  send email three\n", 1)
    _edit(shop, edited)
    shop.forward(5 * DAY)
    assert shop.notebook.messages == ["one", "one", "two"]
    assert len(set(shop.notebook.keys)) == 3
    assert shop.rows("select reason from failure") == []


def test_a_loop_goes_on_counting(workshop) -> None:
    """Who is in the second round of a loop stays in the second round."""
    loop = """\
flow f:
  enter when ordered
  repeat 3 times:
    send email one
    wait 1 day
  send email two
"""
    shop = workshop(loop)
    shop.happen(shop.customer(), "ordered")
    shop.forward(DAY + HOUR)
    assert shop.notebook.messages == ["one", "one"]
    _edit(shop, loop.replace("send email one", 'add tag "x"\n    send email one'))
    shop.forward(5 * DAY)
    assert shop.notebook.messages == ["one", "one", "one", "two"]


def test_who_stands_at_the_end_of_a_loops_body_goes_into_the_next_round(workshop) -> None:
    """A removed wait at the end of a loop leads back into the loop, which has counted so far."""
    loop = """\
flow f:
  enter when ordered
  repeat 3 times:
    wait 1 hour as first
    send email one
    wait 1 day as pause
  send email two
"""
    shop = workshop(loop)
    shop.happen(shop.customer(), "ordered")
    shop.forward(2 * HOUR)
    _edit(shop, loop.replace("    wait 1 day as pause\n", ""))
    shop.forward(3 * DAY)
    assert shop.notebook.messages == ["one", "one", "one", "two"]


def test_a_new_goal_window_counts_for_people_inside(workshop) -> None:
    """A goal that is added counts for who is inside, from when they entered."""
    flow = "flow f:\n  enter when ordered where total > 5\n{}  wait 1 day\n  send email one\n"
    shop = workshop(flow.format(""))
    customer = shop.customer()
    shop.happen(customer, "ordered", total=900)
    shop.forward(HOUR)
    _edit(shop, flow.format("  goal ordered within 2 days\n"))
    shop.happen(customer, "ordered", total=100)
    shop.forward(HOUR)
    assert shop.rows("select count(*) from goal") == [(1,)]
