"""A server's clock: steady where the machine's is not."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engine.clock import SteadyClock
from engine.core.model import HOUR, MINUTE, SECOND

START = 1_767_603_600_000


class Machine:
    """A machine whose clock somebody sets."""

    def __init__(self) -> None:
        self.passed = 5_000
        self.wrong_by = 0

    def wall(self) -> int:
        return START + self.passed + self.wrong_by

    def steady(self) -> int:
        return self.passed


def steady(machine: Machine) -> SteadyClock:
    return SteadyClock(0, wall=machine.wall, steady=machine.steady)


def test_a_jump_is_not_followed_at_once_and_then_is() -> None:
    """26 hours ahead for 12 seconds change nothing; an hour that stays is believed."""
    machine = Machine()
    clock = steady(machine)
    machine.wrong_by = 26 * HOUR
    for _ in range(12):
        machine.passed += SECOND
        assert clock.now() == START + machine.passed
    machine.wrong_by = 0
    machine.passed += SECOND
    assert clock.now() == START + machine.passed
    machine.wrong_by = -HOUR
    assert clock.now() == START + machine.passed
    machine.passed += SteadyClock.BELIEVED - 1
    assert clock.now() == START + machine.passed
    machine.passed += 1
    assert clock.now() == START + machine.passed - HOUR


def test_a_jump_that_jumps_on_is_not_believed() -> None:
    """Each further jump must prove itself anew."""
    machine = Machine()
    clock = steady(machine)
    for hours in range(1, 40):
        machine.wrong_by = hours * HOUR
        machine.passed += SteadyClock.BELIEVED // 2
        assert clock.now() == START + machine.passed


@given(st.lists(st.tuples(st.integers(1, 30 * SECOND), st.integers(-500, 500)), max_size=60))
def test_small_corrections_are_followed(looks: list[tuple[int, int]]) -> None:
    """A clock that a time server sets right bit by bit is the machine's own, whatever it says."""
    machine = Machine()
    clock = steady(machine)
    for passed, correction in looks:
        machine.passed += passed
        machine.wrong_by += correction
        assert clock.now() == machine.wall()


@given(
    st.lists(
        st.tuples(st.integers(1, 30 * SECOND), st.sampled_from([0, 26 * HOUR, -24 * HOUR, MINUTE])),
        max_size=60,
    )
)
def test_time_that_is_told_goes_on_steadily(looks: list[tuple[int, int]]) -> None:
    """As long as no jump stays, each look is as much later as time has passed."""
    machine = Machine()
    clock = steady(machine)
    told = [(machine.passed, clock.now())]
    since = 0
    for passed, wrong_by in looks:
        machine.passed += passed
        since = since + passed if wrong_by == machine.wrong_by else 0
        machine.wrong_by = wrong_by
        if since >= SteadyClock.BELIEVED:
            return
        told.append((machine.passed, clock.now()))
    for (before, first), (after, second) in pairwise(told):
        assert second - first == after - before
