"""Quiet hours that an edit changed."""

from __future__ import annotations

import pytest

from engine.core.model import HOUR
from tests.harness.workshop import HEAD, START

FLOW = "flow f:\n  enter when ordered\n  send email one\n"
QUIET = HEAD.replace("  currency EUR\n", "  currency EUR\n  quiet hours 21:00 to 08:00\n")


def _hours(shop) -> list[float]:
    return [(envelope.at - START) / HOUR for _, envelope in shop.notebook.taken]


@pytest.mark.parametrize(
    ("head", "flow", "hour"),
    [
        (QUIET.replace("08:00", "07:00"), FLOW, 21),
        (QUIET.replace("08:00", "09:00"), FLOW, 23),
        (QUIET.replace("21:00", "23:30"), FLOW, 13),
        (HEAD, FLOW, 13),
        (QUIET, FLOW.replace("send", "quiet hours 22:00 to 06:00\n  send"), 20),
        (QUIET, FLOW.replace("send", "transactional\n  send"), 13),
        (QUIET, FLOW + "  wait 1 hour\n", 22),
    ],
)
def test_a_held_message_follows_the_quiet_hours(workshop, head, flow, hour) -> None:
    """Who is held at night when the quiet hours are edited gets the message when the new ones
    end, or at once where they hold no longer.
    """
    shop = workshop(FLOW, head=QUIET)
    shop.forward(12 * HOUR)
    shop.happen(shop.customer(), "ordered")
    shop.forward(HOUR)
    shop.write(head + flow)
    shop.service.publish(shop.flows)
    shop.forward(30 * HOUR)
    assert _hours(shop) == [hour]


def test_each_is_held_by_the_clock_of_their_zone(workshop) -> None:
    """The new quiet hours end when they end where the customer is."""
    shop = workshop(FLOW, head=QUIET)
    shop.forward(12 * HOUR)
    for name, zone in (("ada", None), ("bob", "Europe/Lisbon")):
        shop.happen(shop.customer(name, zone=zone), "ordered")
    shop.forward(HOUR)
    shop.write(QUIET.replace("08:00", "07:00") + FLOW)
    shop.service.publish(shop.flows)
    shop.forward(30 * HOUR)
    assert _hours(shop) == [21, 22]


def test_a_paused_flow_wakes_by_the_new_quiet_hours(workshop) -> None:
    """Who is held in a flow that is paused gets the message when the new quiet hours end."""
    shop = workshop(FLOW, head=QUIET)
    shop.forward(12 * HOUR)
    shop.happen(shop.customer(), "ordered")
    shop.forward(HOUR)
    shop.service.hold("f", "pause", "test")
    shop.write(QUIET.replace("08:00", "06:00") + FLOW)
    shop.service.publish(shop.flows)
    shop.service.hold("f", "resume", "test")
    shop.forward(30 * HOUR)
    assert _hours(shop) == [20]
