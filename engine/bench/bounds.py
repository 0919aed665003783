"""A bound measured in the same run, so that a figure can be a ratio."""

from __future__ import annotations

import os
import shlex
import subprocess

import orjson


def measure(command: str) -> float:
    """Steps per second of the program behind `command`; leading NAME=VALUE words go into its
    environment. It prints a JSON line with `steps_s` (or `steps_per_second`, `events_s`,
    `events_per_second`, `mb_s`).

    Raises:
        RuntimeError: it failed or said nothing of the kind.
    """
    words = shlex.split(command)
    environment = dict(os.environ)
    while words and "=" in words[0] and not words[0].startswith("-"):
        name, _, value = words.pop(0).partition("=")
        environment[name] = value
    done = subprocess.run(  # noqa: S603 - the command is the caller's own
        words, env=environment, capture_output=True, text=True, check=False
    )
    for line in reversed(done.stdout.splitlines()):
        try:
            told = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        names = ("steps_s", "steps_per_second", "events_s", "events_per_second", "mb_s")
        steps = next((told[name] for name in names if told.get(name)), None)
        if steps:
            return float(steps)
    raise RuntimeError(f"{command!r} printed no steps_s: {done.stderr[-300:]}")
