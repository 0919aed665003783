"""`/readyz` of a real server goes red where its database or disk fails it, and green by itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.crash.shop import write_project
from tests.harness.postgres import OwnCluster, own_cluster

ROOT = Path(__file__).resolve().parents[2]
VERB = (sys.executable, "-c", "from editor.cli import main; main()")
RED_SECONDS = 15
"""What docs/operations.md promises."""
WAITED = 60


@contextmanager
def served(data: Path, flows: Path, url: str | None, **more: str) -> Iterator[str]:
    """The address of `headrace run`, which has `more` in its environment."""
    kept = {name: value for name, value in os.environ.items() if name[:9] != "HEADRACE_"} | more
    process = subprocess.Popen(
        [*VERB, "run", "--port", "0", "--data", str(data), "--flows", str(flows)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        env=kept if url is None else {**kept, "HEADRACE_DATABASE_URL": url},
    )
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if line.startswith("ready "):
                break
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield line.removeprefix("ready ").strip()
    finally:
        process.kill()
        process.wait()


def ready(address: str) -> tuple[bool, list[str]]:
    answer = httpx.get(f"{address}/readyz", timeout=5)
    assert (answer.status_code == 200) is (answer.json()["status"] == "ready")
    return answer.status_code == 200, answer.json()["problems"]


def until(address: str, wanted: bool) -> tuple[float, list[str]]:
    """How long it took, and what was told."""
    began = time.monotonic()
    while True:
        is_ready, told = ready(address)
        passed = time.monotonic() - began
        if is_ready is wanted:
            print(f"{'ready' if wanted else 'not ready'} after {passed:.1f} s", *told)  # noqa: T201
            return passed, told
        assert passed < WAITED, told
        threading.Event().wait(0.2)


def signal_all(cluster: OwnCluster, what: signal.Signals) -> None:
    """To the server and each of its processes."""
    first = int((cluster.folder / "data" / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    for process in (first, *map(int, children)):
        os.kill(process, what)


@pytest.mark.timeout(300)
def test_a_server_that_stands_still_and_one_that_is_gone(tmp_path: Path) -> None:
    with own_cluster() as cluster:
        flows = write_project(tmp_path / "flows")
        with served(tmp_path / "data", flows, cluster.url) as address:
            until(address, wanted=True)
            signal_all(cluster, signal.SIGSTOP)
            try:
                passed, told = until(address, wanted=False)
            finally:
                signal_all(cluster, signal.SIGCONT)
            assert passed <= RED_SECONDS
            assert any("has not answered" in one for one in told)
            until(address, wanted=True)

            cluster.kill()
            passed, told = until(address, wanted=False)
            assert passed <= RED_SECONDS
            assert told
            cluster.start()
            until(address, wanted=True)

            with psycopg.connect(cluster.url, autocommit=True) as connection:
                connection.execute("alter system set default_transaction_read_only = on")
                connection.execute("select pg_reload_conf()")
            passed, told = until(address, wanted=False)
            assert passed <= RED_SECONDS
            assert any("read-only" in one for one in told)
            with psycopg.connect(cluster.url, autocommit=True) as connection:
                connection.execute("set default_transaction_read_only = off")
                connection.execute("alter system reset default_transaction_read_only")
                connection.execute("select pg_reload_conf()")
            until(address, wanted=True)


@pytest.mark.timeout(300)
def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    """Nothing can be stored, and a call is told so; when there is room it goes on by itself."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(disk)], check=False
    )
    if mounted.returncode != 0:
        pytest.skip("nothing can be mounted here: no disk can be filled")
    try:
        flows = write_project(tmp_path / "flows")
        with served(disk / "data", flows, None) as address:
            until(address, wanted=True)
            key = subprocess.run(
                [*VERB, "key", "add", "shop", "--data", str(disk / "data")],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=True,
            ).stdout.split()[-1]
            filling = disk / "filling"
            with filling.open("wb", buffering=0) as file:
                try:
                    while True:
                        file.write(bytes(4096))
                except OSError:
                    pass
            passed, told = until(address, wanted=False)
            assert passed <= RED_SECONDS
            assert any("full" in one for one in told), told
            call = {"userId": "a", "event": "ordered", "messageId": "m", "properties": {"total": 1}}

            def tell() -> int:
                return httpx.post(f"{address}/v1/track", json=call, auth=(key, "")).status_code

            refused = {tell() for _ in range(40)}
            assert refused <= {200, 503}
            filling.unlink()
            until(address, wanted=True)
            assert tell() == 200
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)
