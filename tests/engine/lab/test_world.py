"""What a language test means, sentence by sentence."""

from tests.engine.lab.theatre import outcome, outcomes, wrong

HELLO = """\
flow hello:
  enter when ping

  send email hello

"""


def test_a_test_starts_on_the_first_monday_of_2026_at_ten_store_time():
    """A test that says no start begins on 2026-01-05 at 10:00 in the store's zone."""
    played = outcome(
        HELLO
        + """\
test "when" for hello:
  given customer (email: "a@example.com", timezone: "Asia/Tokyo")
  after 0 minutes ping
  expect email hello at 2026-01-05 10:00
"""
    )
    assert played.passed, wrong(played)


def test_only_the_named_flow_runs_and_those_that_it_starts():
    """Another flow that the same event enters stays out of a test; one that is started does not."""
    played = outcome(
        HELLO
        + """\
flow other:
  enter when ping

  send email other
  start flow third

flow third:
  enter manually

  wait 1 hour
  send email third

test "started" for other:
  given customer (email: "a@example.com")
  after 0 minutes ping
  expect email other
  expect email third after 1 hour
"""
    )
    assert played.passed, wrong(played)


def test_channels_follow_contact_data_unless_can_receive_says_otherwise():
    """A given property opens its channel; `can_receive` has the last word, with and without one."""
    flow = """\
flow reach:
  enter when ping

  send push else sms else email reach
  if customer can receive news:
    add tag "news"

"""
    cases = {
        '(email: "a@example.com")': "expect email reach",
        '(email: "a@example.com", phone: "+4915112345678")': "expect sms reach",
        '(email: "a@example.com", push: true)': "expect push reach",
        '(email: "a@example.com", push: true, can_receive: ["email"])': "expect email reach",
        '(can_receive: ["sms"])': "expect sms reach",
        '(email: "a@example.com", can_receive: [])': "expect no message",
        '(email: "a@example.com", can_receive: ["email", "news"])': 'expect tag "news"\n'
        "  expect email reach",
        '(first_name: "Ada")': "expect no message",
    }
    text = flow + "".join(
        f'test "{number}" for reach:\n  given customer {customer}\n  after 0 minutes ping\n'
        f"  {expected}\n\n"
        for number, (customer, expected) in enumerate(cases.items())
    )
    for played, customer in zip(outcomes(text), cases, strict=True):
        assert played.passed, (customer, wrong(played))


def test_tracking_is_allowed_unless_the_test_says_otherwise():
    """`customer can be tracked` holds by default and not with `tracked: false`."""
    played = outcomes(
        """\
flow tracked:
  enter when ping
  only if customer can be tracked

  send email tracked

test "by default" for tracked:
  given customer (email: "a@example.com")
  after 0 minutes ping
  expect email tracked

test "not allowed" for tracked:
  given customer (email: "a@example.com", tracked: false)
  after 0 minutes ping
  expect no message
"""
    )
    assert all(it.passed for it in played)


def test_products_that_are_not_given_are_there_but_empty():
    """A product that a test only mentions has no stock and no price, and hurts nothing."""
    played = outcome(
        """\
flow wish:
  enter when add_to_wishlist for each item

  if product.stock > 0:
    send email there
  else if product.stock is not set and product.price is not set:
    send email unknown

test "empty" for wish:
  given customer (email: "a@example.com")
  after 0 minutes add_to_wishlist (item: "lamp")
  expect email unknown
"""
    )
    assert played.passed, wrong(played)


def test_the_given_past_is_history_and_enters_nothing():
    """`given 3 days ago` counts, fills the cart and the scores, and starts no run."""
    played = outcome(
        """\
flow counted:
  enter when ping
  only if count of ping is 3 and cart.value is 30 and score.warmth > 20

  send email counted

test "history" for counted:
  given customer (email: "a@example.com")
  given 3 days ago ping
  given 2 days ago ping
  given 1 day ago add_to_cart (item: "lamp", price: 15, quantity: 2)
  after 1 hour ping
  expect email counted after 1 hour
"""
    )
    assert played.passed, wrong(played)


def test_nobody_is_held_out_unless_the_test_says_so():
    """Even a holdout of 100 % lets a test through; `given holdout` keeps the messages back."""
    played = outcomes(
        """\
flow measured:
  enter when ping
  holdout 100%
  goal purchase within 2 days

  send email measured

test "goes" for measured:
  given customer (email: "a@example.com")
  after 0 minutes ping
  expect email measured

test "held" for measured:
  given customer (email: "a@example.com")
  given holdout
  after 0 minutes ping
  after 1 day purchase (value: 10)
  expect no message
  expect goal reached
"""
    )
    assert all(it.passed for it in played), [wrong(it) for it in played]


def test_schedules_fire_only_for_as_long_as_the_test_runs():
    """Without `run for` no schedule fires; with it, each moment up to its end does."""
    flow = """\
flow daily:
  enter every day at 08:00 for segment everybody
  enter when purchase

  send email daily

"""
    given = '  given customer (email: "a@example.com")\n'
    played = outcomes(
        flow
        + f'test "not at all" for daily:\n{given}  after 0 minutes ping\n  expect no message\n\n'
        + f'test "twice" for daily:\n{given}  run for 2 days\n'
        + "  expect email daily at 2026-01-06 08:00\n  expect email daily at 2026-01-07 08:00\n"
    )
    assert all(it.passed for it in played), [wrong(it) for it in played]


def test_a_run_is_followed_past_run_for_while_something_expected_is_missing():
    """`run for` ends a test whose expectations are met, and cuts off nothing that is expected."""
    flow = """\
flow slow:
  enter every day at 08:00 for segment everybody
  re-enter never

  send email one
  wait 5 days
  send email two

"""
    given = '  given customer (email: "a@example.com")\n  run for 2 days\n'
    played = outcomes(
        flow
        + f'test "first" for slow:\n{given}  expect email one\n\n'
        + f'test "both" for slow:\n{given}  expect email one\n  expect email two after 143 hours\n'
    )
    assert wrong(played[0]) == []
    # It came, five days after the first, so its line is wrong by the hour that was written.
    assert wrong(played[1]) == [
        "expect email two after 143 hours: came after 5 days 22 hours, on Sun 2026-01-11 08:00"
    ]


def test_membership_changes_at_the_very_moment_that_time_brings():
    """A segment that is joined by time alone is joined to the second."""
    played = outcome(
        """\
flow back:
  enter when customer joins segment lapsed
  exit when purchase

  send email back

test "ninety days" for back:
  given customer (email: "a@example.com")
  given 89 days ago purchase (value: 10)
  run for 3 days
  expect email back after 1 day
"""
    )
    assert played.passed, wrong(played)


def test_unsubscribing_in_a_test_takes_the_consent_away():
    """After an `unsubscribe` nothing more goes out on that channel, whatever the flow says."""
    played = outcome(
        """\
flow chatty:
  enter when ping

  send email first
  wait 1 day
  send email second

test "enough" for chatty:
  given customer (email: "a@example.com")
  after 0 minutes ping
  after 1 hour unsubscribe (channel: "email")
  expect email first
"""
    )
    assert played.passed, wrong(played)


def test_a_click_belongs_to_the_message_of_its_label():
    """`click_email of LABEL` is about the latest message that this label sent in the test."""
    played = outcome(
        """\
flow labelled:
  enter when ping

  send email same as first
  wait up to 1 day for click_email of first:
    add tag "first"
  send email same as second
  wait up to 1 day for click_email of first:
    add tag "wrong"
  else:
    send email unread

test "which" for labelled:
  given customer (email: "a@example.com")
  after 0 minutes ping
  after 1 hour click_email of first
  after 2 hours click_email of second
  expect email same after 0 minutes
  expect email same after 1 hour
  expect email unread after 25 hours
  expect tag "first"
"""
    )
    assert played.passed, wrong(played)


def test_flows_without_end_fail_and_say_so():
    """A test that would never end fails within seconds and says how far it came."""
    played = outcome(
        """\
flow forever:
  enter when ping

  wait 1 hour
  track ping

test "no end" for forever:
  given customer (email: "a@example.com")
  after 0 minutes ping
  expect no message
"""
    )
    assert len(played.failures) == 1
    assert "never ends" in played.failures[0].sentence


def test_a_test_repeats_exactly():
    """The same test tells the same story each time, draws of experiments included."""
    text = """\
flow drawn:
  enter when ping

  experiment colour "Colour":
    50% as red:
      send email red
    50% as blue:
      send email blue

test "either" for drawn:
  given customer (email: "a@example.com")
  after 0 minutes ping
"""
    assert outcome(text).chronicle == outcome(text).chronicle


def test_subscribing_tries_again_what_was_done_before():
    """A test sees what the server does: with consent comes what was only missing it, once."""
    played = outcomes(
        """\
flow reach:
  enter when ping
  only if customer can receive email
  exit when purchase

  wait 1 hour
  send email first

test "again" for reach:
  given customer (email: "a@example.com", can_receive: [])
  after 0 minutes ping
  after 10 minutes subscribe (channel: "email")
  expect email first after 70 minutes

test "over" for reach:
  given customer (email: "a@example.com", can_receive: [])
  after 0 minutes ping
  after 5 minutes purchase (value: 10)
  after 10 minutes subscribe (channel: "email")
  expect no message
"""
    )
    for one in played:
        assert one.passed, wrong(one)


def test_subscribing_is_an_event_where_it_is_news() -> None:
    """Whoever may be written to, or has subscribed already, does not subscribe once more; where a
    test does not say who may be, the first time is news.
    """
    played = outcomes(
        """\
flow hello:
  enter when subscribe
  re-enter always
  send email first

test "said so" for hello:
  given customer (email: "a@example.com", can_receive: ["email"])
  after 0 minutes subscribe (channel: "email")
  expect no message

test "not said" for hello:
  given customer (email: "a@example.com")
  after 0 minutes subscribe (channel: "email")
  after 1 hour subscribe (channel: "email")
  after 2 hours unsubscribe (channel: "email")
  after 3 hours subscribe (channel: "email")
  expect email first after 0 minutes
  expect email first after 3 hours

test "left at the same moment" for hello:
  given customer (email: "a@example.com", can_receive: [])
  after 0 minutes unsubscribe (channel: "email")
  after 0 minutes subscribe (channel: "email")
  expect no message
"""
    )
    for one in played:
        assert one.passed, wrong(one)
