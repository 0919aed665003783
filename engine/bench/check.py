"""Checking a project: what `headrace check` takes from nothing, and what a byte of a file costs.

Cold is a process of its own, from its start to its end: what it imports is most of it. Its modules
are compiled beforehand, as an installation's are. Warm is
reading and checking the flows again and again in this process, without their messages.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from dsl.checks import advise, diagnose
from dsl.project import load_project

_CHECK = "import sys; from editor.cli import main; sys.argv = ['headrace', 'check', {!r}]; main()"


def run(project: Path, rounds: int) -> dict[str, Any]:
    """Medians of so many times: seconds and processor seconds cold, microseconds a kilobyte warm.

    Raises:
        RuntimeError: the project cannot be checked, or has errors.
    """
    with tempfile.TemporaryDirectory(prefix="headrace-check-") as compiled:
        _cold(project, compiled)
        cold = [_cold(project, compiled) for _ in range(rounds)]
    size = sum(len(file.text.encode()) for file in load_project(project).files)
    _warm(project)
    warm = [_warm(project) for _ in range(rounds)]
    return {
        "workload": "check",
        "rounds": rounds,
        "bytes": size,
        "cold_seconds": round(median(seconds for seconds, _ in cold), 3),
        "cold_processor_seconds": round(median(processor for _, processor in cold), 3),
        "warm_processor_seconds": round(median(warm), 4),
        "mb_s": round(size / 1e6 / median(warm), 4),
    }


def _cold(project: Path, compiled: str) -> tuple[float, float]:
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    words = [sys.executable, "-c", _CHECK.format(str(project))]
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(  # noqa: S603 - ours
        words, env=environment, capture_output=True, text=True, check=False
    )
    seconds, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"{project} cannot be checked: {(done.stderr or done.stdout)[-300:]}")
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, processor


def _warm(project: Path) -> float:
    begun = time.process_time()
    read = load_project(project)
    diagnose(read)
    advise(read)
    return time.process_time() - begun
