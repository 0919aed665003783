"""A trial in the page shows what the service does: clicked at random over the example flows, the
way, the messages and the minutes are the same.
"""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from dsl import tree
from dsl.parsing.parser import parse
from editor.trying.offers import offers, somebodies
from editor.trying.playing import Trial, tried
from editor.trying.writing import Played, Tried
from engine.core.facts import CONTACT
from engine.core.model import DAY, MINUTE, SECOND
from engine.lab.outcome import Chronicle
from engine.lab.suite import Case, Suite
from tests.production.house import Mailbox, empty_folder, mailbox
from tests.production.seen import seen_by_the_lab
from tests.production.stage import Production

FLOWS = Path(__file__).parents[2] / "flows"
SEEDS = int(os.environ.get("HEADRACE_TRIED", "0"))
"""So many trials of each example flow; by default a few flows are tried once."""
SOME = ("abandoned_cart", "back_in_stock", "birthday", "cart_question", "welcome")
ALSO_ON_POSTGRESQL = ("back_in_stock", "welcome")
CLICKS = 6
_SUBSCRIBES = re.compile(r'subscribe \(channel: "(\w+)"')


@cache
def suite() -> Suite:
    return Suite.read(FLOWS)


def trials() -> Iterator[pytest.ParameterSet]:
    for flow in sorted(suite().project.flows):
        for seed in range(SEEDS or (flow in SOME)):
            yield pytest.param(flow, seed, "sqlite", id=f"{flow}-{seed}")
        if SEEDS > 1 or flow in ALSO_ON_POSTGRESQL:
            yield pytest.param(flow, 0, "postgresql", id=f"{flow}-0-postgresql")


def yet_to_subscribe(line: str, channels: list[str]) -> str:
    """Who is given, without what they may still agree to."""
    if not line.startswith("given customer") or "can_receive" in line:
        return line
    can = [one for one, contact in CONTACT.items() if f"{contact}:" in line and one not in channels]
    said = ", ".join(f'"{one}"' for one in can)
    return f"{line.removesuffix(')')}, can_receive: [{said}])"


def clicked(flow: str, seed: int) -> tuple[Trial, str]:
    """A trial by clicks alone, and the file that its flow stands in."""
    chance = random.Random(f"{flow} {seed}")
    project = suite().project
    node = project.flows[flow]
    file = project.file_of(node)
    person = chance.choice(somebodies(project, node))
    asked = Tried(start=person.start, given=list(person.given))
    enters = [one.text for one in offers(project, node) if one.group == "enters"]
    others = [it.text for it in offers(project, node)]
    named = [it[1] for text in others if (it := _SUBSCRIBES.match(text))]
    if named:
        asked.given = [yet_to_subscribe(line, named) for line in asked.given]

    def turn() -> Trial:
        text = project.sources[file]
        made = tried(suite(), file, text, flow, asked, lambda *_: None)
        assert made.problems == (), (made.problems, made.test)
        asked.now = made.now - made.start
        return made

    if enters:
        asked.plays.append(Played(at=0, text=chance.choice(enters)))
    said = turn()
    for _ in range(CLICKS):
        assert said.outcome is not None
        due = said.outcome.chronicle.next_at
        if due is not None and due - said.start < 400 * DAY and chance.random() < 0.7:
            asked.now = due - said.start
        elif others and chance.random() < 0.7:
            text = chance.choice(others)
            asked.plays.append(Played(at=asked.now, text=text))
        else:
            asked.now += chance.choice([1, 24]) * DAY // 24
        said = turn()
    return said, file


@pytest.mark.parametrize("flow", sorted(suite().project.flows) if SEEDS else SOME)
def test_clicks_alone_lead_to_a_message(flow: str) -> None:
    """With somebody who is offered, and what is offered to come in, each example flow says
    something, and the test that was clicked holds.
    """
    project = suite().project
    node = project.flows[flow]
    file = project.file_of(node)
    enters = [one.text for one in offers(project, node) if one.group == "enters"]
    for person in somebodies(project, node):
        together = [Played(at=at * MINUTE, text=text) for at, text in enumerate(enters)]
        for played in [[Played(at=0, text=text)] for text in enters] + [together]:
            asked = Tried(start=person.start, given=list(person.given), plays=played)
            for _ in range(12):
                said = tried(suite(), file, project.sources[file], flow, asked, lambda *_: None)
                assert said.outcome is not None, said.problems
                chronicle = said.outcome.chronicle
                if chronicle.messages:
                    assert said.holds, said.test
                    return
                if chronicle.next_at is None:
                    break
                asked.now = chronicle.next_at - said.start
    pytest.fail(f"nothing that is offered makes {flow} say anything")


def passed(chronicle: Chronicle) -> set[tuple[int, str, str]]:
    return {(one.at // SECOND, one.flow, one.node) for one in chronicle.story if one.run}


@pytest.fixture(scope="module")
def box() -> Iterator[Mailbox]:
    with mailbox() as found:
        yield found


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return empty_folder(tmp_path_factory.mktemp("empty"))


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("flow", "seed", "new_database"), [*trials()], indirect=["new_database"])
def test_the_service_does_what_was_tried(
    flow: str,
    seed: int,
    new_database: Callable[[], str | None],
    tmp_path: Path,
    box: Mailbox,
    empty: Path,
) -> None:
    """Who lives through the clicks on the server goes the same way, to the minute."""
    said, file = clicked(flow, seed)
    test = parse(said.test, file).tree.declarations[0]
    assert isinstance(test, tree.Test)
    case = Case(test, file)
    outcome = suite().run(case, until=said.now)
    database_url = new_database()
    if database_url is None:
        shutil.copytree(empty, tmp_path / "data")
    production = Production(suite(), case, FLOWS, tmp_path, database_url, box)
    try:
        seen = production.play(outcome.chronicle)
        steps = production.passed()
    finally:
        production.close()
    assert seen == seen_by_the_lab(outcome.chronicle), said.test
    assert steps == passed(outcome.chronicle), said.test
    assert said.holds or not said.outcome or not said.outcome.chronicle.entered, said.test
