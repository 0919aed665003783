"""Why an invented season let nobody into its flow, in one sentence."""

from __future__ import annotations

from typing import Final

from engine.core.program import Program
from engine.core.triggers import PRODUCT
from engine.lab.season import Season, ranked

MOST_DAYS: Final = 3_660


def why_nobody(season: Season, program: Program) -> str:
    """What was missing, and what to try; "" where somebody entered."""
    if season.entered:
        return ""
    longer = min(season.days * 4, MOST_DAYS)
    attempt = f"try --days {longer}, or a profile that says more of people"
    if season.refused:
        reason, number = ranked(season.refused)[0]
        many = f"{number:,} came to its door" if number > 1 else "one came to its door"
        return f"nobody entered: {many}, but {reason}: {attempt}"
    missing = sorted({_missing(trigger) for trigger in program.entries})
    if program.schedules:
        missing.append("was there, and in its segment, when its calendar or date came")
    span = "one day" if season.days == 1 else f"{season.days} days"
    return f"nobody entered: in {span} nobody {' or '.join(missing)}: {attempt}"


def _missing(trigger: str) -> str:
    if trigger == PRODUCT:
        return "was to be told of a product's change"
    if " " in trigger:
        move, _, segment = trigger.partition(" ")
        return f"{'joined' if move == 'joins' else 'left'} segment {segment}"
    return f"did {trigger} as its line asks"
