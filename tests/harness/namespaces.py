"""Places of this machine from which one line leads out, which can be cut: network namespaces."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Literal

import pytest

Cut = Literal["down", "deaf"]
"""The line is down at this end, at once and for both; or what is said to the place is lost on the
way, while what it says arrives."""
NOBODY = "02:00:00:00:00:01"


class Place:
    """What runs behind `within` sees this machine at `address`, and nothing else."""

    def __init__(self, number: int) -> None:
        self.name = f"headrace-{os.getpid()}-{number}"
        self.within = ("ip", "netns", "exec", self.name)
        # Of the addresses that are for measurements between machines (RFC 2544).
        network = f"198.18.{os.getpid() % 250}.{4 * number}"
        start, last = network.rsplit(".", 1)
        self.address, self._theirs = f"{start}.{int(last) + 1}", f"{start}.{int(last) + 2}"
        self._link = f"hr{os.getpid()}n{number}"

    def make(self) -> None:
        inner = f"{self._link}i"
        _ip("netns", "add", self.name)
        _ip("link", "add", self._link, "type", "veth", "peer", "name", inner, "netns", self.name)
        _ip("address", "add", f"{self.address}/30", "dev", self._link)
        _ip("link", "set", self._link, "up")
        _ip("-n", self.name, "address", "add", f"{self._theirs}/30", "dev", inner)
        _ip("-n", self.name, "link", "set", inner, "up")
        _ip("-n", self.name, "link", "set", "lo", "up")

    def cut(self, how: Cut) -> None:
        if how == "down":
            _ip("link", "set", self._link, "down")
        else:
            _ip("neigh", "replace", self._theirs, "lladdr", NOBODY, "dev", self._link)

    def give_back(self) -> None:
        """As it was."""
        _ip("link", "set", self._link, "up")
        _ip("neigh", "flush", "dev", self._link, "nud", "permanent")

    def remove(self) -> None:
        _ip("link", "del", self._link, check=False)
        _ip("netns", "del", self.name, check=False)


@contextmanager
def places(count: int) -> Iterator[list[Place]]:
    """So many of them; skips where none can be made."""
    if shutil.which("ip") is None or os.geteuid() != 0:
        pytest.skip("network namespaces need root and iproute2: no line can be cut here")
    with ExitStack() as stack:
        made = []
        for number in range(count):
            place = Place(number)
            stack.callback(place.remove)
            try:
                place.make()
            except subprocess.CalledProcessError as error:
                pytest.skip(f"no network namespace can be made here: {error.stderr.strip()}")
            made.append(place)
        yield made


def _ip(*words: str, check: bool = True) -> None:
    subprocess.run(["ip", *words], check=check, capture_output=True, text=True)
