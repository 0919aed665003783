"""`headrace run` and `headrace work` side by side, as a shop would start them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.crash.driver import Postbox
from tests.crash.shop import write_project

ROOT = Path(__file__).resolve().parents[2]
VERB = (sys.executable, "-c", "from editor.cli import main; main()")
LATER = (sys.executable, "-m", "tests.harness.later")


def read(process: subprocess.Popen[str], begins: str) -> str:
    """The next line of what it says that begins like this."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if line.startswith(begins):
            return line.strip()
    raise AssertionError("it did not start:\n" + "".join(said))


class Shop:
    """A database, and processes of the command line on it."""

    def __init__(self, folder: Path, url: str, smtp: str) -> None:
        self.folder, self.url = folder, url
        self.flows = write_project(folder / "flows")
        kept = {name: value for name, value in os.environ.items() if name[:9] != "HEADRACE_"}
        self._environment = {
            **kept,
            "HEADRACE_DATABASE_URL": url,
            "HEADRACE_SMTP_URL": smtp,
            "HEADRACE_TICK": "0.1",
            "HEADRACE_METRICS_TOKEN": "watch",
        }
        self.running: list[subprocess.Popen[str]] = []

    def work(self, name: str, later: Path | None = None) -> tuple[subprocess.Popen[str], str]:
        """`headrace work` in a folder of this name, and where it takes events; of a version that
        is newer by the revisions `later`.
        """
        place = ("--port", "0", "--data", str(self.folder / name))
        process = self._begin("work", *place, later=later)
        return process, read(process, "ready http").removeprefix("ready ")

    def serve(
        self, name: str, *words: str, later: Path | None = None, flows: Path | None = None
    ) -> subprocess.Popen[str]:
        """`headrace run` in a folder of this name; it may not be ready yet."""
        place = ("--port", "0", "--data", str(self.folder / name))
        project = ("--flows", str(flows or self.flows))
        return self._begin("run", *place, *project, *words, later=later)

    def _begin(self, *words: str, later: Path | None) -> subprocess.Popen[str]:
        verb = VERB if later is None else (*LATER, str(later))
        process = subprocess.Popen(
            [*verb, *words], cwd=ROOT, stderr=subprocess.PIPE, text=True, env=self._environment
        )
        self.running.append(process)
        return process

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [*VERB, *words, "--data", str(self.folder / "main")],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def rows(self, sql: str) -> list[tuple]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(sql.encode()).fetchall()

    def until(self, sql: str, wanted: tuple) -> None:
        """Until the database says so; a minute at most."""
        end = time.monotonic() + 60
        with psycopg.connect(self.url, autocommit=True) as connection:
            while (found := connection.execute(sql.encode()).fetchone()) != wanted:
                assert time.monotonic() < end, f"{sql}: {found}"
                connection.execute("select pg_sleep(0.05)")

    def end(self) -> None:
        for one in self.running:
            one.kill()
            one.communicate()


@pytest.fixture
def shop(tmp_path: Path, postgres_url: str) -> Iterator[Callable[[str], Shop]]:
    made: list[Shop] = []

    def make(smtp: str) -> Shop:
        made.append(Shop(tmp_path, postgres_url, smtp))
        return made[-1]

    yield make
    for one in made:
        one.end()


@pytest.mark.timeout(180)
def test_events_come_in_anywhere_and_count_once(shop) -> None:
    """Two processes take the same calls: each message id is stored once, each customer is one."""
    with Postbox() as postbox:
        house = shop(postbox.url)
        main = read(house.serve("main"), "ready http").removeprefix("ready ")
        worker, beside = house.work("beside")
        key = house.run("key", "add", "shop").split()[-1]

        def tell(number: int) -> None:
            """The same of each customer to both, in either order."""
            who = f"c{number}@two.example"
            order = [main, beside] if number % 2 else [beside, main]
            calls = [
                {
                    "type": "identify",
                    "userId": who,
                    "messageId": f"i-{number}",
                    "traits": {"email": who, "consent": {"email": True}},
                },
                {
                    "type": "track",
                    "userId": who,
                    "event": "ordered",
                    "messageId": f"o-{number}",
                    "properties": {"total": 10},
                },
            ]
            for address in order:
                answer = httpx.post(
                    f"{address}/v1/batch", json={"batch": calls}, auth=(key, ""), timeout=30
                )
                assert answer.status_code == 200, answer.text

        count = 60
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(tell, range(count)))
        house.until("select count(*) from intent where state = 'sent'", (count,))
        assert house.rows("select count(*) from customer") == [(count,)]
        assert house.rows("select count(*) from event where name = 'ordered'") == [(count,)]
        assert house.rows("select count(*) from run") == [(count,)]
        assert set(postbox.taken.values()) == {1}
        assert len(postbox.taken) == count

        # A publish reaches whoever works next, and who takes events.
        text = (house.flows / "shop.flow").read_text()
        (house.flows / "shop.flow").write_text(
            text.replace("event ordered:", "event returned:\n  why text\n\nevent ordered:").replace(
                "send email one", "send email three"
            )
        )
        house.run("publish", str(house.flows))
        call = {
            "userId": "new@two.example",
            "traits": {"email": "new@two.example", "consent": {"email": True}},
        }
        httpx.post(f"{beside}/v1/identify", json=call, auth=(key, "")).raise_for_status()
        call = {"userId": "new@two.example", "event": "ordered", "properties": {"total": 1}}
        httpx.post(f"{beside}/v1/track", json=call, auth=(key, "")).raise_for_status()
        house.until("select count(*) from intent where message = 'three'", (1,))

        assert httpx.get(f"{beside}/readyz").json()["status"] == "ready"
        told = httpx.get(f"{main}/readyz").json()
        assert any(note.startswith("1 worker beside this one") for note in told["notes"]), told
        worker.terminate()
        assert worker.wait(5) == 0


@pytest.mark.timeout(180)
def test_one_that_stands_by_takes_over(shop, tmp_path: Path) -> None:
    """The server is killed: the one that watched it goes on at once, and sends nothing again. It
    has a project folder that is older, and sends what the first one sent.
    """
    with Postbox() as postbox:
        house = shop(postbox.url)
        first = house.serve("main")
        address = read(first, "ready http").removeprefix("ready ")
        older = write_project(tmp_path / "older")
        for file in (older / "messages").iterdir():
            file.write_text(file.read_text().replace("Hello", "Goodbye"))
        second = house.serve("other", "--standby", flows=older)
        assert "is held by process" in read(second, "standing by")
        key = house.run("key", "add", "shop").split()[-1]

        def order(number: int, at: str) -> None:
            who = {"userId": f"c{number}"}
            mail = f"c{number}@two.example"
            calls = [
                {**who, "type": "identify", "traits": {"email": mail, "consent": {"email": True}}},
                {**who, "type": "track", "event": "ordered", "properties": {"total": 10}},
            ]
            sent = httpx.post(f"{at}/v1/batch", json={"batch": calls}, auth=(key, ""), timeout=30)
            sent.raise_for_status()

        for number in range(5):
            order(number, address)
        postbox.wait_for(5 - postbox.taken.total(), 60)
        house.until("select count(*) from intent where state = 'sent'", (5,))
        first.kill()
        read(second, f"note: the flows in {older} are others than those that are live")
        address = read(second, "ready http").removeprefix("ready ")
        assert httpx.get(f"{address}/readyz").json()["notes"] == []
        for number in range(5, 10):
            order(number, address)
        house.until("select count(*) from intent where state = 'sent'", (10,))
        assert set(postbox.taken.values()) == {1}
        assert len(postbox.taken) == 10
        said = {parsed(content) for content in postbox.contents.values()}
        assert len(said) == 1, said
        assert "Hello" in said.pop()[2]


def parsed(content: bytes) -> tuple[str, str, str]:
    """What a mail says, whoever gets it."""
    mail = message_from_bytes(content, policy=default)
    body = mail.get_body(("plain",))
    assert body is not None
    return str(mail["From"]), str(mail["Subject"]), body.get_content().splitlines()[0]
