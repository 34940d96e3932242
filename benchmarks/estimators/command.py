"""The sub-command: one table for each question."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from ..arguments import integers, names_among, positive_integer
from ..packages import describe, why_missing
from . import agreement, counts, start_up

NAME = "estimators"
SUMMARY = "Estimators: coefficients beside those of other packages, exact supports, start-up."

_PACKAGES = ("groupsparse", "celer", "skglm", "scikit-learn", "abess")
_MODULES = {"scikit-learn": "sklearn"}
_PARTS = {
    "group-lasso": agreement.group_lasso,
    "multi-task": agreement.multi_task,
    "group-l0": counts.group_l0,
    "start-up": start_up.start_up,
}


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what can be asked for."""
    parser.add_argument(
        "--parts",
        type=names_among(_PARTS, "part"),
        default=",".join(_PARTS),
        metavar="NAMES",
        help=f"of {', '.join(_PARTS)}; with commas between them",
    )
    parser.add_argument(
        "--repeats", type=positive_integer, default=5, help="runs of which the median counts"
    )
    parser.add_argument(
        "--active",
        type=integers,
        default="150,350",
        metavar="NUMBERS",
        help="of active groups for group-l0, with commas between them",
    )


def run(arguments: Namespace) -> None:
    """Measure and print."""
    reasons = {name: why_missing(_MODULES.get(name, name)) for name in _PACKAGES}
    there = [name for name, reason in reasons.items() if reason is None]
    print(describe(there))
    for name, reason in reasons.items():
        if reason is not None:
            print(f"{name}: {reason}")
    for part in arguments.parts:
        print(f"measuring {part}", file=sys.stderr)
        print(f"\n{_PARTS[part](arguments, there)}", flush=True)
