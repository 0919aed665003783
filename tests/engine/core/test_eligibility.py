"""Whether a message goes: contact data, consent, suppression, limits, quiet hours, lateness."""

import pytest

from engine.core.model import HOUR
from engine.core.ports import Ports
from tests.harness.stage import Stage

DAY = 24 * 60
SIMPLE = 'flow f:\n  enter when sign_up\n  send push else sms else email hello\n  add tag "on"\n'
STORE = """\
store "Test":
  timezone "Europe/Berlin"
  currency EUR
  quiet hours 21:00 to 08:00
  limit 2 messages per day
"""


@pytest.mark.parametrize(
    ("reachable", "sent"),
    [
        ({"push", "sms", "email"}, ["push hello"]),
        ({"sms", "email"}, ["sms hello"]),
        ({"email"}, ["email hello"]),
        (set(), []),
    ],
)
def test_first_channel_that_reaches(reachable, sent):
    """The first channel with contact data and consent is used; without any the run goes on."""
    stage = Stage(SIMPLE)
    stage.facts.consent = dict.fromkeys(reachable, True)
    stage.play(0, "sign_up")
    assert stage.messages == sent
    assert stage.facts.tags == {"on"}
    if not sent:
        assert stage.outcomes("skipped") == [
            "no consent for push; no consent for sms; no consent for email"
        ]


def test_no_contact_data():
    """Consent without an address reaches nobody."""
    stage = Stage(SIMPLE)
    stage.facts.customer.clear()
    stage.play(0, "sign_up")
    assert stage.messages == []
    assert "no e-mail address" in stage.outcomes("skipped")[0]


def test_suppressed_address():
    """An address that bounced is never used again, whatever consent says."""
    stage = Stage("flow f:\n  enter when sign_up\n  send email hello\n")
    stage.facts.suppressed["email"] = "bounced"
    stage.play(0, "sign_up")
    assert stage.outcomes("skipped") == ["email is suppressed: bounced"]


def test_channel_without_a_message_file():
    """A channel that the message has no file for cannot be used."""
    stage = Stage(SIMPLE)
    stage.deployment.rules.messages = {"hello": frozenset({"email"})}
    stage.play(0, "sign_up")
    assert stage.messages == ["email hello"]


def test_quiet_hours_hold_at_the_send():
    """At night a run waits at its send, and what follows counts from when the message went."""
    stage = Stage(
        STORE, "flow f:\n  enter when sign_up\n  send email one\n  wait 1 hour\n  send email two\n",
        start="2026-01-05 22:30",
    )  # fmt: skip
    stage.play(0, "sign_up")
    assert stage.sent == []
    assert stage.runs[0].state == "held"
    stage.run(2 * DAY)
    assert stage.sent == [("email one", "01-06 08:00"), ("email two", "01-06 09:00")]


def test_flow_quiet_hours_override_the_stores():
    """A flow's own quiet hours hold instead of the store's."""
    stage = Stage(
        STORE,
        "flow f:\n  enter when sign_up\n  quiet hours 12:00 to 13:00\n  send email one\n",
        start="2026-01-05 22:30",
    )
    stage.play(0, "sign_up")
    assert stage.messages == ["email one"]


def test_channel_is_chosen_when_the_hold_has_passed():
    """Who lost a channel during the night is reached by the next one in the morning."""
    stage = Stage(STORE, SIMPLE, start="2026-01-05 22:30")
    stage.play(0, "sign_up")
    stage.facts.consent["push"] = False
    stage.run(2 * DAY)
    assert stage.messages == ["sms hello"]


def test_exit_if_is_checked_when_a_hold_ends():
    """A condition that came true at night ends the run before the message goes."""
    stage = Stage(
        STORE,
        'flow f:\n  enter when sign_up\n  exit if customer has tag "stop"\n  send email one\n',
        start="2026-01-05 22:30",
    )
    stage.play(0, "sign_up")
    stage.facts.tags.add("stop")
    stage.run(DAY)
    assert stage.sent == []
    assert stage.ends[0][0] == "condition"


FOUR = "flow {0}:\n  enter when sign_up\n{1}  send email {0}\n"


def test_limit_skips_and_goes_on():
    """Over a limit a message is skipped, never held."""
    text = "flow f:\n  enter when sign_up\n  send email one\n  send email two\n  send email three\n"
    stage = Stage(STORE, text)
    stage.play(0, "sign_up")
    assert stage.messages == ["email one", "email two"]
    assert stage.outcomes("skipped") == ["limit of 2 messages per day is reached"]
    assert stage.ends == [("finished", "")]


def test_limit_window_rolls():
    """A message exactly a window ago no longer counts."""
    text = "flow f:\n  enter when sign_up\n  send email one\n"
    stage = Stage(STORE, text)
    stage.play(0, "sign_up")
    stage.play(1, "sign_up")
    stage.play(DAY - 1, "sign_up")
    assert len(stage.sent) == 2
    stage.play(DAY, "sign_up")
    assert len(stage.sent) == 3


def test_limit_of_a_channel():
    """A limit of one channel leaves the others alone."""
    store = STORE.replace("limit 2 messages per day", "limit 1 sms per 3 days")
    text = "flow f:\n  enter when sign_up\n  send sms one\n  send sms two\n  send email three\n"
    stage = Stage(store, text)
    stage.play(0, "sign_up")
    assert stage.messages == ["sms one", "email three"]


def test_transactional_knows_no_limits_and_no_night():
    """Transactional messages go at night, count for nothing and are never limited."""
    text = "flow f:\n  enter when sign_up\n  transactional\n" + "  send email one\n" * 4
    stage = Stage(STORE, text, start="2026-01-05 23:00")
    stage.play(0, "sign_up")
    assert len(stage.sent) == 4
    assert stage.facts.sent == []


def test_higher_priority_goes_first():
    """Of messages ready at the same instant the more important ones use up the limit."""
    flows = "".join(
        FOUR.format(name, f"  priority {value}\n")
        for name, value in (("low", 1), ("mid", 5), ("top", 50))
    )
    stage = Stage(STORE, flows)
    stage.play(0, "sign_up")
    assert stage.messages == ["email top", "email mid"]


def test_higher_priority_takes_the_place_of_a_lower_one():
    """A wait that ends with the event goes before entries, but importance still decides."""
    low = "flow low:\n  enter when page_view\n  priority 1\n  wait up to 1 day for sign_up\n"
    low += "  send email low\n"
    tops = "".join(FOUR.format(name, "  priority 50\n") for name in ("top", "tip"))
    stage = Stage(STORE, low, tops)
    stage.play(0, "page_view")
    stage.play(5, "sign_up")
    assert sorted(stage.messages) == ["email tip", "email top"]
    assert any("goes first" in detail for detail in stage.outcomes("skipped"))


def test_a_run_whose_last_message_was_taken_back_ends_once():
    """Nothing of it can be withdrawn any more, so a later exit finds it ended."""
    low = "flow low:\n  enter when page_view\n  exit when purchase\n  priority 1\n"
    low += "  wait up to 1 day for sign_up\n  send email low\n"
    tops = "".join(FOUR.format(name, "  priority 50\n") for name in ("top", "tip"))
    stage = Stage(STORE, low, tops)
    stage.play(0, "page_view")
    stage.play(5, "sign_up")
    stage.play(6, "purchase")
    assert sorted(stage.messages) == ["email tip", "email top"]
    (run,) = (run for run in stage.runs if run.flow == "low")
    assert (run.end_kind, run.unclaimed) == ("finished", False)
    assert not any("purchase" in detail for detail in stage.outcomes("ended"))


@pytest.mark.parametrize("after", ["", "  wait 1 day\n"])
def test_a_message_that_its_exit_took_back_leaves_room_under_the_limit(after):
    """What happens at one instant may end a run and enter the next flow."""
    shy = "flow shy:\n  enter when sign_up\n  exit when purchase\n  priority 50\n"
    shy += "  send email shy\n  send email shy_2\n" + after
    low = "flow low:\n  enter when purchase\n  priority 1\n  send email low\n"
    stage = Stage(STORE, shy, low)
    events = [stage.event(5, "sign_up"), stage.event(5, "purchase")]
    stage.apply(events, events[0].at)
    assert "skipped" not in [row.outcome for row in stage.changes.history]
    assert [one.key.split(":")[1] for one in stage.facts.sent] == ["send_low"]


def test_too_late_is_skipped_and_the_run_goes_on():
    """What is a day behind its moment is not sent any more; the run goes on from now."""
    text = (
        "flow f:\n  enter when sign_up\n  wait 1 hour\n  send email one\n  wait 1 hour\n"
        "  send email two\n"
    )
    stage = Stage(text)
    stage.play(0, "sign_up")
    stage._apply([], stage.at(60) + 25 * HOUR)
    assert stage.outcomes("skipped") == ["too late"]
    stage.run(3 * DAY)
    assert stage.sent == [("email two", "01-06 13:00")]


def test_holdout_walks_and_receives_nothing():
    """Who is held out walks waits and branches, and nothing is done to them."""
    text = (
        "flow f:\n  enter when sign_up\n  holdout 10%\n  goal purchase within 5 days\n"
        '  wait 1 hour\n  add tag "x"\n  if customer.country is "DE":\n    send email one\n'
        "  experiment e:\n    50% as a:\n      send email two\n"
        "    50% as b:\n      send email two\n"
    )
    stage = Stage(text, holdout=frozenset({"f"}), country="DE")
    stage.play(0, "sign_up")
    stage.run(DAY)
    assert stage.changes.intents == []
    assert stage.facts.tags == set()
    assert set(stage.outcomes("skipped")) == {"holdout"}
    assert "arms" not in stage.runs[0].memory
    stage.play(2 * DAY, "purchase", value=10)
    assert [(goal.holdout, goal.revenue) for goal in stage.changes.goals] == [(True, 1000)]


def test_holdout_share():
    """About the declared share of customers is held out, the same ones every time."""
    from engine.core import draws

    held = {c for c in range(10_000) if draws.of_holdout("f", c) < 0.05}
    assert 400 < len(held) < 600
    assert held == {c for c in range(10_000) if draws.of_holdout("f", c) < 0.05}


def test_notify_show_call():
    """Staff, the site and other systems are told, with values in their own units."""
    text = """\
store "Test":
  timezone "Europe/Berlin"
  currency EUR
  quiet hours 00:00 to 23:59
  staff sales "sales@example.com"
webhook crm "CRM":
  url "https://crm.example.com/"
flow f:
  enter when purchase
  notify sales with alert
  show banner offer on "/c/*" for 7 days
  call crm (total: entry.value, since: now)
"""
    stage = Stage(text)
    stage.play(0, "purchase", value=59.90)
    (intent,) = stage.changes.intents
    assert (intent.recipient, intent.staff, intent.message) == ("staff", "sales", "alert")
    (show,) = stage.changes.shows
    assert (show.surface, show.where, show.until) == ("banner", "/c/*", stage.at(7 * DAY))
    (call,) = stage.changes.calls
    assert call.values == {"total": 59.9, "since": "2026-01-05T09:00:00Z"}


def test_enough_products_or_no_message():
    """A message that needs three products is skipped when fewer are found."""
    text = "flow f:\n  enter when sign_up\n  send email one:\n    products 3 to 6 bestsellers\n"
    stage = Stage(text)
    stage.ports = Ports(recommend=lambda *_: ["a", "b"])
    stage.play(0, "sign_up")
    assert stage.outcomes("skipped") == ["only 2 products found, 3 are needed"]


def test_the_last_look_before_a_claim():
    """Consent that was lost, a limit and quiet hours are seen again when a message is claimed."""
    from engine.core.eligibility import Hold, Skip, recheck

    stage = Stage(STORE, "flow f:\n  enter when sign_up\n  send email one\n")
    stage.play(0, "sign_up")
    (intent,) = stage.changes.intents
    rules, flow = stage.deployment.rules, stage.deployment.programs["f"]
    assert recheck(rules, flow, stage.facts, intent, stage.now) is None
    assert isinstance(recheck(rules, flow, stage.facts, intent, stage.at(11.5 * 60)), Hold)
    stage.facts.consent["email"] = False
    assert recheck(rules, flow, stage.facts, intent, stage.now) == Skip("no consent for email")
