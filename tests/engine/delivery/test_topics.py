"""A topic belongs to a message on a channel: the server and the language's tests agree on it."""

from __future__ import annotations

import pytest

from dsl.project import load_project
from engine.lab.suite import Suite
from engine.messages.checks import check_messages
from tests.harness.workshop import HEAD

TOPICS = '  topic news "News"\n  topic tips "Tips"\n'
FLOW = """\
flow f:
  enter when ordered
  send email both
  send sms both
"""
TESTS = """
test "off news" for f:
  given customer (email: "a@shop.example", phone: "+49151", can_receive: ["email", "sms", "tips"])
  after 0 minutes ordered
  expect sms both
  expect no email

test "off tips" for f:
  given customer (email: "a@shop.example", phone: "+49151", can_receive: ["email", "sms", "news"])
  after 0 minutes ordered
  expect email both
  expect no sms
"""


def _written(workshop, flow: str = FLOW, **topics: str):
    """A shop that runs the flow, with a message file for each place and its topic."""
    shop = workshop(FLOW.replace("sms", "email").replace("both", "one"))
    for place, topic in topics.items():
        path = shop.flows / "messages" / f"both.{place.replace('_', '.')}.txt"
        path.write_text(f"---\nsubject: both\ntopic: {topic}\n---\nHello\n", encoding="utf-8")
    shop.write(HEAD.replace("\n\nevent", f"\n{TOPICS}\nevent") + flow)
    shop.service.publish(shop.flows)
    return shop


@pytest.mark.parametrize(("left", "reached"), [("news", "sms"), ("tips", "email")])
def test_who_left_a_topic_still_gets_the_message_on_the_channel_of_another(
    workshop, left: str, reached: str
) -> None:
    """With the mail on `news` and the SMS on `tips`, leaving one topic stops one channel only."""
    shop = _written(workshop, email="news", sms="tips")
    ada = shop.customer(phone="+4915112345678")
    shop.service.writer.run(
        lambda tx: tx.executemany(
            "insert into consent (customer, what, allowed, at) values (?, ?, ?, ?)",
            [(ada, "sms", True, 1), (ada, left, False, 1)],
        )
    )
    shop.happen(ada, "ordered")
    shop.forward()
    assert [one.channel for _, one in shop.notebook.taken] == [reached]


def test_the_language_tests_know_the_topic_of_each_channel(workshop) -> None:
    """Who cannot receive `news` gets the SMS on `tips` in a language test too, and no mail."""
    shop = _written(workshop, FLOW + TESTS, email="news", sms="tips")
    suite = Suite.read(shop.flows)
    assert not suite.has_errors
    assert [suite.run(case).failures for case in suite.cases] == [(), ()]


def test_two_languages_of_one_message_share_their_topic(workshop) -> None:
    """Two topics for one message on one channel are pointed out; per channel they may differ."""
    shop = _written(workshop, email="news", sms="tips")
    assert check_messages(load_project(shop.flows)) == []
    shop = _written(workshop, email="news", de_email="tips", sms="tips")
    (found,) = check_messages(load_project(shop.flows))
    assert (found.code, found.severity, found.span.line) == ("two-topics", "warning", 3)
    assert found.message == 'The topic of email both is "news" in all languages.'
