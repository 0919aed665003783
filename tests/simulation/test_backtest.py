"""A season played once more through the flows that were live is the season that was."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.backtest.backtest import backtest
from engine.backtest.result import REASONS, BacktestResult
from engine.core.model import DAY
from engine.settings import Settings
from engine.store import past_properties, settings_rows
from engine.store.database import Database
from tests.simulation.exact import Exact
from tests.simulation.shop import START

PEOPLE = min(int(os.environ.get("HEADRACE_SIMULATION", "60")), 250)
DAYS = 30 if "HEADRACE_SIMULATION" in os.environ else 9


class Season:
    """A shop that has lived, and can be played."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder = folder
        self.flows = folder / "flows"
        self._database = database

    def play(self, begin: float, end: float = DAYS, flows: Path | None = None) -> BacktestResult:
        with self._database.reader() as rows:
            return backtest(
                rows,
                flows or self.flows,
                self.folder / "work",
                int(START + begin * DAY),
                int(START + end * DAY),
            )

    def without_its_past(self) -> None:
        """As in a shop that has just been brought up to date."""
        writer = self._database.open_to_write()
        try:
            writer.run(lambda tx: tx.execute("delete from property_change"))
            since = str(START + DAYS * DAY)
            writer.run(lambda tx: settings_rows.keep(tx, past_properties.SINCE, since))
        finally:
            self._database.close()


@contextmanager
def season(folder: Path, url: str | None) -> Iterator[Season]:
    shop = Exact(folder, PEOPLE, url)
    try:
        shop.spend(DAYS)
        assert len(shop.post.sent) > PEOPLE // 3, "hardly anything went"
    finally:
        shop.close()
    yield Season(folder, Settings(database_url=url).database(folder / "data"))


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Season]:
    with season(tmp_path_factory.mktemp("season"), None) as found:
        yield found


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("begin", [0, 4.3])
def test_flows_that_were_live_send_what_was_sent(lived: Season, begin: float) -> None:
    """From the first day, and from the middle with people inside: message by message, to the
    minute.
    """
    found = lived.play(begin)
    assert not found.edited
    assert found.same, found.differences()
    assert found.total("same") > PEOPLE // 6


def test_an_edit_shows_itself_and_nothing_else(lived: Season, tmp_path: Path) -> None:
    """With one flow edited, only what that flow sends differs, and the result says that it was
    the edit.
    """
    flows = tmp_path / "flows"
    shutil.copytree(lived.flows, flows)
    (file,) = [one for one in flows.glob("*.flow") if "flow win_back_campaign" in one.read_text()]
    text = file.read_text(encoding="utf-8")
    edited = text.replace(
        "  send email win_back_season", "  wait 90 minutes\n  send email win_back_season"
    )
    file.write_text(edited, encoding="utf-8")
    found = lived.play(0, flows=flows)
    assert found.edited == ("win_back_campaign",)
    assert found.total("later")
    assert {one["flow"] for one in found.differences()} == {"win_back_campaign"}
    assert {one["because"] for one in found.differences()} == {"edited"}


def test_without_their_past_every_difference_has_a_reason(lived: Season) -> None:
    """Where nobody kept what customers were, what differs is said to, for how many people."""
    lived.without_its_past()
    told = lived.play(3).as_json()
    assert {one["reason"] for one in told["because"]} <= {"no past of properties", "merged"}
    assert {one["what"] for one in told["assumed"]} >= {"properties"}
    assert all(one["because"] in REASONS for one in told["differences"])
