"""Peak memory of GPDASC on the largest published problem, beside that of the matrix."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from time import perf_counter

import numpy as np

from groupsparse.datasets.synthetic import GroupSparseData, make_correlated_columns, measure
from groupsparse.toolkit.solution import Solution
from groupsparse.toolkit.solvers import PrimalDualActiveSet

from .arguments import parse_count
from .peak_memory import measure_peak_memory

NAME = "l0-memory"
SUMMARY = "Peak memory of GPDASC on the largest published problem, beside the matrix."

_SIZE, _DYNAMIC_RANGE, _THETA, _SIGMA = 4, 100.0, 10.0, 1e-3
_BLOCK = 50  # groups made at a time, so that there is never a second matrix


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--rows", type=parse_count, default=5000, help="of the matrix")
    parser.add_argument(
        "--groups", type=parse_count, default=5000, help="of four columns of the matrix"
    )
    parser.add_argument("--active", type=parse_count, default=800, help="groups")


def run(arguments: Namespace) -> None:
    """Measure and print."""
    _solve(_make_problem(100, 50, 5))  # compile first: compilation is not measured
    before = measure_peak_memory()
    data = _make_problem(arguments.rows, arguments.groups, arguments.active)
    n_bytes = data.problem.operator.values.nbytes
    began = perf_counter()
    solution = _solve(data)
    seconds, used = perf_counter() - began, measure_peak_memory() - before
    exact = np.array_equal(solution.active_groups, data.active_groups)
    print(f"matrix {n_bytes / 2**20:.0f} MB")
    print(f"matrix and solver together, at the peak: {used / 2**20:.0f} MB")
    print(f"ratio {used / n_bytes:.2f}, solver {seconds:.1f} s")
    print(
        f"{solution.active_groups.size} of {arguments.groups} groups active, "
        f"the support is {'exact' if exact else 'not exact'}"
    )


def _make_problem(n_rows: int, n_groups: int, n_active: int) -> GroupSparseData:
    """Return the problem (n_rows, 4 n_groups, n_groups, n_active, 4, 100, 10, 1e-3)."""
    rng = np.random.default_rng(0)
    matrix = np.empty((n_rows, n_groups * _SIZE))
    for begin in range(0, n_groups, _BLOCK):
        n_here = min(_BLOCK, n_groups - begin)
        place = slice(begin * _SIZE, (begin + n_here) * _SIZE)
        matrix[:, place] = make_correlated_columns(
            n_rows, n_here, _SIZE, theta=_THETA, random_state=rng
        )
    coef = np.zeros((n_groups, _SIZE))
    active = rng.choice(n_groups, n_active, replace=False)
    exponents = rng.uniform(size=(n_active, _SIZE))
    coef[active] = rng.choice([-1, 1], exponents.shape) * _DYNAMIC_RANGE**exponents
    return measure(matrix, coef, sigma=_SIGMA, random_state=rng)


def _solve(data: GroupSparseData) -> Solution:
    return PrimalDualActiveSet(noise_level=data.noise_level).solve(data.problem)
