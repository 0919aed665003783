"""Lark compiles the grammar; the parse table it makes is kept beside Python's own byte code.

Building the table takes Lark a fifth of a second, reading it back two milliseconds, and every
`headrace` command starts by parsing. A table that cannot be kept is built again, silently.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

GRAMMAR = Path(__file__).parents[1] / "grammar.lark"
LAYOUT = 1  # of the kept file; a change of `Table` raises it


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to write a construct.

    `size` symbols are taken off the stack and become the construct `origin`, made by `action`
    (None: the only symbol itself). `blanks` says how many absent optional parts stand before each
    symbol, and behind the last one.
    """

    origin: str
    action: str | None
    size: int
    blanks: tuple[int, ...] | None


@dataclass(frozen=True)
class Table:
    """An LALR(1) parse table.

    `states[s][symbol]` is the state to go to, or `~r` to reduce by `rules[r]`. `keywords` gives
    the symbol of each word and sign that the grammar spells out.
    """

    start: int
    end: int
    states: list[dict[str, int]]
    rules: list[Rule]
    keywords: dict[str, str]

    @cached_property
    def complete(self) -> list[int | None]:
        """For each state the rule to reduce by, where that is so whatever follows."""
        found: list[int | None] = []
        for row in self.states:
            targets = set(row.values())
            only = targets.pop() if len(targets) == 1 else 0
            found.append(~only if only < 0 else None)
        return found


def build_table(grammar: str) -> Table:
    """Compiles `grammar` with Lark; any conflict is an error."""
    from lark import Lark
    from lark.lexer import Lexer, Token
    from lark.parsers.lalr_analysis import Shift

    class ByShape(Lexer):
        """Keeps Lark from building a lexer of its own."""

        def __init__(self, _conf: Any) -> None: ...

        def lex(self, _lexer_state: Any, _parser_state: Any) -> Iterator[Token]:
            return iter(())

    lark = Lark(
        grammar,
        parser="lalr",
        lexer=ByShape,
        strict=True,
        keep_all_tokens=True,
        maybe_placeholders=True,
    )
    parse_table = lark.parser.parser._parse_table  # noqa: SLF001 - Lark offers no public door
    rules: list[Rule] = []
    number: dict[Any, int] = {}
    states: list[dict[str, int]] = [{} for _ in parse_table.states]
    for state, row in parse_table.states.items():
        for symbol, (action, target) in row.items():
            if action is Shift:
                states[state][symbol] = target
            else:
                if target not in number:
                    number[target] = len(rules)
                    rules.append(_rule(target))
                states[state][symbol] = ~number[target]
    keywords = {t.pattern.value: t.name for t in lark.terminals if t.pattern.type == "str"}
    (start,) = parse_table.start_states.values()
    (end,) = parse_table.end_states.values()
    return Table(start, end, states, rules, keywords)


def _rule(rule: Any) -> Rule:
    size = len(rule.expansion)
    absent = rule.options.empty_indices
    action = rule.alias or rule.origin.name.value
    if rule.options.expand1 and not rule.alias and size == 1:
        action = None
    blanks = None
    if absent and any(absent):
        # Lark's mask: False for a symbol, True for an absent part.
        runs = "".join("x" if gone else "." for gone in absent).split(".")
        blanks = tuple(len(run) for run in runs)
    return Rule(rule.origin.name.value, action and str(action), size, blanks)


def _places(name: str) -> Iterator[Path]:
    yield GRAMMAR.parent / "__pycache__" / name
    with suppress(RuntimeError):
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        yield Path(home) / "headrace" / name


def _read(path: Path) -> Table | None:
    try:
        start, end, states, rules, keywords = marshal.loads(  # noqa: S302 - our own byte code cache
            path.read_bytes()
        )
        return Table(start, end, states, [Rule(*rule) for rule in rules], keywords)
    except (OSError, EOFError, ValueError, TypeError):
        return None


def _keep(path: Path, table: Table) -> bool:
    rules = [(r.origin, r.action, r.size, r.blanks) for r in table.rules]
    kept = marshal.dumps((table.start, table.end, table.states, rules, table.keywords))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(kept)
        Path(draft).replace(path)
    except OSError:
        return False
    return True


@lru_cache(maxsize=1)
def load_table() -> Table:
    """The parse table of `grammar.lark`: kept, or built anew."""
    grammar = GRAMMAR.read_text(encoding="utf-8")
    digest = hashlib.sha256(grammar.encode()).hexdigest()[:16]
    name = f"grammar.{sys.implementation.cache_tag}.{LAYOUT}.{digest}.table"
    for path in _places(name):
        table = _read(path)
        if table is not None:
            return table
    table = build_table(grammar)
    for path in _places(name):
        if _keep(path, table):
            break
    return table
