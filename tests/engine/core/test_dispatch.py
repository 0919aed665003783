"""The order in which one event moves a customer, and who enters, exits and reaches a goal."""

import pytest

from tests.harness.stage import Stage

DAY = 24 * 60


def test_exit_beats_a_wait_on_the_same_event():
    """An event that exits ends the run before any wait sees it."""
    text = """\
flow f:
  enter when sign_up
  exit when purchase
  wait up to 1 day for purchase:
    send email bought
"""
    stage = Stage(text)
    stage.play(0, "sign_up")
    stage.play(5, "purchase")
    assert stage.ends == [("event", "purchase")]
    assert stage.sent == []


def test_refill_restarts_with_the_same_purchase():
    """Buying the same product ends the old reminder and starts the next."""
    text = """\
flow refill:
  enter when purchase for each item where item.usage_days > 0
  exit when purchase of this product
  wait (item.usage_days - 5) days
  send email refill
"""
    stage = Stage(text)
    stage.given("coffee", usage_days=30, price=18)
    stage.given("mug", price=9)
    stage.play(0, "purchase", items=["coffee", "coffee", "mug"])
    assert [run.key for run in stage.runs] == ["coffee"]
    stage.play(10 * DAY, "purchase", items=["coffee"])
    assert stage.ends == [("event", "purchase"), (None, "")]
    stage.run(60 * DAY)
    assert stage.sent == [("email refill", "02-09 10:00")]


def test_an_event_counts_before_anything_looks():
    """`only if` sees the entering event in history, and totals include it."""
    text = """\
flow f:
  enter when purchase
  only if count of purchase is 1 and customer.total_spent >= 50
  send email first
"""
    stage = Stage(text)
    stage.play(0, "purchase", value=60)
    stage.play(5, "purchase", value=60)
    assert stage.messages == ["email first"]
    assert stage.facts.customer["orders"] == 2


def test_the_entering_event_does_not_convert_its_own_run():
    """A purchase that starts a flow is not the flow's goal, the next one is."""
    text = """\
flow f:
  enter when purchase per order_id
  goal purchase within 30 days
  send email thanks
"""
    stage = Stage(text)
    stage.play(0, "purchase", order_id="a", value=10)
    assert stage.changes.goals == []
    stage.play(DAY, "purchase", order_id="b", value=20)
    assert [(goal.run, goal.revenue) for goal in stage.changes.goals] == [(1, 2000)]


def test_goal_after_the_end_and_not_after_its_window():
    """A goal counts after the run has ended, until its window closes, once per run."""
    text = "flow f:\n  enter when sign_up\n  goal purchase within 5 days\n  send email one\n"
    for day, reached in ((1, 1), (5, 1), (5.001, 0)):
        stage = Stage(text)
        stage.play(0, "sign_up")
        stage.play(day * DAY, "purchase", value=10)
        stage.play(day * DAY + 1, "purchase", value=10)
        assert len(stage.changes.goals) == reached


def test_revenue_is_credited_once_per_flow():
    """Of several runs that reach the goal with one purchase, the latest gets the revenue."""
    text = """\
flow f:
  enter when add_to_wishlist for each item
  goal purchase within 14 days
  wait 30 days
  send email one
"""
    stage = Stage(text)
    stage.play(0, "add_to_wishlist", item="a")
    stage.play(5, "add_to_wishlist", item="b")
    stage.play(10, "purchase", value=30)
    assert [(goal.run, goal.revenue) for goal in stage.changes.goals] == [(1, 0), (2, 3000)]


def test_goal_uses_when_it_occurred():
    """A purchase that is told late counts when it happened within the window."""
    text = "flow f:\n  enter when sign_up\n  goal purchase within 1 day\n  send email one\n"
    stage = Stage(text)
    stage.play(0, "sign_up")
    stage.play(3 * DAY, "purchase", occurred=600, value=10)
    assert len(stage.changes.goals) == 1


def test_second_entry_while_one_runs_is_skipped():
    """One run per customer and flow at a time; the second entry is recorded as skipped."""
    stage = Stage("flow f:\n  enter when sign_up\n  wait 1 day\n  send email one\n")
    stage.play(0, "sign_up")
    stage.play(5, "sign_up")
    assert len(stage.runs) == 1
    assert stage.skipped == ["is in this flow already"]


@pytest.mark.parametrize(
    ("rule", "after", "entries"),
    [("never", 300, 1), ("always", 1, 2), ("after 7 days", 6.9, 1), ("after 7 days", 7, 2)],
)
def test_re_enter(rule, after, entries):
    """Re-entry follows its rule, counted from the last entry."""
    stage = Stage(f"flow f:\n  enter when sign_up\n  re-enter {rule}\n  send email one\n")
    stage.play(0, "sign_up")
    stage.play(after * DAY, "sign_up")
    assert len(stage.runs) == entries


def test_failed_only_if_is_no_entry():
    """Who failed `only if` may enter later, even where nobody enters twice."""
    text = """\
flow f:
  enter when sign_up
  only if customer.country is "DE"
  re-enter never
  send email one
"""
    stage = Stage(text)
    stage.play(0, "sign_up")
    assert "only if" in stage.skipped[0]
    stage.facts.customer["country"] = "DE"
    stage.play(5, "sign_up")
    assert stage.messages == ["email one"]


def test_per_property_runs_side_by_side():
    """Orders run beside each other, and each follows its own events."""
    text = """\
flow f:
  enter when purchase per order_id
  wait up to 9 days for shipped with same order_id:
    send email shipped
"""
    stage = Stage(text)
    stage.play(0, "purchase", order_id="a")
    stage.play(1, "purchase", order_id="b")
    stage.play(2, "purchase", order_id="a")
    assert [run.key for run in stage.runs] == ["a", "b"]
    stage.play(9, "shipped", order_id="b")
    assert [run.state for run in stage.runs] == ["waiting", "ended"]


def test_jump_ahead():
    """A header jump takes the run ahead at once, and never back."""
    text = """\
flow f:
  enter when sign_up
  go to offer when click_email
  send email one
  wait 5 days
  send email two as offer
  wait 5 days
  send email three
"""
    stage = Stage(text)
    stage.play(0, "sign_up")
    stage.play(60, "click_email", message="one")
    assert stage.sent[-1] == ("email two", "01-05 11:00")
    stage.play(120, "click_email", message="two")
    assert len(stage.sent) == 2
    stage.run(20 * DAY)
    assert stage.messages == ["email one", "email two", "email three"]


def test_old_events_count_and_exit_but_enter_nothing():
    """An event from two days ago enters no flow, but is history and ends runs it followed."""
    text = "flow f:\n  enter when sign_up\n  exit when refund\n  wait 9 days\n  send email one\n"
    stage = Stage(text)
    stage.play(0, "sign_up", occurred=-2 * DAY)
    stage.play(1, "sign_up", enters=False)
    assert stage.runs == []
    stage.play(2, "sign_up")
    stage.play(5, "refund", occurred=-2 * DAY)
    assert stage.ends == [(None, "")]
    stage.play(3 * DAY, "refund", occurred=5)
    assert stage.ends == [("event", "refund")]
    assert len(stage.facts.history["sign_up"]) == 3


def test_entries_and_waits_count_from_when_it_was_received():
    """An event that is told late enters from when it was received."""
    stage = Stage("flow f:\n  enter when sign_up\n  wait 1 hour\n  send email one\n")
    stage.play(120, "sign_up", occurred=0)
    stage.run(DAY)
    assert stage.sent == [("email one", "01-05 13:00")]


def test_late_worker_counts_waits_from_the_event():
    """However late the worker is, the first wait counts from the event."""
    stage = Stage("flow f:\n  enter when sign_up\n  wait 1 hour\n  send email one\n")
    event = stage.event(0, "sign_up")
    stage._apply([event], stage.at(30))
    stage.run(DAY)
    assert stage.sent == [("email one", "01-05 11:00")]


def test_segment_joined_and_left():
    """Joining a segment enters, leaving it exits."""
    text = """\
segment vip:
  sum of purchase.value in last 365 days >= 100
  not customer has tag "banned"
flow f:
  enter when customer joins segment vip
  exit when customer leaves segment vip
  send email welcome
  wait 10 days
  send email again
flow ban:
  enter when refund
  add tag "banned"
"""
    stage = Stage(text)
    stage.settle()
    stage.play(0, "purchase", value=60)
    assert stage.runs == []
    stage.play(5, "purchase", value=60)
    assert stage.messages == ["email welcome"]
    stage.play(9, "purchase", value=60)
    assert len(stage.runs) == 1
    stage.play(10, "refund")
    assert stage.runs[0].end_reason == "customer leaves segment vip"


def test_start_and_stop_flow():
    """A flow starts another that allows it, whose rules hold; stopping ends all its keys."""
    text = """\
flow a:
  enter when sign_up
  start flow b
  start flow c
flow b:
  enter manually
  only if customer.country is "DE"
  wait 1 day
  send email b
flow c:
  enter when refund
  send email c
flow stopper:
  enter when purchase
  stop flow b
"""
    stage = Stage(text, country="DE")
    stage.play(0, "sign_up")
    assert [run.flow for run in stage.runs] == ["a", "b"]
    stage.play(5, "purchase")
    assert stage.runs[1].end_kind == "stopped"
    other = Stage(text)
    other.play(0, "sign_up")
    assert [run.flow for run in other.runs] == ["a"]


def test_events_that_flows_record():
    """A recorded event is history and starts other flows; one for somebody else goes out."""
    text = """\
flow a:
  enter when sign_up
  track referred (value: 20)
  track page_view (url: "/x") for customer entry.referrer_id
flow b:
  enter when referred where value >= 20
  send email b
"""
    stage = Stage(text)
    stage.play(0, "sign_up", referrer_id="bob")
    assert stage.messages == ["email b"]
    first, second = stage.changes.emitted
    assert (first.other, second.other) == (None, "bob")
    assert first.event.properties == {"value": 2000}
    assert "page_view" not in stage.facts.history


def test_unsubscribing_step_works_at_once():
    """Unsubscribing takes consent, tells other flows, and stops later messages."""
    text = """\
flow a:
  enter when sign_up
  unsubscribe customer from email
  send email never
flow b:
  enter when page_view
  exit when unsubscribe
  wait 9 days
  send email b
"""
    stage = Stage(text)
    stage.play(0, "page_view")
    stage.play(5, "sign_up")
    assert stage.sent == []
    assert stage.runs[0].end_reason == "unsubscribe"


def test_flows_that_start_each_other_end():
    """Flows that start each other without end are stopped."""
    text = """\
flow a:
  enter when page_view
  track view_item
flow b:
  enter when view_item
  track page_view
"""
    stage = Stage(text)
    stage.play(0, "page_view")
    assert len(stage.runs) < 500


def test_cart_follows_events():
    """The cart holds what was put in, less what was taken out, and nothing after buying."""
    stage = Stage("flow f:\n  enter when sign_up\n  only if cart.value >= 10\n  send email one\n")
    stage.given("mug", price=9)
    stage.play(0, "add_to_cart", item="mug", quantity=2)
    stage.play(1, "add_to_cart", item="tent", value=59)
    cart = stage.facts.cart
    assert {name: item["quantity"] for name, item in cart.items.items()} == {"mug": 2, "tent": 1}
    assert cart.items["tent"]["price"] == 5900
    stage.play(2, "remove_from_cart", item="mug", quantity=1)
    stage.play(3, "remove_from_cart", item="tent")
    assert {name: item["quantity"] for name, item in cart.items.items()} == {"mug": 1}
    stage.play(4, "purchase", value=9)
    assert cart.items == {}


def test_scores_decay():
    """Points are half after the half-life, and events give their points in order."""
    text = """\
score engagement:
  +10 on page_view
  +30 on purchase where value >= 100
  halves every 30 days
flow f:
  enter when sign_up
  only if score.engagement >= 20
  send email keen
"""
    stage = Stage(text)
    stage.play(0, "page_view")
    stage.play(1, "purchase", value=50)
    stage.play(2, "purchase", value=100)
    stage.play(3, "sign_up")
    assert stage.messages == ["email keen"]
    stage.play(31 * DAY, "sign_up")
    assert len(stage.sent) == 1
