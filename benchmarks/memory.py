"""Peak memory of a path of 100 strengths, beside that of the matrix."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from time import perf_counter

import numpy as np

from groupsparse.toolkit.penalties import L21
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import solution_path
from groupsparse.toolkit.solvers import BlockCoordinateDescent

from .arguments import parse_count
from .peak_memory import measure_peak_memory

NAME = "memory"
SUMMARY = "Peak memory of a path in single precision, beside the matrix."

_GROUP, _ACTIVE = 4, 50


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--rows", type=parse_count, default=2000, help="of the matrix")
    parser.add_argument("--columns", type=parse_count, default=100_000, help="of the matrix")


def run(arguments: Namespace) -> None:
    """Measure and print."""
    _solve_path(*_make_problem(50, 100))  # compile first: compilation is not measured
    before = measure_peak_memory()
    matrix, data = _make_problem(arguments.rows, arguments.columns - arguments.columns % _GROUP)
    began = perf_counter()
    text = _solve_path(matrix, data)
    seconds, used = perf_counter() - began, measure_peak_memory() - before
    print(text)
    print(f"matrix {matrix.nbytes / 2**20:.0f} MB, {matrix.dtype}")
    print(f"matrix and path together, at the peak: {used / 2**20:.0f} MB")
    print(f"ratio {used / matrix.nbytes:.2f}, path {seconds:.1f} s")


def _make_problem(n_rows: int, n_columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Return Gaussian columns in single precision, and data from a few groups with noise."""
    rng = np.random.default_rng(0)
    matrix = np.empty((n_rows, n_columns), np.float32)
    for row in matrix:
        row[:] = rng.standard_normal(n_columns, dtype=np.float32) / np.float32(np.sqrt(n_rows))
    coef = np.zeros((n_columns // _GROUP, _GROUP), np.float32)
    active = rng.permutation(len(coef))[:_ACTIVE]
    coef[active] = rng.standard_normal((active.size, _GROUP))
    noise = 0.05 * rng.standard_normal(n_rows, dtype=np.float32)
    return matrix, matrix @ coef.ravel() + noise.astype(np.float32)


def _solve_path(matrix: np.ndarray, data: np.ndarray) -> str:
    path = solution_path(BlockCoordinateDescent(L21(1.0)), Problem(matrix, data, groups=_GROUP))
    return f"{path}, {'all' if path.converged.all() else 'not all'} converged"
