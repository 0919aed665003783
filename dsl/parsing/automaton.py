"""The LALR automaton: the stack of what was read, moved by Lark's parse table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dsl.parsing.building import Builder
from dsl.parsing.table import load_table

Stack = list[tuple[int, Any, int, int]]
"""(state, value, start, end) for each symbol."""


class Automaton:
    """Takes symbols one by one and lets `builder` make nodes of them.

    A copy of `stack` is a snapshot; setting it goes back there.
    """

    def __init__(self, builder: Builder) -> None:
        table = load_table()
        self.builder = builder
        self.states, self.rules, self.end = table.states, table.rules, table.end
        self.keywords, self.complete = table.keywords, table.complete
        self.actions = [
            getattr(builder, rule.action) if rule.action else None for rule in table.rules
        ]
        self.stack: Stack = [(table.start, None, 0, 0)]

    @property
    def row(self) -> dict[str, int]:
        """What can be done with each symbol now."""
        return self.states[self.stack[-1][0]]

    @property
    def value(self) -> Any:
        """What the last symbol was made into."""
        return self.stack[-1][1]

    def feed(self, symbol: str, value: Any, start: int, end: int) -> bool:
        """Takes one symbol; False when it cannot stand here."""
        stack, states = self.stack, self.states
        while True:
            target = states[stack[-1][0]].get(symbol)
            if target is None:
                return False
            if target >= 0:
                stack.append((target, value, start, end))
                return True
            if self.reduce(~target, start) == self.end and symbol == "$END":
                return True

    def reduce(self, number: int, start: int) -> int:
        """Makes a construct of the last symbols, by the rule of that number; the new state."""
        stack, rule, action = self.stack, self.rules[number], self.actions[number]
        size = rule.size
        if action is None:
            _, made, begins, ends = stack.pop()
        else:
            if size:
                parts = stack[-size:]
                del stack[-size:]
                begins, ends = parts[0][2], parts[-1][3]
            else:
                parts, begins, ends = [], start, start
            values = [part[1] for part in parts]
            if rule.blanks is not None:
                values = _with_blanks(values, rule.blanks)
            self.builder.begins, self.builder.ends = begins, ends
            made = action(*values)
        state = self.states[stack[-1][0]][rule.origin]
        stack.append((state, made, begins, ends))
        return state

    def settle(self) -> None:
        """Makes what is complete, whatever follows.

        Until then `row` is what may follow that construct anywhere: behind a group of conditions
        `event` could begin a declaration, as it does behind the conditions of a segment.
        """
        stack, complete = self.stack, self.complete
        while (rule := complete[stack[-1][0]]) is not None:
            self.reduce(rule, stack[-1][3])

    def possible(self, symbol: str) -> bool:
        """Whether `symbol` could be taken now; changes nothing."""
        states, rules = self.states, self.rules
        stack = [entry[0] for entry in self.stack]
        while True:
            target = states[stack[-1]].get(symbol)
            if target is None:
                return False
            if target >= 0:
                return True
            rule = rules[~target]
            if rule.size:
                del stack[-rule.size :]
            stack.append(states[stack[-1]][rule.origin])

    def accepts(self, symbols: Callable[[dict[str, int]], str | None]) -> bool:
        """Whether the symbols that `symbols` gives, asked for one after the other with what is
        possible before each, could be taken now, until it gives "". Changes nothing.
        """
        stack = [entry[0] for entry in self.stack]
        while True:
            symbol = symbols(self.states[stack[-1]])
            if not symbol:
                return symbol == ""
            while (target := self.states[stack[-1]].get(symbol)) is None or target < 0:
                if target is None:
                    return False
                rule = self.rules[~target]
                if rule.size:
                    del stack[-rule.size :]
                stack.append(self.states[stack[-1]][rule.origin])
            stack.append(target)


def _with_blanks(values: list[Any], blanks: tuple[int, ...]) -> list[Any]:
    full: list[Any] = []
    for count, value in zip(blanks, values, strict=False):
        full.extend([None] * count)
        full.append(value)
    full.extend([None] * blanks[-1])
    return full
