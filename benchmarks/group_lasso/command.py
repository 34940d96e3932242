"""The sub-command: measures all cases, prints tables, writes a CSV file and a plot."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from threadpoolctl import threadpool_limits

from ..arguments import make_names_parser, parse_count
from ..packages import report_packages
from .cases import PROBLEMS, make_cases, parse_strengths
from .entrants import ENTRANTS
from .plot import write_plot
from .report import format_case, format_summary, write_csv
from .results import Result, measure

NAME = "group-lasso"
SUMMARY = "Group lasso: time to a given suboptimality, beside skglm, celer and adelie."


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--problems",
        type=make_names_parser(PROBLEMS, "problem"),
        default=",".join(list(PROBLEMS)[1:]),
        metavar="NAMES",
        help=f"comma-separated, from {', '.join(PROBLEMS)}",
    )
    parser.add_argument(
        "--strengths",
        type=parse_strengths,
        default="0.1,0.01,path",
        help="fractions of the smallest strength whose solution is zero; "
        "path is 100 strengths from there to a hundredth of it",
    )
    solvers = dict.fromkeys(entrant.solver for entrant in ENTRANTS)
    parser.add_argument(
        "--solvers",
        type=make_names_parser(solvers, "solver"),
        default=",".join(solvers),
        metavar="NAMES",
        help="solvers that take part",
    )
    parser.add_argument(
        "--repeats",
        type=parse_count,
        default=5,
        help="runs, of which the median counts; solvers that take over 5 s run once",
    )
    parser.add_argument(
        "--threads",
        type=parse_count,
        metavar="N",
        help="threads of linear algebra; by default each package decides",
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
    entrants = [entrant for entrant in ENTRANTS if entrant.solver in arguments.solvers]
    present = report_packages(entrant.package for entrant in entrants)
    entrants = [entrant for entrant in entrants if entrant.package in present]
    results: list[Result] = []
    for problem in arguments.problems:
        for case in make_cases(problem, arguments.strengths):
            print(f"measuring {problem}, strength {case.strength}", file=sys.stderr)
            with threadpool_limits(arguments.threads):
                found = measure(case, entrants, arguments.repeats)
            results += found
            print(f"\n{format_case(found)}\n", flush=True)
            write_csv(results, arguments.out / f"{NAME}.csv")
    write_plot(results, arguments.out / f"{NAME}.png")
    print(format_summary(results))
    print(f"\nWrote {NAME}.csv and {NAME}.png in {arguments.out}")
