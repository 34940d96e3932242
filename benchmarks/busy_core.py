"""The cost of a neighbour: a group lasso on a quiet machine, and beside a program on one core.

Multi-threaded linear algebra waits for its slowest thread. Beside a program that occupies a core,
every product, however small, waits for a turn of the scheduler.
"""

from __future__ import annotations

import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from time import sleep

from .arguments import parse_count
from .group_lasso.cases import PROBLEMS, make_cases
from .group_lasso.entrants import ENTRANTS, Entrant
from .packages import describe_versions, explain_missing
from .tables import format_ratio, format_table, format_time
from .timing import run_in_turns, warm_up

NAME = "busy-core"
SUMMARY = "Slowdown of the group lasso while another program occupies one core."

_STRENGTH = "0.1"
_TOLERANCE = {"groupsparse": 1e-4, "skglm": 1e-4, "celer": 1e-6}
_NOTE = (
    "One strength, a tenth of the critical one; each package at its loosest tolerance in the\n"
    "group-lasso benchmark. busy: beside an empty loop that occupies one core."
)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--repeats", type=parse_count, default=9, help="runs of each solver, which take turns"
    )


def run(arguments: Namespace) -> None:
    """Measure on the quiet machine, then with a busy core, and print both."""
    entrants = [e for e in ENTRANTS if e.variant == "" and e.solver in _TOLERANCE]
    entrants = [e for e in entrants if explain_missing(e.package) is None]
    print(describe_versions([entrant.package for entrant in entrants]), flush=True)
    rows = []
    for problem in list(PROBLEMS)[1:]:
        tasks = _make_tasks(problem, entrants)
        warm_up(list(tasks.values()))
        quiet = run_in_turns(tasks, arguments.repeats, lambda *_: None)
        with _keep_core_busy():
            busy = run_in_turns(tasks, arguments.repeats, lambda *_: None)
        for solver in tasks:
            before, beside = median(quiet[solver]), median(busy[solver])
            times = (format_time(before), format_time(beside), format_ratio(beside / before))
            rows.append((problem, solver, *times))
    print(f"\n{format_table(('problem', 'solver', 'quiet', 'busy', 'ratio'), rows, 2)}\n\n{_NOTE}")


def _make_tasks(problem: str, entrants: list[Entrant]) -> dict[str, Callable[[], object]]:
    (case,) = make_cases(problem, [_STRENGTH])
    return {e.solver: e.task(case, _TOLERANCE[e.solver]) for e in entrants}


@contextmanager
def _keep_core_busy() -> Iterator[None]:
    """Run an endless loop in another process."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        sleep(1)  # until the scheduler has settled it on a core
        yield
    finally:
        process.kill()
        process.wait()
