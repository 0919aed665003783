"""Who hangs keeps nobody else out, and what defers is left alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from unittest.mock import patch

import pytest

from engine.channels.smtp import Smtp
from engine.core.model import HOUR, MINUTE
from engine.delivery import gate
from engine.delivery.gate import Gate, StuckError
from engine.delivery.lanes import Held, LaneKey, Lanes, Wanted

Story = Callable[[Gate], Coroutine[Any, Any, None]]


def told(story: Story, places: int = 2, bearable: int = 2, silent: float = 0.0) -> None:
    with patch.object(gate, "SILENT_SECONDS", silent):
        asyncio.run(asyncio.wait_for(story(Gate(places, bearable)), 30))


async def hang(door: Gate, lane: str) -> None:
    async with door.passing(lane):
        await asyncio.Event().wait()


async def until(true: Callable[[], bool]) -> None:
    for _ in range(100_000):
        if true():
            return
        await asyncio.sleep(0)
    raise AssertionError


def test_one_that_hangs_keeps_nobody_out() -> None:
    """As many pass beside it as without it, of its own lane, too."""

    async def story(door: Gate) -> None:
        hanging = asyncio.ensure_future(hang(door, "a"))
        await until(lambda: door.under_way == 1)
        for lane in ("b", "a", "c", "a"):
            async with door.passing(lane):
                assert door.under_way == 2
        assert door.stuck() == {}
        hanging.cancel()

    told(story)


def test_a_lane_in_which_several_hang_takes_nobody_in() -> None:
    """Who waits for it is told so, all others go on, and it opens when one has come back."""

    async def story(door: Gate) -> None:
        hanging = [asyncio.ensure_future(hang(door, "a")) for _ in range(3)]
        done, _ = await asyncio.wait(hanging, return_when=asyncio.FIRST_COMPLETED)
        with pytest.raises(StuckError, match="a is stuck"):
            done.pop().result()
        assert set(door.stuck()) == {"a"}
        for _ in range(3):
            async with door.passing("b"):
                pass
        with pytest.raises(StuckError):
            await door._enter("a")
        next(one for one in hanging if not one.done()).cancel()
        await until(lambda: not door.stuck())
        async with door.passing("a"):
            pass
        for one in hanging:
            one.cancel()

    told(story)


def test_where_all_places_are_silent_nobody_waits() -> None:
    """A server that takes everybody in and answers nobody is told of at once."""

    async def story(door: Gate) -> None:
        hanging = [asyncio.ensure_future(hang(door, str(lane))) for lane in range(4)]
        await until(lambda: door._silent == 4)
        with pytest.raises(StuckError) as stuck:
            await door._enter("z")
        assert stuck.value.lane is None
        for one in hanging:
            one.cancel()

    told(story)


def test_a_new_lane_begins_with_one() -> None:
    """Only when one has come back well it has more places; after one that did not, one again."""

    async def story(door: Gate) -> None:
        first = await door._enter("a")
        second = asyncio.ensure_future(door._enter("a"))
        await asyncio.sleep(0)
        assert door.under_way == 1
        door._leave(first)
        await second
        third = await door._enter("a")
        assert door.under_way == 2
        third.well = False
        door._leave(third)
        assert not door._may_enter("a")

    told(story, silent=60)


NOW = 1_767_603_600_000


def wanted(customer: int = 1, lane: str = "a.example", template: str = "one") -> Wanted:
    return Wanted(customer, "email", lane, template)


def lanes() -> Lanes:
    return Lanes({"email": Smtp("smtp://127.0.0.1:1")})


def test_a_domain_that_defers_rests_for_a_growing_time() -> None:
    """A minute, then two, four, up to an hour; then one is tried, and its success opens it."""
    kept, key, now = lanes(), LaneKey("lane", "email", "a.example"), NOW
    pauses = []
    for _ in range(8):
        held = kept.rest(key, now, "450 too many")
        assert kept.verdict(wanted(), now) == held
        assert kept.verdict(wanted(lane="b.example"), now) is True
        pauses.append(held.until - now)
        now = held.until
    assert pauses == [n * MINUTE for n in (1, 2, 4, 8, 16, 32, 60, 60)]
    assert kept.verdict(wanted(1), now) is True
    kept.begin(wanted(1))
    assert kept.verdict(wanted(2), now) is False, "one is tried"
    kept.end(wanted(1))
    kept.went_well(wanted(1))
    assert kept.verdict(wanted(2), now) is True
    assert kept.rest(key, now, "450 too many").until == now + MINUTE


def test_who_says_how_long_is_believed_up_to_an_hour() -> None:
    """A provider's own time counts, but a mistake in it does not stop a channel for a day."""
    kept = lanes()
    assert kept.rest(LaneKey("channel", "email"), NOW, "429", 7_000) == Held(NOW + 7_000, "429")
    assert kept.closed(NOW) == ["email"]
    assert kept.next_moment(NOW) == NOW + 7_000
    assert kept.rest(LaneKey("channel", "email"), NOW, "429", 48 * HOUR).until == NOW + HOUR


def test_a_customer_has_one_message_of_a_channel_on_its_way() -> None:
    """The next waits until the first has come back; another channel does not."""
    kept = lanes()
    kept.begin(wanted())
    assert kept.verdict(wanted(template="two"), NOW) is False
    assert kept.verdict(Wanted(1, "sms", "", "two"), NOW) is True
    kept.end(wanted())
    assert kept.verdict(wanted(template="two"), NOW) is True


def test_who_is_silent_is_waited_for() -> None:
    """What would go there stays where it is until one comes back; unless so many wait that they
    hide all others.
    """
    kept = lanes()
    kept.is_silent(LaneKey("template", "email", "one"), NOW)
    assert kept.verdict(wanted(), NOW) is False
    assert isinstance(kept.verdict(wanted(), NOW, patient=False), Held)
    assert kept.verdict(wanted(template="two"), NOW) is True
    kept.went_well(wanted())
    assert kept.verdict(wanted(), NOW) is True
