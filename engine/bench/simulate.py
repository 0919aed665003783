"""Invented people through two flows in memory: by one process, and shared out among several.

*Six steps* is the flow of W1 with people who all go its long way; *carts* a flow as shops have it,
with a goal, an exit and quiet hours, where most people who come do nothing that starts it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from engine.bench import backtest, w1

Simulated = Callable[[Path, str, int, int], dict[str, Any]]
"""What a season of a flow in a folder was: folder, flow, people, processes."""

FLOWS: Final = {"w1": w1.FLOW, "carts": backtest.FLOW}
_LATER: Final = ("processes", "seconds", "steps_per_second", "processor_seconds")


def run(people: int, processes: int, rounds: int, simulated: Simulated) -> dict[str, Any]:
    """Each flow `rounds` times, by turns; the best round counts, as others only take time away."""
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="headrace-simulate-") as made:
        for name, text in FLOWS.items():
            folder = Path(made) / name
            _write(folder, text)
            alone, shared = [], []
            for _ in range(rounds):
                alone.append(simulated(folder, name, people, 1))
                if processes > 1:
                    shared.append(simulated(folder, name, people, processes))
            found.append(_figures(name, alone, shared))
    return {"workload": "simulate", "people": people, "rounds": rounds, "flows": found}


def _figures(
    name: str, alone: Sequence[dict[str, Any]], shared: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    best = max(alone, key=lambda one: one["steps_per_second"])
    figures = {
        "flow": name,
        "steps": best["moves"],
        "straight": round(best["straight"] / max(best["moves"], 1), 3),
        "steps_per_second": best["steps_per_second"],
        "processor_us": round(
            1e6 * min(one["processor_seconds"] for one in alone) / max(best["moves"], 1), 2
        ),
    }
    if shared:
        fastest = max(shared, key=lambda one: one["steps_per_second"])
        figures |= {
            "processes": fastest["processes"],
            "shared_steps_per_second": fastest["steps_per_second"],
            "same": all(_counts(one) == _counts(best) for one in shared),
        }
    return figures


def _counts(season: dict[str, Any]) -> dict[str, Any]:
    return {name: told for name, told in season.items() if name not in _LATER}


def _write(folder: Path, text: str) -> None:
    (folder / "messages").mkdir(parents=True)
    (folder / "shop.flow").write_text(text, encoding="utf-8")
    for name in ("first", "second"):
        mail = folder / "messages" / f"{name}.email.txt"
        mail.write_text("---\nsubject: Hello\n---\nHello\n", encoding="utf-8")
