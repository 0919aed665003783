"""A real customer in a trial: what they did and got before counts as it does on the server."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsl import tree
from dsl.parsing.parser import parse
from editor.trying.offers import offers
from editor.trying.people import given_of
from editor.trying.playing import tried
from editor.trying.writing import Played, Tried
from engine.core.model import HOUR, MINUTE, SECOND
from engine.lab.script import Cue
from engine.lab.suite import Case
from tests.production.house import Mailbox, empty_folder, mailbox
from tests.production.stage import USER, Production
from tests.production.test_tried import FLOWS, clicked, passed, suite

LIVES = (("abandoned_cart", 1), ("nurture_tents", 1))
SEEDS = int(os.environ.get("HEADRACE_TRIED", "0"))
FLOWS_OF_EVENTS = (
    "abandoned_cart", "cart_question", "nurture_tents", "search_follow_up", "site_abandonment",
    "thank_you", "welcome",
)  # fmt: skip


@pytest.fixture(scope="module")
def box() -> Iterator[Mailbox]:
    with mailbox() as found:
        yield found


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return empty_folder(tmp_path_factory.mktemp("empty"))


def lives() -> Iterator[tuple[str, int]]:
    """Whose first life leads into which second one; those whose run never ended are left out."""
    yield from [(flow, seed) for flow in FLOWS_OF_EVENTS for seed in range(SEEDS)] or LIVES


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("flow", "seed"), [*lives()])
def test_a_second_time_is_as_on_the_server(
    flow: str, seed: int, tmp_path: Path, box: Mailbox, empty: Path
) -> None:
    """Limits, `re-enter` and conditions see the first time, in the trial as on the server."""
    said, file = clicked(flow, seed)
    test = parse(said.test, file).tree.declarations[0]
    assert isinstance(test, tree.Test)
    case = Case(test, file)
    first = suite().run(case, until=said.now).chronicle
    shutil.copytree(empty, tmp_path / "data")
    production = Production(suite(), case, FLOWS, tmp_path, None, box)
    project = suite().project
    node = project.flows[flow]
    enters = [one.text for one in offers(project, node) if one.group == "enters"]
    deployment = suite().deployment(suite().running(flow))
    try:
        production.play(first)
        house = production.house
        # Until they are out of it: a trial begins outside.
        for _ in range(20):
            house.run_to(house.clock.now() + HOUR)
            if not production.inside():
                break
            house.run_to(house.clock.now() + 40 * HOUR)
        since = house.clock.now()
        person = given_of(house.behind, project, deployment, USER, flow)
        assert person is not None
        # Orders of the second time are other orders.
        again = [one.replace('order_id: "', 'order_id: "again-') for one in (enters[0], enters[-1])]
        plays = [Played(at=at * MINUTE, text=text) for at, text in enumerate(again, 1)]
        asked = Tried(start=person.start, given=list(person.given), plays=plays, now=3 * HOUR)
        text = project.sources[file]
        trial = tried(suite(), file, text, flow, asked, lambda *_: None, person)
        assert trial.outcome is not None, trial.problems
        assert trial.start == since
        for one in plays:
            at = since + one.at
            house.run_to(at - 1)
            house.clock.turn(at)
            lines = f'test "t" for {flow}:\n  after 0 minutes {one.text}\n'
            line = parse(lines, file).tree.declarations[0].lines[0]  # type: ignore[union-attr]
            assert isinstance(line, tree.PlayAt)
            production.happen(Cue(at, line.play, 2))
            house.run_to(at)
        house.run_to(trial.now)
        steps = {one for one in production.passed() if one[0] >= since // SECOND}
        letters = Counter((one.at // SECOND, one.channel, one.message) for one in house.letters
                          if one.at >= since and one.key.endswith(":customer"))  # fmt: skip
    finally:
        production.close()
    chronicle = trial.outcome.chronicle
    came = Counter((one.at // SECOND, one.kind, one.name) for one in chronicle.messages
                   if one.to_customer and one.kind != "show")  # fmt: skip
    assert steps == passed(chronicle), trial.test
    assert letters == came, trial.test
