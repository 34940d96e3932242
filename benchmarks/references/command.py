"""The sub-command, with one table for each part."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from ..arguments import make_names_parser, parse_count
from ..packages import report_packages
from . import conic, lassos, regressions

NAME = "references"
SUMMARY = "Losses: optima beside CVXPY, coefficients beside statsmodels and others."

# The packages that each part needs, and what it does.
_PARTS = {
    "conic": (("cvxpy",), conic.compare_programs),
    "regressions": (("statsmodels",), regressions.compare_regressions),
    "lasso": (("scikit-learn",), lassos.compare_logistic),
    "coxnet": (("scikit-survival",), lassos.compare_cox),
}


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--parts",
        type=make_names_parser(_PARTS, "part"),
        default=",".join(_PARTS),
        metavar="NAMES",
        help=f"comma-separated, from {', '.join(_PARTS)}",
    )
    parser.add_argument(
        "--problems", type=parse_count, default=100, help="random problems of each kind"
    )


def run(arguments: Namespace) -> None:
    """Compare, and print a table for each part whose packages are present."""
    needed = [package for part in arguments.parts for package in _PARTS[part][0]]
    present = report_packages(needed)
    for part in arguments.parts:
        packages, compare = _PARTS[part]
        missing = [package for package in packages if package not in present]
        if missing:
            print(f"\n{part}: not compared, {', '.join(missing)} is missing", flush=True)
            continue
        print(f"comparing {part}", file=sys.stderr)
        print(f"\n{part}\n{compare(arguments)}", flush=True)
