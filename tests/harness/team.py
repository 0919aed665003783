"""A service that does its work together with nodes, batch by batch, in a random order.

What happens is stored by one of them after the other.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from engine.clock import Clock
from engine.core.values import Types
from engine.service.node import BehindError, Node
from engine.service.service import Service
from engine.settings import Settings
from engine.store.writer import Transaction

T = TypeVar("T")
MEMBERS = 3


class Team:
    """Nodes beside whatever service holds the database; `join` is called for each new one."""

    def __init__(self, folder: Path, settings: Settings, clock: Clock, seed: int) -> None:
        self._folder, self._settings, self._clock = folder, settings, clock
        self._chance = random.Random(seed)
        self._nodes: list[Node] = []
        self.batches = [0] * MEMBERS
        self.stored = [0] * MEMBERS

    def join(self, service: Service) -> None:
        """From now on the service's work is everybody's."""
        service.rounds.tell()
        while len(self._nodes) < MEMBERS - 1:
            name = f"node{len(self._nodes)}"
            node = Node(name, self._folder / name, self._settings, self._clock)
            node.start(background=False)
            self._nodes.append(node)
        service._virtual.work = lambda: self._work(service)

    def store(self, service: Service, work: Callable[[Transaction, Types], T]) -> T:
        """Let the next of them do it, alone, by the types that it knows."""
        who = sum(self.stored) % MEMBERS
        self.stored[who] += 1
        if who == MEMBERS - 1:
            return service.writer.run(lambda tx: work(tx, service.deployment.types))
        node = self._nodes[who]

        def caught_up(transaction: Transaction) -> T:
            node.catch_up(transaction)
            return work(transaction, node.deployment.types)

        return node.database.writer.run(caught_up)

    def _work(self, service: Service) -> int:
        done, idle = 0, 0
        while idle < MEMBERS:
            who = self._chance.randrange(MEMBERS)
            did = self._batch(service, who)
            self.batches[who] += did
            done += did
            idle = 0 if did else idle + 1
        return done

    def _batch(self, service: Service, who: int) -> bool:
        if who == MEMBERS - 1:
            return not service.rounds._batches._one().batch.idle
        node = self._nodes[who]
        try:
            return not node._batches._one().batch.idle
        except BehindError:
            node.database.writer.run(node._follow)
            return self._batch(service, who)

    def close(self) -> None:
        for one in self._nodes:
            one.stop()
