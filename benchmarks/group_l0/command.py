"""The sub-command: measures, prints one table and writes a CSV file."""

from __future__ import annotations

import csv
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from groupsparse.toolkit.arrays import Array

from ..arguments import make_names_parser, parse_count, parse_counts
from ..packages import report_packages
from ..tables import format_ratio, format_table, format_time
from ..timing import run_in_turns, warm_up
from .methods import FRESH, METHODS, OURS
from .trials import Setting, Trial

NAME = "group-l0"
SUMMARY = "Group l0 at the published sizes: exact supports, errors and times beside rivals."

FIGURE_2 = Setting("figure 2", 2000, 10000, 2500, 100, 1, 1e-2, (150, 350), 10, None)
FIGURE_3 = Setting("figure 3", 5000, 20000, 5000, 100, 10, 1e-3, (500, 800), 3, (OURS, FRESH))
_TINY = Setting("tiny", 100, 200, 50, 10, 1, 1e-2, (5,), 1, None)

_COLUMNS = ("T", "seed", "method", "exact", "n_found", "relative_error", "seconds")
_NOTE = (
    "Medians over the seeds. GPDASC, fresh Cholesky, BlockOMP and SPGL1 are given the norm of the "
    "noise, and so\nis our group lasso, which follows a path of strengths down to it. skglm and "
    "celer are given the strength at\nwhich that path ends, abess the true number of groups. "
    "Rivals run at their default tolerances, except skglm,\nwhose default exceeds the strength: it "
    "runs at a hundredth of it.\nx ours: the time over GPDASC's on the same problem, median over "
    "the seeds."
)


@dataclass(frozen=True)
class _Outcome:
    """The outcome of a method on one problem; `seconds` is None if it failed."""

    n_active: int
    seed: int
    method: str
    exact: bool = False
    n_found: int = 0
    error: float = float("nan")
    seconds: float | None = None


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--large",
        action="store_true",
        help="sizes of figure 3, for GPDASC and, with one seed, fresh Cholesky",
    )
    parser.add_argument(
        "--active",
        type=parse_counts,
        metavar="NUMBERS",
        help="numbers of active groups, comma-separated; default 150,350, with --large 500,800",
    )
    parser.add_argument(
        "--seeds", type=parse_count, help="problems of each kind; default 10, with --large 3"
    )
    parser.add_argument(
        "--rival-seeds",
        type=parse_count,
        default=2,
        help="of these, problems for the slow methods",
    )
    parser.add_argument(
        "--methods",
        type=make_names_parser(METHODS, "method"),
        metavar="NAMES",
        help=f"comma-separated, from {', '.join(METHODS)}",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("out/benchmarks"),
        metavar="FOLDER",
        help="for the CSV file",
    )


def run(arguments: Namespace) -> None:
    """Measure, print and write."""
    setting = FIGURE_3 if arguments.large else FIGURE_2
    methods = list(arguments.methods or setting.methods or METHODS)
    present = report_packages(sorted({METHODS[method].package for method in methods}))
    methods = [method for method in methods if METHODS[method].package in present]
    n_seeds = dict.fromkeys(methods, arguments.seeds or setting.n_seeds)
    for method in methods:
        if METHODS[method].slow:
            n_seeds[method] = min(n_seeds[method], arguments.rival_seeds)
        elif method == FRESH and arguments.large:
            n_seeds[method] = 1
    tiny = _TINY.trial(_TINY.n_active[0], 0)
    warm_up([METHODS[method].task(tiny) for method in methods])
    arguments.out.mkdir(parents=True, exist_ok=True)
    outcomes: list[_Outcome] = []
    for n_active in arguments.active or setting.n_active:
        for seed in range(max(n_seeds.values(), default=0)):
            print(f"measuring {setting.name}, T = {n_active}, seed {seed}", file=sys.stderr)
            here = [method for method in methods if seed < n_seeds[method]]
            outcomes += _measure(setting.trial(n_active, seed), n_active, seed, here)
            _write_csv(outcomes, arguments.out / f"{NAME}.csv")
    print(f"\n{_format_outcomes(outcomes)}\n\n{_NOTE}")
    print(f"\nWrote {NAME}.csv in {arguments.out}")


def _measure(trial: Trial, n_active: int, seed: int, methods: Sequence[str]) -> list[_Outcome]:
    """Solve one problem by all methods, one after another."""
    found: dict[str, tuple[bool, int, float]] = {}

    def examine(method: str, coef: Array) -> None:
        groups = np.flatnonzero(trial.norms(coef))
        exact = np.array_equal(groups, trial.data.active_groups)
        error = np.linalg.norm(coef - trial.data.coef) / np.linalg.norm(trial.data.coef)
        found[method] = (exact, groups.size, float(error))

    tasks = {method: METHODS[method].task(trial) for method in methods}
    seconds = run_in_turns(tasks, 1, examine)
    return [
        _Outcome(n_active, seed, method, *found[method], seconds[method][0])
        if method in seconds
        else _Outcome(n_active, seed, method)
        for method in methods
    ]


def _format_outcomes(outcomes: Sequence[_Outcome]) -> str:
    header = ("T", "method", "exact", "groups", "rel. error", "time", "x ours")
    keys = dict.fromkeys((each.n_active, each.method) for each in outcomes)
    rows = []
    for n_active, method in sorted(keys, key=lambda key: key[0]):
        tried = [o for o in outcomes if (o.n_active, o.method) == (n_active, method)]
        done = [o for o in tried if o.seconds is not None]
        exact = f"{sum(o.exact for o in tried)} of {len(tried)}"
        if not done:
            rows.append((str(n_active), method, "failed", "-", "-", "-", "-"))
            continue
        rows.append(
            (
                str(n_active),
                method,
                exact if len(done) == len(tried) else f"{exact}, {len(tried) - len(done)} failed",
                f"{median(o.n_found for o in done):g}",
                f"{median(o.error for o in done):.1e}",
                format_time(median(o.seconds for o in done)),
                _format_median_ratio(done, outcomes),
            )
        )
    return format_table(header, rows, n_left=2)


def _format_median_ratio(done: Sequence[_Outcome], outcomes: Sequence[_Outcome]) -> str:
    """Return the median ratio of times to ours on the same problems."""
    ours = {(o.n_active, o.seed): o.seconds for o in outcomes if o.method == OURS and o.seconds}
    ratios = [o.seconds / ours[key] for o in done if (key := (o.n_active, o.seed)) in ours]
    return format_ratio(median(ratios)) if ratios else "-"


def _write_csv(outcomes: Sequence[_Outcome], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for o in outcomes:
            seconds = "" if o.seconds is None else f"{o.seconds:.6f}"
            error = "" if o.seconds is None else f"{o.error:.6e}"
            row = (o.n_active, o.seed, o.method, int(o.exact), o.n_found, error, seconds)
            writer.writerow(row)
