"""Peak memory of a path of 100 strengths, beside that of the matrix."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from time import perf_counter

import numpy as np

from groupsparse.toolkit.losses import Cox, Squared
from groupsparse.toolkit.penalties import L21
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import solution_path
from groupsparse.toolkit.solvers import BlockCoordinateDescent

from .arguments import parse_count
from .peak_memory import measure_peak_memory

NAME = "memory"
SUMMARY = "Peak memory of a path, of least squares or of Cox's loss, beside the matrix."

_GROUP, _ACTIVE = 4, 50
_EVENTS = 0.7
_STRENGTHS = {"squared": 100, "cox": 50}


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--loss", choices=["squared", "cox"], default="squared")
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float32")
    parser.add_argument("--rows", type=parse_count, default=2000, help="of the matrix")
    parser.add_argument("--columns", type=parse_count, default=100_000, help="of the matrix")


def run(arguments: Namespace) -> None:
    """Measure and print."""
    small = _make_problem(50, 400, arguments)
    _solve_path(*small, arguments.loss)  # compile first: compilation is not measured
    before = measure_peak_memory()
    n_columns = arguments.columns - arguments.columns % _GROUP
    matrix, data = _make_problem(arguments.rows, n_columns, arguments)
    began = perf_counter()
    text = _solve_path(matrix, data, arguments.loss)
    seconds, used = perf_counter() - began, measure_peak_memory() - before
    print(text)
    print(f"matrix {matrix.nbytes / 2**20:.0f} MB, {matrix.dtype}")
    print(f"matrix and path together, at the peak: {used / 2**20:.0f} MB")
    print(f"ratio {used / matrix.nbytes:.2f}, path {seconds:.1f} s")


def _make_problem(
    n_rows: int, n_columns: int, arguments: Namespace
) -> tuple[np.ndarray, np.ndarray]:
    """Return Gaussian columns, and data from a few groups: with noise, or survival times."""
    rng, dtype = np.random.default_rng(0), np.dtype(arguments.dtype).type
    matrix = np.empty((n_rows, n_columns), dtype)
    for row in matrix:
        row[:] = rng.standard_normal(n_columns, dtype=dtype) / dtype(np.sqrt(n_rows))
    coef = np.zeros((n_columns // _GROUP, _GROUP), dtype)
    active = rng.permutation(len(coef))[:_ACTIVE]
    coef[active] = rng.standard_normal((active.size, _GROUP))
    image = matrix @ coef.ravel()
    if arguments.loss == "cox":
        times = rng.exponential(np.exp(-2 * image / image.std()))
        return matrix, np.column_stack([times, rng.random(n_rows) < _EVENTS])
    noise = 0.05 * rng.standard_normal(n_rows, dtype=dtype)
    return matrix, image + noise.astype(dtype)


def _solve_path(matrix: np.ndarray, data: np.ndarray, loss: str) -> str:
    problem = Problem(matrix, data, groups=_GROUP, loss=Cox() if loss == "cox" else Squared())
    path = solution_path(BlockCoordinateDescent(L21(1.0)), problem, n_alphas=_STRENGTHS[loss])
    return f"{path}, {'all' if path.converged.all() else 'not all'} converged"
