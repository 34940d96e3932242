"""The sub-command: measure all cases, print tables, write CSV and plot."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from threadpoolctl import threadpool_limits

from ..arguments import names_among, positive_integer
from ..packages import describe, why_missing
from .cases import PROBLEMS, make_cases, parse_strengths
from .entrants import ENTRANTS, Entrant
from .plot import write_plot
from .report import case_table, summary, write_csv
from .results import Result, measure

NAME = "group-lasso"
SUMMARY = "Group lasso: time to a given suboptimality, beside skglm, celer and adelie."


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what can be asked for."""
    parser.add_argument(
        "--problems",
        type=names_among(PROBLEMS, "problem"),
        default=",".join(list(PROBLEMS)[1:]),
        metavar="NAMES",
        help=f"of {', '.join(PROBLEMS)}; with commas between them",
    )
    parser.add_argument(
        "--strengths",
        type=parse_strengths,
        default="0.1,0.01,path",
        help="fractions of the smallest strength whose solution is zero; "
        "path is 100 from there to a hundredth",
    )
    solvers = dict.fromkeys(entrant.solver for entrant in ENTRANTS)
    parser.add_argument(
        "--solvers",
        type=names_among(solvers, "solver"),
        default=",".join(solvers),
        metavar="NAMES",
        help="who takes part",
    )
    parser.add_argument(
        "--repeats",
        type=positive_integer,
        default=5,
        help="runs of which the median counts; what takes over 5 s runs once",
    )
    parser.add_argument(
        "--threads",
        type=positive_integer,
        metavar="N",
        help="hold linear algebra to so many threads; by default each package does as it likes",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("out/benchmarks"),
        metavar="FOLDER",
        help="for group-lasso.csv and group-lasso.png",
    )


def run(arguments: Namespace) -> None:
    """Measure, print and write."""
    arguments.out.mkdir(parents=True, exist_ok=True)
    entrants = _installed([e for e in ENTRANTS if e.solver in arguments.solvers])
    results: list[Result] = []
    for problem in arguments.problems:
        for case in make_cases(problem, arguments.strengths):
            print(f"measuring {problem}, strength {case.strength}", file=sys.stderr)
            with threadpool_limits(arguments.threads):
                found = measure(case, entrants, arguments.repeats)
            results += found
            print(f"\n{case_table(found)}\n", flush=True)
            write_csv(results, arguments.out / f"{NAME}.csv")
    write_plot(results, arguments.out / f"{NAME}.png")
    print(summary(results))
    print(f"\nWrote {NAME}.csv and {NAME}.png in {arguments.out}")


def _installed(entrants: list[Entrant]) -> list[Entrant]:
    """Say who is there, and return them."""
    packages = dict.fromkeys(entrant.package for entrant in entrants)
    missing = {package: why_missing(package) for package in packages}
    print(describe([package for package, reason in missing.items() if reason is None]))
    for package, reason in missing.items():
        if reason is not None:
            print(f"{package}: {reason}")
    return [entrant for entrant in entrants if missing[entrant.package] is None]
