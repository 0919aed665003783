"""Processes of two versions side by side, replaced one by one while a shop goes on."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import httpx
import pytest

from engine.store.migrations.run import newest_revision
from tests.crash.driver import Postbox
from tests.crash.test_workers import Shop, read

SENDERS = 4
BEFORE = "wait 1 hour\n  if customer"
AWAITED = "wait up to 30 days for paid\n  if customer"
ADDS = """\
works_with = down_revision
def upgrade() -> None:
    op.add_column("run", sa.Column("mood", sa.Text()))
    op.create_table("mood", sa.Column("name", sa.Text(), primary_key=True))
"""
TAKES_AWAY = """\
def upgrade() -> None:
    op.drop_table("mood")
"""


class Load:
    """Senders that tell what happens to whichever process answers, until it is taken: an order,
    and, once it has been answered, its payment.
    """

    def __init__(self, key: str) -> None:
        self.addresses: list[str] = []
        self.acknowledged: list[int] = []
        self.refused = 0
        self._key = key
        self._numbers = itertools.count(1)
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._send) for _ in range(SENDERS)]

    def __enter__(self) -> Self:
        for one in self._threads:
            one.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        for one in self._threads:
            one.join()

    def wait_for(self, more: int) -> None:
        """Until so many more customers have ordered and paid."""
        goal = len(self.acknowledged) + more
        for _ in range(1_200):
            if len(self.acknowledged) >= goal:
                return
            threading.Event().wait(0.05)
        raise AssertionError(f"only {len(self.acknowledged)} of {goal} were taken")

    def _send(self) -> None:
        with httpx.Client(auth=(self._key, ""), timeout=10) as client:
            while not self._over.is_set():
                number = next(self._numbers)
                for calls in _happens(number):
                    self._tell(client, calls)
                self.acknowledged.append(number)

    def _tell(self, client: httpx.Client, calls: list[dict]) -> None:
        """The same again until somebody has taken it, as senders do."""
        for attempt in range(2_000):
            addresses = list(self.addresses)
            address = addresses[(attempt + len(self.acknowledged)) % len(addresses)]
            try:
                answer = client.post(f"{address}/v1/batch", json={"batch": calls})
            except httpx.HTTPError:
                answer = None
            if answer is not None and answer.status_code == 200:
                assert answer.json().get("rejected", 0) == 0, answer.text
                return
            self.refused += 1
            threading.Event().wait(0.02)
        raise AssertionError("nobody takes it")


def _happens(number: int) -> Iterator[list[dict]]:
    who = {"userId": f"c{number}"}
    mail = f"c{number}@two.example"
    yield [
        {
            **who,
            "type": "identify",
            "messageId": f"i-{number}",
            "traits": {"email": mail, "consent": {"email": True}},
        },
        {
            **who,
            "type": "track",
            "event": "ordered",
            "messageId": f"o-{number}",
            "properties": {"total": 10},
        },
    ]
    yield [
        {
            **who,
            "type": "track",
            "event": "paid",
            "messageId": f"p-{number}",
            "properties": {"total": 10},
        }
    ]


@pytest.fixture
def shop(tmp_path: Path, postgres_url: str) -> Iterator[Callable[[str], Shop]]:
    made: list[Shop] = []

    def make(smtp: str) -> Shop:
        made.append(Shop(tmp_path, postgres_url, smtp))
        return made[-1]

    yield make
    for one in made:
        one.end()


def revision(folder: Path, number: int, says: str) -> None:
    """A revision of a Headrace that is newer than ours."""
    before = newest_revision() if number == 9_001 else str(number - 1)
    folder.mkdir(exist_ok=True)
    (folder / f"r{number}.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision = '{number}'\ndown_revision = '{before}'\n{says}"
    )


@pytest.mark.timeout(300)
def test_an_update_under_load_loses_nothing(shop, tmp_path: Path) -> None:
    """The holder first, then the workers one by one: each order and payment counts once, each
    message goes out once. Older workers go on where tables only got more, and end where not.
    """
    adds, takes = tmp_path / "adds", tmp_path / "takes"
    for folder in (adds, takes):
        revision(folder, 9_001, ADDS)
    revision(takes, 9_002, TAKES_AWAY)
    with Postbox() as postbox:
        house = shop(postbox.url)
        flow = house.flows / "shop.flow"
        text = flow.read_text()
        assert BEFORE in text
        text = text.replace(BEFORE, AWAITED).replace("  wait 1 hour\n", "")
        text = text.replace("flow journey", "event paid:\n  total money\n\nflow journey")
        flow.write_text(text)
        holder = house.serve("main")
        held = read(holder, "ready http").removeprefix("ready ")
        key = house.run("key", "add", "shop").split()[-1]
        workers = [house.work("first"), house.work("second")]

        def hand_over(version: Path) -> None:
            """A newer one stands by; the one that holds the database is told to end."""
            nonlocal holder, held
            following = house.serve(f"main-{version.name}", "--standby", later=version)
            read(following, "standing by")
            load.addresses.remove(held)
            holder.terminate()
            assert holder.wait(30) == 0
            holder, held = following, read(following, "ready http").removeprefix("ready ")
            load.addresses.append(held)

        def replace(place: int, version: Path) -> None:
            process, address = workers[place]
            load.addresses.remove(address)
            process.terminate()
            assert process.wait(30) == 0
            workers[place] = house.work(f"{version.name}{place}", later=version)
            load.addresses.append(workers[place][1])

        with Load(key) as load:
            load.addresses += [held, *(address for _, address in workers)]
            load.wait_for(20)

            hand_over(adds)
            load.wait_for(20)
            # The workers of the version before take events and do their work.
            load.addresses.remove(held)
            before = [applied(address) for _, address in workers]
            load.wait_for(30)
            house.until("select count(*) from pending", (0,))
            assert [process.poll() for process, _ in workers] == [None, None]
            after = [applied(address) for _, address in workers]
            assert sum(after) > sum(before), (before, after)
            load.addresses.append(held)
            for place in range(2):
                replace(place, adds)
                load.wait_for(10)

            # What they use goes away: they say so and end, whoever was told by them asks again.
            hand_over(takes)
            for process, _ in workers:
                assert process.wait(60) == 1
                assert process.stderr is not None
                assert "made by a newer Headrace (revision 9002)" in process.stderr.read()
            load.addresses[:] = [held]
            workers = [house.work(f"new{place}", later=takes) for place in range(2)]
            load.addresses += [address for _, address in workers]
            load.wait_for(20)

        count = len(load.acknowledged)
        house.until("select count(*) from pending", (0,))
        house.until("select count(*) from intent where state in ('ready', 'claimed')", (0,))
        print(f"{count} orders, {3 * count} messages, {load.refused} calls told again")  # noqa: T201
        assert house.rows("select state, count(*) from intent group by state") == [
            ("sent", 3 * count)
        ]
        assert house.rows("select count(*) from run where ended_at is not null") == [(count,)]
        for name in ("ordered", "paid"):
            sql = f"select count(*), count(distinct customer) from event where name = '{name}'"
            assert house.rows(sql) == [(count, count)]
        assert set(postbox.taken.values()) == {1}
        assert len(postbox.taken) == 3 * count
        assert house.rows("select version_num from alembic_version") == [("9002",)]


def applied(address: str) -> float:
    """How many events a process says that it has applied."""
    answer = httpx.get(f"{address}/metrics", headers={"authorization": "Bearer watch"})
    line = next(
        one for one in answer.text.splitlines() if one.startswith("headrace_events_applied_total ")
    )
    return float(line.split()[1])
