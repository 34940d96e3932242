"""The sub-command, with one table for each part."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from ..arguments import make_names_parser, parse_count, parse_counts
from ..packages import report_packages
from . import agreement, counts, start_up

NAME = "estimators"
SUMMARY = "Estimators: coefficients beside those of other packages, exact supports, start-up."

_PACKAGES = ("groupsparse", "celer", "skglm", "scikit-learn", "abess")
_PARTS = {
    "group-lasso": agreement.compare_group_lasso,
    "multi-task": agreement.compare_multi_task,
    "group-l0": counts.compare_group_l0,
    "start-up": start_up.time_start_up,
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
        "--repeats", type=parse_count, default=5, help="runs, of which the median counts"
    )
    parser.add_argument(
        "--active",
        type=parse_counts,
        default="150,350",
        metavar="NUMBERS",
        help="numbers of active groups for group-l0, comma-separated",
    )


def run(arguments: Namespace) -> None:
    """Measure and print."""
    present = report_packages(_PACKAGES)
    for part in arguments.parts:
        print(f"measuring {part}", file=sys.stderr)
        print(f"\n{_PARTS[part](arguments, present)}", flush=True)
