"""Time and memory of orthogonal weighting with many columns and channels."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from time import perf_counter

import numpy as np
import scipy.io

from groupsparse.datasets import GroupSparseData, make_joint_sparse
from groupsparse.toolkit.arrays import Array
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solution import Solution
from groupsparse.toolkit.solvers import GammaContinuation

from .arguments import parse_count
from .peak_memory import measure_peak_memory

NAME = "joint-large"
SUMMARY = "Time and peak memory of orthogonal weighting with 20,000 columns and 2,000 channels."


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--rows", type=parse_count, default=500, help="of the matrix")
    parser.add_argument("--columns", type=parse_count, default=20_000, help="of the matrix")
    parser.add_argument("--channels", type=parse_count, default=2000, help="of the data")
    parser.add_argument("--active", type=parse_count, default=100, help="rows of X")
    parser.add_argument("--rank", type=parse_count, default=30, help="of X")
    parser.add_argument("--noise", type=float, default=0.2, help="expected norm of the noise")
    parser.add_argument(
        "--file",
        type=Path,
        help="instead: represent the matrix X of this MAT file, standardised, by its own columns",
    )
    parser.add_argument("--tolerance", type=float, default=0.1, help="with --file: relative error")


def run(arguments: Namespace) -> None:
    """Measure and print."""
    _solve(make_joint_sparse(rank=3, noise=0.1, random_state=0))  # compile the kernels
    if arguments.file is not None:
        _represent(arguments.file, arguments.tolerance)
        return
    before = measure_peak_memory()
    data = make_joint_sparse(
        arguments.rows,
        arguments.columns,
        arguments.channels,
        arguments.active,
        rank=arguments.rank,
        noise=arguments.noise,
        random_state=0,
    )
    began = perf_counter()
    solution = _solve(data)
    seconds = perf_counter() - began
    exact = np.array_equal(solution.active_groups, data.active_groups)
    print(f"{seconds:.2f} s, {solution.iterations} steps, {solution.status.name}")
    print(f"{solution.active_groups.size} rows, the support is {'exact' if exact else 'not exact'}")
    used = (measure_peak_memory() - before) / 2**30
    print(f"problem, true and found coefficients together, at the peak: {used:.2f} GB")


def _solve(data: GroupSparseData) -> Solution:
    return GammaContinuation(data.noise_level).solve(data.problem)


def _represent(file: Path, tolerance: float) -> None:
    matrix = _standardise(np.asarray(scipy.io.loadmat(file)["X"], dtype=float))
    level = tolerance * float(np.linalg.norm(matrix))
    times = []
    for _ in range(5):
        began = perf_counter()
        solution = GammaContinuation(level).solve(Problem(matrix, matrix))
        times.append(perf_counter() - began)
    error = solution.residual_norm / float(np.linalg.norm(matrix))
    print(f"matrix {matrix.shape}, represented up to {tolerance:g} by its own columns")
    seconds = float(np.median(times))
    print(f"{seconds:.3f} s (median of 5), {solution.iterations} steps, {solution.status.name}")
    print(f"{solution.active_groups.size} columns, relative error {error:.3g}")


def _standardise(matrix: Array) -> Array:
    centred = matrix - matrix.mean(axis=0)
    deviation = centred.std(axis=0)
    result: Array = centred / np.where(deviation > 0, deviation, 1)
    return result
