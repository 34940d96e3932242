"""Exact support: group MCP beside GPDASC in the setting of figure 1 of Jiao, Jin and Lu.

Problems (800, 2e3, 500, T, 4, 10, theta, 1e-3) with T = 10, 20, ..., 100 and theta 0 or 3. Both
methods are given the norm of the noise and nothing else: GPDASC stops there, group MCP follows
its path from the critical strength until the residual falls to it.
"""

from __future__ import annotations

import csv
from argparse import ArgumentParser, Namespace
from pathlib import Path
from time import perf_counter

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from groupsparse.datasets import make_group_sparse
from groupsparse.toolkit.penalties import GroupMCP
from groupsparse.toolkit.selection import AlongPath, Discrepancy
from groupsparse.toolkit.solvers import (
    BlockCoordinateDescent,
    OrthonormalGroups,
    PrimalDualActiveSet,
)

from .arguments import positive_integer
from .tables import aligned

NAME = "support"
SUMMARY = "Exact support of group MCP and GPDASC in figure 1's setting."

_ACTIVE = range(10, 101, 10)
_THETAS = (0.0, 3.0)
_FIELDS = ("theta", "n_active", "seed", "method", "exact", "seconds")


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what can be asked for."""
    parser.add_argument("--seeds", type=positive_integer, default=100, help="problems of each kind")
    parser.add_argument("--jobs", type=positive_integer, default=2, help="processes")
    parser.add_argument(
        "--out", type=Path, default=Path("out/benchmarks"), metavar="FOLDER", help="for the CSV"
    )


def run(arguments: Namespace) -> None:
    """Measure, print and write."""
    kinds = [(theta, n) for theta in _THETAS for n in _ACTIVE]
    tasks = (delayed(_trial)(*kind, seed) for kind in kinds for seed in range(arguments.seeds))
    rows = [row for rows in Parallel(arguments.jobs)(tasks) for row in rows]
    arguments.out.mkdir(parents=True, exist_ok=True)
    with (arguments.out / f"{NAME}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, _FIELDS)
        writer.writeheader()
        writer.writerows(rows)
    header = ("theta", "T", "method", "exact (%)", "median s")
    print(aligned(header, _summary(rows, kinds), 3))
    print(f"\nWrote {NAME}.csv in {arguments.out}")


def _solvers(noise_level: float) -> dict[str, AlongPath | PrimalDualActiveSet]:
    mcp = OrthonormalGroups(BlockCoordinateDescent(GroupMCP(1.0), tol=1e-6))
    return {
        "group MCP": AlongPath(mcp, Discrepancy(noise_level), n_alphas=100, ratio=1e-4),
        "GPDASC": PrimalDualActiveSet(noise_level=noise_level),
    }


def _trial(theta: float, n_active: int, seed: int) -> list[dict[str, object]]:
    """Solve one problem by both."""
    data = make_group_sparse(
        800, 2000, 500, n_active, theta=theta, sigma=1e-3, random_state=(seed, n_active)
    )
    rows = []
    with threadpool_limits(1):
        for method, solver in _solvers(data.noise_level).items():
            began = perf_counter()
            solution = solver.solve(data.problem)
            seconds = perf_counter() - began
            exact = np.array_equal(solution.active_groups, data.active_groups)
            values = (theta, n_active, seed, method, int(exact), seconds)
            rows.append(dict(zip(_FIELDS, values, strict=True)))
    return rows


def _summary(
    rows: list[dict[str, object]], kinds: list[tuple[float, int]]
) -> list[tuple[str, ...]]:
    table = []
    for theta, n_active in kinds:
        for method in _solvers(1.0):
            chosen = [
                row
                for row in rows
                if (row["theta"], row["n_active"], row["method"]) == (theta, n_active, method)
            ]
            exact = 100 * np.mean([row["exact"] for row in chosen])
            seconds = np.median([row["seconds"] for row in chosen])
            table.append((f"{theta:g}", f"{n_active}", method, f"{exact:.0f}", f"{seconds:.3f}"))
    return table
