"""Timing of tasks in turns, so that other load on the machine affects all of them alike."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Hashable, Mapping
from time import perf_counter, sleep
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")

# Idle threads of the library that ran before may still be spinning and occupy a core.
_PAUSE = 0.25
# Raised by solvers that give up: their row is missing, and all others stay.
_FAILURES = (
    *(ArithmeticError, AssertionError, RuntimeError, ValueError),
    *(AttributeError, ImportError, TypeError),  # from a version other than expected
)


def run_in_turns(
    tasks: Mapping[Key, Callable[[], Result]],
    repeats: int,
    examine: Callable[[Key, Result], None],
    slow: float = 5.0,
) -> dict[Key, list[float]]:
    """Run every task once, then every task again, and so on.

    `examine` receives each task's first result, outside the timed part. A task that took longer
    than `slow` seconds is not repeated; a task that failed has no times.
    """
    seconds: dict[Key, list[float]] = {}
    for key, task in tasks.items():
        sleep(_PAUSE)
        try:
            spent, result = time_task(task)
        except _FAILURES as error:
            print(f"{key} failed: {error}", file=sys.stderr)
            continue
        seconds[key] = [spent]
        examine(key, result)
    for _ in range(repeats - 1):
        for key, before in seconds.items():
            if before[0] <= slow:
                sleep(_PAUSE)
                before.append(time_task(tasks[key])[0])
    return seconds


def time_task(task: Callable[[], Result]) -> tuple[float, Result]:
    """Run a task without its warnings, and return seconds and result."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        began = perf_counter()
        result = task()
        return perf_counter() - began, result


def warm_up(tasks: list[Callable[[], Result]]) -> None:
    """Run tasks once, for imports, compilation and the first touch of memory."""
    for task in tasks:
        try:
            time_task(task)
        except _FAILURES:
            continue  # it fails again, and is reported, when it is timed
