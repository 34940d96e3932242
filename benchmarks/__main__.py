"""The command line of all benchmarks: ``python -m benchmarks NAME``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from . import (
    busy_core,
    cross_validation,
    damage,
    estimators,
    features,
    fuzz,
    group_l0,
    group_l0_losses,
    group_lasso,
    joint_large,
    joint_sparse,
    l0_images,
    l0_memory,
    losses,
    memory,
    mri,
    references,
    seismic,
    seismic_noise,
    support,
)
from .mri import volume as mri_volume

# Each has NAME, SUMMARY, add_arguments(parser) and run(arguments).
_BENCHMARKS = (
    group_lasso,
    busy_core,
    losses,
    group_l0,
    group_l0_losses,
    support,
    memory,
    l0_memory,
    l0_images,
    joint_sparse,
    joint_large,
    estimators,
    cross_validation,
    features,
    seismic,
    seismic_noise,
    mri,
    mri_volume,
    references,
    fuzz,
    damage,
)


def make_parser() -> argparse.ArgumentParser:
    """Return a parser with one sub-command for each benchmark."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Compare groupsparse with other packages on the same data, in one process.",
    )
    commands = parser.add_subparsers(title="benchmarks", metavar="NAME", required=True)
    for benchmark in _BENCHMARKS:
        command = commands.add_parser(
            benchmark.NAME,
            help=benchmark.SUMMARY,
            description=benchmark.SUMMARY,
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )
        benchmark.add_arguments(command)
        command.set_defaults(run=benchmark.run)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark that the command line names."""
    arguments = make_parser().parse_args(argv)
    arguments.run(arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main())
