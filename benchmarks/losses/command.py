"""The sub-command: measures every package at a few tolerances, and prints one table a case."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from functools import partial
from statistics import median

import numpy as np
from threadpoolctl import threadpool_limits

from ..arguments import make_names_parser, parse_count
from ..packages import report_packages
from ..tables import format_ratio, format_table, format_time
from ..timing import run_in_turns, warm_up
from .adapters import ENTRANTS, Coefs
from .cases import Case, make_cases

NAME = "losses"
SUMMARY = "Group lasso with the logistic and Cox's loss, beside skglm and adelie; one thread."

_STRENGTHS = {"logistic": ["0.1", "0.01", "path100"], "cox": ["0.1", "path50"]}
_ACCURATE = 1e-8


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--losses",
        type=make_names_parser(_STRENGTHS, "loss"),
        default=",".join(_STRENGTHS),
        metavar="NAMES",
    )
    parser.add_argument(
        "--packages",
        type=make_names_parser(ENTRANTS, "package"),
        default=",".join(ENTRANTS),
        metavar="NAMES",
    )
    parser.add_argument("--rows", type=parse_count, default=1000, help="of the matrix")
    parser.add_argument("--columns", type=parse_count, default=5000, help="of the matrix")
    parser.add_argument("--seed", type=int, default=0, help="of the data")
    parser.add_argument("--repeats", type=parse_count, default=3, help="of which the median counts")


def run(arguments: Namespace) -> None:
    """Measure and print."""
    present = report_packages(arguments.packages)
    shape = (arguments.rows, arguments.columns)
    for loss in arguments.losses:
        (small,) = make_cases(loss, ["path3"], (50, 400), 0)
        names = [name for name in present if loss in ENTRANTS[name][1]]
        warm_up([partial(ENTRANTS[name][0], small, 1e-6) for name in names])
        for case in make_cases(loss, _STRENGTHS[loss], shape, arguments.seed):
            print(f"measuring {loss}, strength {case.strength}", file=sys.stderr)
            with threadpool_limits(1):
                print(_measure(case, names, arguments.repeats), flush=True)


def _measure(case: Case, names: list[str], repeats: int) -> str:
    """Return a table of times and of the largest relative suboptimality along the strengths."""
    values: dict[tuple[str, float], np.ndarray] = {}

    def examine(key: tuple[str, float], coefs: Coefs) -> None:
        values[key] = case.evaluate(coefs)

    tasks = {
        (name, tol): partial(ENTRANTS[name][0], case, tol)
        for name in names
        for tol in ENTRANTS[name][2]
    }
    times = run_in_turns(tasks, repeats, examine)
    best = np.min(list(values.values()), axis=0)
    excess = {key: float(((value - best) / abs(best)).max()) for key, value in values.items()}
    spent = {key: median(seconds) for key, seconds in times.items()}
    enough = {
        name: min(spent[key] for key in spent if key[0] == name and excess[key] <= _ACCURATE)
        for name in names
        if any(key[0] == name and excess[key] <= _ACCURATE for key in spent)
    }
    ours = enough.get("groupsparse", np.nan)
    rows = [
        [name, f"{tol:g}", format_time(seconds), f"{excess[name, tol]:.1e}"]
        for (name, tol), seconds in spent.items()
    ]
    heading = f"{case.loss}, strength {case.strength}"
    summary = ", ".join(
        f"{name} {format_time(seconds)} (x {format_ratio(seconds / ours)})"
        for name, seconds in enough.items()
    )
    table = format_table(["package", "tol", "time", "subopt."], rows, 1)
    return f"\n{heading}\n{table}\nto {_ACCURATE:g}: {summary}"
