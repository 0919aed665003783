"""Whoever is inside when a flow is published: a law over random flows, edits and people."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.core.model import HOUR
from tests.harness.workshop import Workshop

HEAD = """\
store "Shop":
  timezone "Europe/Berlin"
  currency EUR
  sender email "Shop <shop@shop.example>"

event ordered:
  total money
  note text

event answered

coupon thanks:
  10% off

"""
FRAME = """\
flow f:
  enter when ordered
{moved}  goal ordered within 30 days
  holdout 10%
  quiet hours 21:00 to 08:00
"""

PLAIN = [
    "wait 1 hour",
    "wait 3 hours",
    "wait 1 day",
    "wait until 14:30",
    "wait until monday at 09:00",
    "send email one",
    "send email two",
    "give coupon thanks",
    'add tag "seen"',
]
LABELS = ["red", "green", "blue"]


def _block(steps: list[list[str]]) -> list[str]:
    return [f"  {line}" for step in steps for line in step]


def _plain() -> st.SearchStrategy[list[str]]:
    return st.sampled_from(PLAIN).map(lambda line: [line])


def _nested(inner: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    body = st.lists(inner, min_size=1, max_size=2).map(_block)
    return st.one_of(
        body.map(lambda b: ["if customer.email is set:", *b]),
        body.map(lambda b: ["repeat 2 times:", "  wait 2 hours", *b]),
        st.tuples(body, body).map(
            lambda two: ["wait up to 5 hours for answered:", *two[0], "else:", *two[1]]
        ),
        st.tuples(body, body).map(
            lambda two: [
                "experiment colour:", "  50%:", *(f"  {line}" for line in two[0]),
                "  50%:", *(f"  {line}" for line in two[1]),
            ]
        ),
    )  # fmt: skip


STEP = st.one_of(_plain(), _plain(), _nested(_plain()), _nested(_nested(_plain())))


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, str]:
    """A flow and an edit of it."""
    before: list[list[str]] = [["wait 1 hour"], *draw(st.lists(STEP, min_size=2, max_size=5))]
    for place, label in enumerate(draw(st.lists(st.sampled_from(LABELS), unique=True))):
        step = before[place % len(before)]
        if len(step) == 1 and " as " not in step[0]:
            before[place % len(before)] = [f"{step[0]} as {label}"]
    after = list(before)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(after) - 1))
        match draw(st.sampled_from(["remove", "insert", "replace", "swap"])):
            case "remove" if len(after) > 1:
                del after[place]
            case "insert":
                after.insert(place, draw(STEP))
            case "replace":
                after[place] = draw(STEP)
            case _:
                after[place], after[0] = after[0], after[place]
    old = _named(before)
    gone = sorted(old - _named(after))
    kept = sorted(_named(after))
    moved = ""
    if gone and draw(st.booleans()):
        target = draw(st.sampled_from([*kept, "exit"]))
        moved = f"  moved {gone[0]} to {target}\n"
    return _text(before, ""), _text(after, moved)


def _named(steps: list[list[str]]) -> set[str]:
    return {step[0].partition(" as ")[2] for step in steps if " as " in step[0]}


def _text(steps: list[list[str]], moved: str) -> str:
    lines, experiments = [], 0
    for line in (line for step in steps for line in _block([step])):
        if "experiment colour" in line:
            experiments += 1
            lines.append(line.replace("colour", f"colour_{experiments}"))
        else:
            lines.append(line)
    return FRAME.format(moved=moved) + "\n".join(lines) + "\n"


def _runs(shop: Workshop) -> dict[int, dict[str, Any]]:
    names = ("id", "version", "node", "state", "wake_at", "ended_at", "end_kind", "memory")
    rows = shop.rows(f"select {', '.join(names)} from run order by id")
    found = [dict(zip(names, row, strict=True)) for row in rows]
    return {one["id"]: {**one, "memory": orjson.loads(one["memory"])} for one in found}


@pytest.mark.timeout(400)
@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(edited(), st.lists(st.integers(0, 40), min_size=4, max_size=8), st.booleans())
def test_a_publish_moves_exactly_whom_its_plan_said(
    workshop, texts: tuple[str, str], pauses: list[int], answers: bool
) -> None:
    """Step by step the plan comes true; nobody is lost, nothing is sent twice or forgotten."""
    before, after = texts
    shop = workshop(before, head=HEAD)
    try:
        _people(shop, pauses, answers=answers)
        shop.write(HEAD + after)
        _publish_and_look(shop)
        # Repeats of repeats that wait for a Monday each take their weeks.
        shop.forward(150 * 24 * HOUR)
        assert shop.rows("select reason from failure") == []
        assert shop.rows("select count(*) from run where ended_at is null") == [(0,)]
        assert len(shop.notebook.keys) == len(set(shop.notebook.keys))
    finally:
        shop.service.stop()


def _people(shop: Workshop, pauses: list[int], *, answers: bool) -> None:
    for number, hours in enumerate(pauses):
        customer = shop.customer(f"c{number}")
        shop.happen(customer, "ordered")
        shop.forward(hours * HOUR // 2)
        if answers:
            shop.happen(customer, "answered")
            shop.forward()


def _publish_and_look(shop: Workshop) -> None:
    runs = _runs(shop)
    inside = {number: one for number, one in runs.items() if one["ended_at"] is None}
    planned = shop.service.plan(shop.flows)
    old = dict(shop.service.live.versions)
    done = shop.service.publish(shop.flows, expected=planned.hash)
    assert done.plan.flows == planned.flows
    if planned.nothing:
        return
    said = {(one.version, one.step): one for one in planned.of("f").people}
    wanted = Counter(
        {(one.version, one.step, one.target, one.how): one.people
         for one in planned.of("f").people}
    )  # fmt: skip
    assert Counter({tuple(one[1:5]): one.people for one in done.moved}) == wanted
    assert sum(one.people for one in said.values()) == len(inside)
    new = shop.service.deployment.programs["f"]
    for number, one in _runs(shop).items():
        was = runs[number]
        if number not in inside:
            assert one == was
            continue
        step = old["f", was["version"]].program.ops[was["node"]].id
        target = said[was["version"], step].target
        if target is None:
            assert one["end_kind"] == "moved"
            continue
        assert (one["version"], new.ops[one["node"]].id) == (new.version, target)
        assert one["wake_at"] is not None
        for kept in ("arms", "coupons", "coupon", "last_send", "holdout", "entry", "used"):
            assert one["memory"].get(kept) == was["memory"].get(kept)
        visits, ago = one["memory"].get("visits", {}), was["memory"].get("visits", {})
        assert visits.items() >= ago.items()
