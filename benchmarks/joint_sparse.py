"""Recovery of jointly sparse rows: every method, against the rank or the number of rows.

The setting of Petrosyan, Pieper and Tran (2023): N = 128, K = 30 channels, s = 30 active rows. The
constrained l2,1 problem, orthogonal weighting and sparse Bayesian learning are given the norm of
the noise; greedy and subspace methods the number of active rows, as in the paper. Support is exact
if the s rows of largest norm are the true ones.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from groupsparse.apps.reproduce.orthogonal.methods import METHODS
from groupsparse.apps.reproduce.orthogonal.phase_transition import run_phase_transition

from .arguments import make_names_parser, parse_count, parse_counts
from .tables import format_table, format_time

NAME = "joint-sparse"
SUMMARY = "Exact support, error and time of joint-sparse methods against rank and number of rows."

_RANKS = (3, 6, 10, 14, 18, 24, 30)
_COLUMNS = {
    "exact support": ("exact", "mean", "{:.3f}".format),
    "median time": ("seconds", "median", format_time),
    "median RMSE": ("rmse", "median", "{:.2e}".format),
    "median RMSE after a least-squares fit on the s largest rows": (
        "rmse_refit",
        "median",
        "{:.2e}".format,
    ),
}


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--seeds", type=parse_count, default=40, help="problems of each kind")
    parser.add_argument("--ranks", type=parse_counts, default=_RANKS, metavar="R,...", help="of X")
    parser.add_argument("--rows", type=parse_counts, default=(51,), metavar="M,...", help="of A")
    level = parser.add_mutually_exclusive_group()
    level.add_argument(
        "--noise", type=float, default=0.0, help="expected norm of the noise; 0.1 in the paper"
    )
    level.add_argument(
        "--snr", type=float, metavar="DB", help="exact signal-to-noise ratio, in place of --noise"
    )
    parser.add_argument(
        "--methods",
        type=make_names_parser(METHODS, "method"),
        default=list(METHODS),
        metavar="NAMES",
        help=f"of {', '.join(METHODS)}",
    )
    parser.add_argument("--jobs", type=parse_count, default=1, help="processes")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="CSV file with the trials; continue if it exists"
    )


def run(arguments: Namespace) -> None:
    """Run all trials and print a table for every column."""
    noise: dict[str, Any] = {"noise": arguments.noise}
    if arguments.snr is not None:
        noise = {"snr_db": arguments.snr}
    trials = run_phase_transition(
        {name: METHODS[name].solve for name in arguments.methods},
        {"n_rows": arguments.rows, "rank": arguments.ranks},
        fixed={"n_features": 128, "n_channels": 30, "n_active": 30, **noise},
        n_trials=arguments.seeds,
        jobs=arguments.jobs,
        out=arguments.out,
    )
    groups = trials.groupby(["method", "n_rows", "rank"])
    points = [(rows, rank) for rows in arguments.rows for rank in arguments.ranks]
    print(f"{arguments.seeds} problems of each kind, {noise}")
    for title, (column, statistic, text) in _COLUMNS.items():
        values = groups[column].agg(statistic)
        header = [title, *(f"M {rows}, r {rank}" for rows, rank in points)]
        lines = [
            [METHODS[name].label, *(text(values[name, rows, rank]) for rows, rank in points)]
            for name in arguments.methods
        ]
        print(f"\n{format_table(header, lines, 1)}")
