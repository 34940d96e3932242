"""The setting of the l0(l2) paper: its synthetic problems, and the methods that it compares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ....datasets import GroupSparseData, make_group_sparse
from ....toolkit.penalties import GroupMCP
from ....toolkit.selection import AlongPath, Discrepancy
from ....toolkit.solution import Solution
from ....toolkit.solvers import (
    BlockCoordinateDescent,
    BlockOMP,
    OrthonormalGroups,
    PrimalDualActiveSet,
    SpectralProjectedGradient,
)
from ....toolkit.solvers.solver import Solver
from ..experiment import Row
from ..recovery import time_solve

METHODS = {
    "gpdasc": "l0(l2), GPDASC",
    "gomp": "group OMP",
    "l21": "constrained l2,1",
    "mcp": "group MCP",
}
_L21_TOL = 1e-4  # the tolerance of the solver that the paper used
_N_STRENGTHS, _SMALLEST_RATIO = 100, 1e-4


@dataclass(frozen=True)
class TrialSetting:
    """The part of (n, p, N, T, s, DR, theta, sigma) that an experiment keeps fixed.

    Attributes
    ----------
    n_rows, n_features, n_groups : int
        n, p and N; s = p / N.
    dynamic_range : float
        DR.
    sigma : float
        The noise's standard deviation.
    """

    n_rows: int
    n_features: int
    n_groups: int
    dynamic_range: float
    sigma: float

    def make_problem(self, *, theta: float, n_active: int, seed: int) -> GroupSparseData:
        """Make the problem of one trial: correlation theta, T = `n_active` groups.

        Each number of active groups has different matrices.

        >>> data = TrialSetting(20, 40, 10, 10.0, 1e-3).make_problem(theta=3.0, n_active=2, seed=0)
        >>> data.active_groups.size
        2
        """
        return make_group_sparse(
            self.n_rows,
            self.n_features,
            self.n_groups,
            n_active,
            dynamic_range=self.dynamic_range,
            theta=theta,
            sigma=self.sigma,
            random_state=np.random.default_rng((seed, n_active)),
        )


def make_solver(method: str, noise_level: float) -> Solver:
    """Return the solver of a method, a key of `METHODS`, given the norm of the noise alone.

    Group MCP works in an orthonormal basis of every group, as the paper's does; group OMP in the
    columns as they are.

    >>> data = make_group_sparse(40, 80, 20, 2, random_state=0)
    >>> solution = make_solver("gpdasc", data.noise_level).solve(data.problem)
    >>> bool((solution.active_groups == data.active_groups).all())
    True
    """
    makers: dict[str, Callable[[], Solver]] = {
        "gpdasc": lambda: PrimalDualActiveSet(noise_level=noise_level),
        "gomp": lambda: BlockOMP(noise_level=noise_level),
        "l21": lambda: SpectralProjectedGradient(noise_level=noise_level, tol=_L21_TOL),
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


def solve_timed(method: str, data: GroupSparseData) -> tuple[Solution, float]:
    """Return the solution of a method and its seconds, with everything compiled before."""
    _warm_up(method)
    return _solve(method, data)


def _solve(method: str, data: GroupSparseData) -> tuple[Solution, float]:
    solver = make_solver(method, data.noise_level)
    return time_solve(lambda: solver.solve(data.problem))


@lru_cache(maxsize=8)
def _warm_up(method: str) -> None:
    """Compile the solver of a method, once in every process."""
    _solve(method, make_group_sparse(60, 120, 30, 4, theta=1.0, random_state=0))


def score_support(solution: Solution, data: GroupSparseData, seconds: float) -> Row:
    """Return the scores of a solution whose active groups should be the true ones.

    "exact" (1 or 0), "n_found", "n_wrong" and "n_missed" groups, "relative_error"
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
