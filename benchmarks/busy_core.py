"""What another program on one of the cores costs: a group lasso on a quiet machine and beside it.

Linear algebra in several threads waits for the slowest of them. Beside a program that takes a
core for itself that is a turn of the scheduler for every product, however small.
"""

from __future__ import annotations

import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from time import sleep

from .arguments import positive_integer
from .group_lasso.cases import PROBLEMS, make_cases
from .group_lasso.entrants import ENTRANTS, Entrant
from .packages import describe, why_missing
from .tables import aligned, ratio_text, time_text
from .timing import in_turns, warm_up

NAME = "busy-core"
SUMMARY = "Group lasso while another program has one of the cores: how many times as long."

_STRENGTH = "0.1"
_TOLERANCE = {"groupsparse": 1e-4, "skglm": 1e-4, "celer": 1e-6}
_NOTE = (
    "One strength, a tenth of the critical one, each package at the loosest of its tolerances in\n"
    "the group-lasso benchmark. busy: beside a loop that does nothing on a core of its own."
)


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what can be asked for."""
    parser.add_argument("--repeats", type=positive_integer, default=9, help="of each, in turns")


def run(arguments: Namespace) -> None:
    """Measure on the machine as it is, then with a busy core, and print both."""
    entrants = [e for e in ENTRANTS if e.variant == "" and e.solver in _TOLERANCE]
    entrants = [e for e in entrants if why_missing(e.package) is None]
    print(describe([entrant.package for entrant in entrants]), flush=True)
    rows = []
    for problem in list(PROBLEMS)[1:]:
        tasks = _tasks(problem, entrants)
        warm_up(list(tasks.values()))
        quiet = in_turns(tasks, arguments.repeats, lambda *_: None)
        with _busy_core():
            busy = in_turns(tasks, arguments.repeats, lambda *_: None)
        for solver in tasks:
            before, beside = median(quiet[solver]), median(busy[solver])
            times = (time_text(before), time_text(beside), ratio_text(beside / before))
            rows.append((problem, solver, *times))
    print(f"\n{aligned(('problem', 'solver', 'quiet', 'busy', 'ratio'), rows, 2)}\n\n{_NOTE}")


def _tasks(problem: str, entrants: list[Entrant]) -> dict[str, Callable[[], object]]:
    (case,) = make_cases(problem, [_STRENGTH])
    return {e.solver: e.task(case, _TOLERANCE[e.solver]) for e in entrants}


@contextmanager
def _busy_core() -> Iterator[None]:
    """Have a process of its own turn in a loop."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        sleep(1)  # until it has settled on a core
        yield
    finally:
        process.kill()
        process.wait()
