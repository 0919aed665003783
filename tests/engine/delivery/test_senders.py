"""Whom a message comes from, and where its answers go."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsl.project import load_project
from engine.core.senders import Sender, sender_of
from engine.messages.checks import check_messages
from tests.harness.workshop import HEAD

SENDERS = """\
  sender email "Shop <hello@shop.example>" reply to "care@shop.example"
  sender club email "The club <club@shop.example>"
  sender club sms "CLUB"
  sender team email "The team <team@shop.example>" reply to "team-care@shop.example"
"""
FLOWS = """
flow plain:
  enter when ordered
  send email one

flow of_the_club:
  enter when ordered
  sender club
  send email one
  send email two
  send email three
"""
MESSAGES = {
    "one.email.txt": "---\nsubject: one\n---\nHello\n",
    "two.email.txt": "---\nsubject: two\nsender: team\n---\nHello\n",
    "three.email.txt": '---\nsubject: three\nsender: "Ada <ada@shop.example>"\n'
    "reply_to: ada-too@shop.example\n---\nHello\n",
}


def test_the_message_counts_before_the_flow_and_both_before_the_store(workshop) -> None:
    """From and Reply-To are those of the sender that the message chose, else its flow, else the
    store; what a message says itself stands.
    """
    shop = workshop("\nflow x:\n  enter when ordered\n  send email one\n")
    shop.write(_head() + FLOWS)
    _write(shop.flows)
    shop.service.publish(shop.flows)
    shop.happen(shop.customer(), "ordered")
    shop.forward()
    assert sorted(
        (one.flow, one.message, one.sender, one.headers.get("Reply-To"))
        for _, one in shop.notebook.taken
    ) == [
        ("of_the_club", "one", "The club <club@shop.example>", None),
        ("of_the_club", "three", "Ada <ada@shop.example>", "ada-too@shop.example"),
        ("of_the_club", "two", "The team <team@shop.example>", "team-care@shop.example"),
        ("plain", "one", "Shop <hello@shop.example>", "care@shop.example"),
    ]


def test_a_sender_without_this_channel_leaves_it_to_the_next() -> None:
    """A club that has no number of its own texts as the shop does; a word may be a sender."""
    known = {
        "email": Sender("a@b.example"),
        "email as club": Sender("c@b.example"),
        "sms": Sender("SHOP"),
    }
    assert sender_of(known, "sms", "club", "club") == Sender("SHOP")
    assert sender_of(known, "sms", "SALE", "club") == Sender("SALE")
    assert sender_of(known, "email", "nobody", "club") == Sender("c@b.example")
    assert sender_of(known, "push") == Sender("")


@pytest.mark.parametrize(
    ("told", "hint"),
    [("clob", 'Did you mean "club"?'), ("press", "sender press email")],
)
def test_a_message_names_a_sender_that_there_is(tmp_path: Path, told: str, hint: str) -> None:
    """A name that the store has not is an error at its place, with what is meant or how to add it;
    an address is none.
    """
    (tmp_path / "messages").mkdir()
    (tmp_path / "shop.flow").write_text(_head() + FLOWS, encoding="utf-8")
    _write(tmp_path)
    assert [one.code for one in check_messages(load_project(tmp_path))] == []
    file = tmp_path / "messages" / "one.email.txt"
    file.write_text(f"---\nsubject: one\nsender: {told}\n---\nHello\n", encoding="utf-8")
    [found] = check_messages(load_project(tmp_path))
    assert (found.code, found.severity, found.span.line) == ("unknown-sender", "error", 3)
    assert hint in found.hint


def _head() -> str:
    lines = [line for line in HEAD.splitlines() if not line.startswith("  sender ")]
    lines.insert(1, SENDERS.rstrip())
    return "\n".join(lines) + "\n"


def _write(flows: Path) -> None:
    for name, text in MESSAGES.items():
        (flows / "messages" / name).write_text(text, encoding="utf-8")
