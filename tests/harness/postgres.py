"""A real PostgreSQL for tests: one of our own, else the one that answers."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import count
from pathlib import Path

import psycopg
import pytest

DEFAULT = "postgresql://postgres@127.0.0.1:5432/postgres"


class Cluster:
    """A server, and how databases on it are made and dropped. `url` is of a role that may."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._numbers = count(1)

    def at(self, database: str) -> str:
        """The address of another database of this server."""
        # By hand: of an address that names no host, `urlunsplit` would make a path.
        before, _, query = self.url.partition("?")
        return before.rpartition("/")[0] + f"/{database}" + (query and f"?{query}")

    def run(self, sql: str) -> None:
        with psycopg.connect(self.url, autocommit=True, connect_timeout=5) as connection:
            connection.execute(sql.encode())

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """The address of a fresh database, a copy of `template`, dropped afterwards."""
        name = f"headrace_test_{os.getpid()}_{next(self._numbers)}"
        self.run(f"create database {name} template {template} encoding 'UTF8'")
        try:
            yield self.at(name)
        finally:
            self.run(f"drop database if exists {name} with (force)")

    @cached_property
    def template(self) -> str:
        """A database with our tables and nothing in them."""
        from engine.store.addresses import read_address
        from engine.store.migrations.run import upgrade_postgres

        name = f"headrace_test_{os.getpid()}_template"
        self.run(f"drop database if exists {name} with (force)")
        self.run(f"create database {name} template template0 encoding 'UTF8'")
        upgrade_postgres(read_address(self.at(name)))
        return name

    def close(self) -> None:
        if "template" in self.__dict__:
            self.run(f"drop database if exists {self.template} with (force)")


def programs() -> Path | None:
    """The folder of `initdb` and `pg_ctl`, where there is one."""
    found = shutil.which("pg_ctl")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists()), None)


class OwnCluster:
    """A server of our own, listening on a socket in its folder and, where there are any, on
    `addresses` of this machine; may be killed and restarted. It ends with this process. One that
    is not `safe` waits for no disk.
    """

    def __init__(self, place: Path, addresses: Sequence[str] = (), *, safe: bool = True) -> None:
        # Not below pytest's folder: its path is too long for a socket, and closed to others.
        self.folder = folder = Path(tempfile.mkdtemp(prefix="headrace-postgres-"))
        self._place = place
        self._as: dict[str, str] = {}
        self._addresses = addresses
        self._options = "-c max_connections=60"
        if not safe:
            self._options += " -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
        self._port = 5432
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            self._as = {"user": "nobody"}
            shutil.chown(folder, "nobody")
        place_of_data = str(folder / "data")
        self._do("initdb", "-D", place_of_data, "-U", "postgres", "-A", "trust", "-E", "UTF8")
        for address in addresses:
            with socket.socket() as probe:
                probe.bind((address, 0))
                self._port = probe.getsockname()[1]
            with (folder / "data" / "pg_hba.conf").open("a", encoding="utf-8") as file:
                file.write("host all all samenet trust\n")
        # Waits until this process closes its end, or is no more.
        end = '"$0" -D "$1/data" -m immediate stop; rm -rf "$1"'
        self._end = subprocess.Popen(
            ["sh", "-c", f"cat; {end}", str(place / "pg_ctl"), str(folder)],
            **self._as,
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.start()
        self.url = f"postgresql://postgres@/postgres?host={folder}&port={self._port}"

    def at(self, address: str, database: str) -> str:
        """Where one of its databases is from behind an address."""
        return f"postgresql://postgres@{address}:{self._port}/{database}"

    def start(self) -> None:
        addresses = ",".join(self._addresses)
        options = f"-k {self.folder} -p {self._port} -c listen_addresses='{addresses}'"
        options += f" {self._options}"
        self._do(
            *("pg_ctl", "-D", str(self.folder / "data"), "-o", options),
            *("-l", str(self.folder / "log"), "-w", "start"),
        )

    def kill(self) -> None:
        """End it at once, as a power cut would; it recovers when started again."""
        self._do("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")

    def stop(self) -> None:
        """For good."""
        self._end.communicate(timeout=60)

    def _do(self, program: str, *words: str) -> None:
        subprocess.run(
            [str(self._place / program), *words],
            **self._as,
            cwd=self.folder,
            check=True,
            timeout=60,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@contextmanager
def own_cluster(addresses: Sequence[str] = ()) -> Iterator[OwnCluster]:
    """A server that may be stopped and killed; skips where PostgreSQL is not installed."""
    place = programs()
    if place is None:
        pytest.skip("initdb is not installed: there is no PostgreSQL of our own to be stopped")
    own = OwnCluster(place, addresses)
    try:
        yield own
    finally:
        own.stop()


@contextmanager
def cluster() -> Iterator[Cluster]:
    """The server of HEADRACE_TEST_POSTGRES, or one of our own, or the usual one.

    Our own waits for no disk: a test makes a database and drops it, and few write much.
    """
    named = os.environ.get("HEADRACE_TEST_POSTGRES")
    place = programs()
    own = None
    if named is None and place is not None:
        own = OwnCluster(place, safe=False)
        url = own.url
    else:
        url = named or DEFAULT
        try:
            psycopg.connect(url, connect_timeout=3).close()
        except psycopg.OperationalError as error:
            pytest.skip(
                f"no PostgreSQL answers at {url} ({str(error).splitlines()[0]}), and initdb is not "
                "installed; set HEADRACE_TEST_POSTGRES to the address of one"
            )
    found = Cluster(url)
    try:
        yield found
    finally:
        found.close()
        if own is not None:
            own.stop()
