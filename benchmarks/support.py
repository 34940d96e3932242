"""Exact support of GPDASC and group MCP in the setting of figure 1 of Jiao, Jin and Lu.

The problems are (800, 2e3, 500, T, 4, 10, theta, 1e-3) with theta 0 or 3 and T = 10, 20, ..., 100,
or the values of --active; GPDASC begins to fail at 120. All methods know the norm of the noise and
nothing else: GPDASC stops there, group MCP follows its path from the critical strength until the
residual falls below it, and GPDASC can start from the solution of group MCP (gamma 10).
The constrained group lasso has the tolerance 1e-4 of the paper, and is there for its time: its
support is never exact.
"""

from __future__ import annotations

import csv
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from groupsparse.datasets import GroupSparseData, make_group_sparse
from groupsparse.toolkit.penalties import GroupMCP
from groupsparse.toolkit.selection import AlongPath, Discrepancy
from groupsparse.toolkit.solvers import (
    BlockCoordinateDescent,
    InTurn,
    OrthonormalGroups,
    PrimalDualActiveSet,
    SpectralProjectedGradient,
)

from .arguments import make_names_parser, parse_count, parse_counts
from .reference import fresh_gpdasc
from .tables import format_table
from .timing import time_task

NAME = "support"
SUMMARY = "Exact support of GPDASC and group MCP in the setting of figure 1 and beyond."

_ACTIVE = tuple(range(10, 101, 10))
_THETAS = (0.0, 3.0)
_NAMES = (
    "group MCP",
    "GPDASC",
    "GPDASC after group MCP",
    "fresh Cholesky",
    "constrained group lasso",
)
_FIELDS = ("theta", "n_active", "seed", "method", "exact", "seconds")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--seeds", type=parse_count, default=100, help="problems of each kind")
    parser.add_argument(
        "--active", type=parse_counts, default=_ACTIVE, metavar="T,...", help="active groups"
    )
    parser.add_argument(
        "--methods",
        type=make_names_parser(_NAMES, "method"),
        default=list(_NAMES),
        metavar="NAMES",
        help=f"of {', '.join(_NAMES)}",
    )
    parser.add_argument("--jobs", type=parse_count, default=2, help="processes")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("out/benchmarks"),
        metavar="FOLDER",
        help="for the CSV file",
    )


def run(arguments: Namespace) -> None:
    """Measure, print and write."""
    kinds = [(theta, n) for theta in _THETAS for n in arguments.active]
    tasks = (
        delayed(_run_trial)(*kind, seed, arguments.methods)
        for kind in kinds
        for seed in range(arguments.seeds)
    )
    rows = [row for rows in Parallel(arguments.jobs)(tasks) for row in rows]
    arguments.out.mkdir(parents=True, exist_ok=True)
    with (arguments.out / f"{NAME}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, _FIELDS)
        writer.writeheader()
        writer.writerows(rows)
    header = ("theta", "T", "method", "exact (%)", "median s")
    print(format_table(header, _summarise(rows, kinds), 3))
    print(f"\nWrote {NAME}.csv in {arguments.out}")


def _make_finders(data: GroupSparseData) -> dict[str, Callable[[], np.ndarray]]:
    """Return functions without arguments that find the active groups."""
    level, matrix = data.noise_level, data.problem.operator.values
    own = PrimalDualActiveSet(noise_level=level)
    solvers = (
        _make_concave(level, gamma=3.0),
        own,
        InTurn(_make_concave(level, gamma=10.0), own),
    )
    found = [lambda solver=solver: solver.solve(data.problem).active_groups for solver in solvers]
    found.append(lambda: fresh_gpdasc(matrix, data.problem.data, 4, level).active)
    constrained = SpectralProjectedGradient(noise_level=level, tol=1e-4)
    found.append(lambda: constrained.solve(data.problem).active_groups)
    return dict(zip(_NAMES, found, strict=True))


def _make_concave(noise_level: float, gamma: float) -> AlongPath:
    mcp = OrthonormalGroups(BlockCoordinateDescent(GroupMCP(1.0, gamma), tol=1e-6))
    return AlongPath(mcp, Discrepancy(noise_level), n_alphas=100, ratio=1e-4)


def _run_trial(
    theta: float, n_active: int, seed: int, methods: list[str]
) -> list[dict[str, object]]:
    """Solve one problem by several methods."""
    rng = np.random.default_rng((seed, n_active))
    data = make_group_sparse(800, 2000, 500, n_active, theta=theta, sigma=1e-3, random_state=rng)
    rows = []
    with threadpool_limits(1):
        finders = _make_finders(data)
        for method in methods:
            seconds, active = time_task(finders[method])
            exact = np.array_equal(active, data.active_groups)
            values = (theta, n_active, seed, method, int(exact), seconds)
            rows.append(dict(zip(_FIELDS, values, strict=True)))
    return rows


def _summarise(
    rows: list[dict[str, object]], kinds: list[tuple[float, int]]
) -> list[tuple[str, ...]]:
    table = []
    for theta, n_active in kinds:
        for method in dict.fromkeys(str(row["method"]) for row in rows):
            chosen = [
                row
                for row in rows
                if (row["theta"], row["n_active"], row["method"]) == (theta, n_active, method)
            ]
            exact = 100 * np.mean([row["exact"] for row in chosen])
            seconds = np.median([row["seconds"] for row in chosen])
            table.append((f"{theta:g}", f"{n_active}", method, f"{exact:.0f}", f"{seconds:.3f}"))
    return table
