"""Imports that are killed end as if nothing had happened."""

from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.store.database import Database
from tests.engine.imports.people import write_people
from tests.harness.workshop import HEAD

PEOPLE = int(os.environ.get("HEADRACE_IMPORTED", "20000"))
"""How many customers the larger file has, one in 200 of them bad; a long campaign takes 100,000."""
IMPORTER = Path(__file__).with_name("importer.py")
ROOT = Path(__file__).parents[3]
FLOW = """\
flow reminder:
  enter when begin_checkout
  wait 1 day
"""
TABLES = {
    "customer": "*",
    "identity": "*",
    "consent": "*",
    # PostgreSQL counts on where a transaction was undone.
    "consent_proof": "customer, what, act, at, source, address, detail",
    "event": "*",
    "pending": "*",
    "import_job": "*",
    "import_rejection": "*",
}


def run(
    folder: Path, file: Path, url: str | None, place: str, number: int = 0, group: int = 300
) -> dict[str, Any]:
    """What the importer reported; {} when it was killed. `group` rows are stored together."""
    flows = folder.parent / "flows"
    flows.mkdir(exist_ok=True)
    (flows / "shop.flow").write_text(HEAD + FLOW)
    done = subprocess.run(
        [sys.executable, str(IMPORTER), str(folder), str(flows), str(file), place, str(number)],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "GROUP": str(group),
            "HEADRACE_DATABASE_URL": url or "",
        },
        capture_output=True,
        check=False,
        timeout=280,
    )
    if done.returncode == -9:
        return {}
    assert done.returncode == 0, done.stderr.decode()
    return dict(orjson.loads(done.stdout))


def everything(folder: Path, url: str | None) -> dict[str, list[Any]]:
    """All that an import writes, in the order of the keys."""
    with Database(folder, url).reader() as reader:
        return {
            table: sorted(map(repr, reader.rows(f"select {columns} from {table}")))
            for table, columns in TABLES.items()
        }


@pytest.mark.timeout(600)
def test_killed_at_any_point_the_end_is_the_same(tmp_path: Path, new_database: Any) -> None:
    """Killed before, within and after a group's transaction and at odd moments, then run again,
    an import leaves the same rows, the same rejections and the same file of them.
    """
    file = tmp_path / "people.csv"
    wrong = write_people(file, 3_000, 20)
    whole, whole_url = tmp_path / "whole", new_database()
    undisturbed = run(whole, file, whole_url, "end")
    rejected = (tmp_path / "people.csv.rejected.csv").read_bytes()
    (tmp_path / "people.csv.rejected.csv").unlink()

    broken, url = tmp_path / "broken", new_database()
    draw = random.Random(7)
    for place in ("before", "within", "after"):
        assert run(broken, file, url, place, draw.randint(1, 2)) == {}
        assert not (tmp_path / "people.csv.rejected.csv").exists()
    run(broken, file, url, "timer", draw.randint(50, 500))
    report = run(broken, file, url, "end")

    assert everything(broken, url) == everything(whole, whole_url)
    assert (tmp_path / "people.csv.rejected.csv").read_bytes() == rejected
    assert report["resumed_from"] > 0 or report["finished_before"]
    assert {each["line"] for each in undisturbed["skipped"]} == wrong.keys()
    for each in undisturbed["skipped"]:
        assert wrong[each["line"]] in each["reason"]
    assert report["skipped"] == undisturbed["skipped"]
    assert undisturbed["read"] == 3_000
    assert undisturbed["written"] == 2_980


@pytest.mark.timeout(600)
def test_a_finished_import_changes_nothing(tmp_path: Path, database_url: str | None) -> None:
    """Run again, a finished import writes nothing and names the rejected rows once more."""
    file = tmp_path / "people.csv"
    wrong = write_people(file, 500, 5)
    run(tmp_path / "data", file, database_url, "end")
    before = everything(tmp_path / "data", database_url)
    (tmp_path / "people.csv.rejected.csv").unlink()
    report = run(tmp_path / "data", file, database_url, "end")
    assert everything(tmp_path / "data", database_url) == before
    assert (report["written"], report["finished_before"]) == (0, True)
    with (tmp_path / "people.csv.rejected.csv").open(newline="") as rows:
        listed = list(csv.reader(rows))
    assert [int(row[0]) for row in listed[1:]] == sorted(wrong)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_many_customers(tmp_path: Path, database_url: str | None) -> None:
    """Of many customers with a few bad rows the good ones are loaded, the bad ones named, also
    when the import is killed on the way.
    """
    file = tmp_path / "people.csv"
    wrong = write_people(file, PEOPLE, PEOPLE // 200)
    good = PEOPLE - PEOPLE // 200
    draw = random.Random(11)
    for place in ("before", "within", "after"):
        number = draw.randint(2, 15)  # of the 50 groups
        assert run(tmp_path / "data", file, database_url, place, number, PEOPLE // 50) == {}
    report = run(tmp_path / "data", file, database_url, "end", group=PEOPLE // 50)
    assert (report["read"], report["written"]) == (PEOPLE, good)
    assert [each["line"] for each in report["skipped"]] == sorted(wrong)
    with Database(tmp_path / "data", database_url).reader() as reader:
        assert reader.row("select count(*) from customer") == (good,)
        assert reader.row("select count(*) from identity where kind = 'email'") == (good,)
