"""The four methods that the l0(l2) paper compares, each given the norm of the noise alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from ....datasets import GroupSparseData, make_group_sparse
from ....toolkit.penalties import GroupMCP
from ....toolkit.problem import Problem
from ....toolkit.selection import AlongPath, Discrepancy
from ....toolkit.solution import Solution
from ....toolkit.solvers import (
    BlockCoordinateDescent,
    BlockOMP,
    OrthonormalGroups,
    PrimalDualActiveSet,
    SpectralProjectedGradient,
)
from .timed import timed

METHODS = {
    "gpdasc": "l0(l2), GPDASC",
    "gomp": "group OMP",
    "l21": "constrained l2,1",
    "mcp": "group MCP",
}
_L21_TOL = 1e-4  # the tolerance of the solver that the paper used
_N_STRENGTHS, _SMALLEST_RATIO = 100, 1e-4


class Solver(Protocol):
    """Anything that solves a problem."""

    def solve(self, problem: Problem) -> Solution:
        """Solve it."""


def make_solver(method: str, noise_level: float, *, l21_max_iter: int = 10_000) -> Solver:
    """Return a method that stops at a noise level.

    Parameters
    ----------
    method : str
        A key of `METHODS`.
    noise_level : float
        The norm of the noise.
    l21_max_iter : int
        The most iterations of the constrained l2,1 problem.

    Returns
    -------
    Solver
        Group MCP works in an orthonormal basis of every group, as the paper's
        does; group OMP in the columns as they are.

    Raises
    ------
    ValueError
        If the method is unknown.

    Examples
    --------
    >>> data = make_group_sparse(40, 80, 20, 2, random_state=0)
    >>> solution = make_solver("gpdasc", data.noise_level).solve(data.problem)
    >>> bool((solution.active_groups == data.active_groups).all())
    True
    """
    makers: dict[str, Callable[[], Solver]] = {
        "gpdasc": lambda: PrimalDualActiveSet(noise_level=noise_level),
        "gomp": lambda: BlockOMP(noise_level=noise_level),
        "l21": lambda: SpectralProjectedGradient(
            noise_level=noise_level, tol=_L21_TOL, max_iter=l21_max_iter
        ),
        "mcp": lambda: AlongPath(
            OrthonormalGroups(BlockCoordinateDescent(GroupMCP(1.0), tol=1e-6)),
            Discrepancy(noise_level),
            n_alphas=_N_STRENGTHS,
            ratio=_SMALLEST_RATIO,
        ),
    }
    if method not in makers:
        raise ValueError(f"method must be one of {', '.join(makers)}, got {method!r}")
    return makers[method]()


def timed_solution(
    method: str, data: GroupSparseData, *, l21_max_iter: int = 10_000
) -> tuple[Solution, float]:
    """Solve a problem, with everything compiled before.

    Parameters
    ----------
    method : str
        A key of `METHODS`.
    data : GroupSparseData
        The problem with its noise level.
    l21_max_iter : int
        As in `make_solver`.

    Returns
    -------
    Solution, float
        And the seconds it took. How it ended is in its status, not a warning.
    """
    _warm_up(method)
    return _solved(method, data, l21_max_iter)


def _solved(method: str, data: GroupSparseData, l21_max_iter: int) -> tuple[Solution, float]:
    solver = make_solver(method, data.noise_level, l21_max_iter=l21_max_iter)
    return timed(lambda: solver.solve(data.problem))


@lru_cache(maxsize=8)
def _warm_up(method: str) -> None:
    """Compile what a method needs, once in every process."""
    _solved(method, make_group_sparse(60, 120, 30, 4, theta=1.0, random_state=0), 100)


def scores(solution: Solution, data: GroupSparseData, seconds: float) -> dict[str, Any]:
    """Return how good a solution is.

    Parameters
    ----------
    solution : Solution
        What a method found.
    data : GroupSparseData
        The problem and its answer.
    seconds : float
        How long it took.

    Returns
    -------
    dict
        "exact" (1 if the active groups are the true ones, else 0), "n_found",
        "n_wrong" and "n_missed" groups, "relative_error"
        ``||x - x_true|| / ||x_true||``, "seconds", "status".
    """
    found, true = solution.active_groups, data.active_groups
    return {
        "exact": int(np.array_equal(found, true)),
        "n_found": int(found.size),
        "n_wrong": int(np.setdiff1d(found, true).size),
        "n_missed": int(np.setdiff1d(true, found).size),
        "relative_error": float(
            np.linalg.norm(solution.coef - data.coef) / np.linalg.norm(data.coef)
        ),
        "seconds": seconds,
        "status": solution.status.name,
    }
