"""What a solver is to reach, and the status of a solution that falls short of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..arrays import Array
from ..problem import Problem
from ..reformulations.feature_view import FeatureView
from ..solution import Solution, Status

_ROUNDING = 100.0  # a residual that is rounding, in units of the data's precision
_MOST_ENTRIES = 2**24  # of active columns: of more, the rank is not computed


@dataclass(frozen=True)
class Goal:
    """Where a solver stops: at whichever of these comes first.

    Attributes
    ----------
    n_groups : int, optional
        The number of active groups.
    noise_level : float, optional
        The norm of the residual: its square bounds the deviance.
    alpha : float, optional
        The strength.
    """

    n_groups: int | None = None
    noise_level: float | None = None
    alpha: float | None = None

    def judge(self, problem: Problem, solution: Solution) -> Solution:
        """Return a solution whose status says so if it falls short of the goal.

        INTERPOLATED if it reached the noise level by as many independent columns as there are
        data while other groups were left, which any data allow. SATURATED if fewer than
        `n_groups` groups are active and no other stop was reached.
        """
        if solution.status not in (Status.CONVERGED, Status.SATURATED) or self._is_met_by(solution):
            return solution
        if self.noise_level is not None:
            if _interpolates(problem, solution):
                return replace(solution, status=Status.INTERPOLATED)
            if solution.residual_norm <= max(self.noise_level, _find_rounding(problem)):
                return solution
        if self.n_groups is not None:
            return replace(solution, status=Status.SATURATED)
        return solution

    def _is_met_by(self, solution: Solution) -> bool:
        """Return whether the number of groups or the strength is reached."""
        n_active = solution.active_groups.size
        has_groups = self.n_groups is not None and n_active >= self.n_groups
        return has_groups or (self.alpha is not None and solution.alpha <= self.alpha)


def estimate_rounding(data: Array) -> float:
    """Return the largest norm of a residual of some data that may be rounding."""
    return _ROUNDING * float(np.finfo(data.dtype).eps) * float(np.linalg.norm(data))


def _find_rounding(problem: Problem) -> float:
    """Return the largest root of a deviance that may be rounding."""
    at_zero = problem.term.deviance(np.zeros(problem.data.shape, problem.dtype))
    return _ROUNDING * float(np.finfo(problem.data.dtype).eps) * float(np.sqrt(at_zero))


def _interpolates(problem: Problem, solution: Solution) -> bool:
    """Return whether some of the groups have as many independent columns as there are data."""
    groups = problem.groups
    active = np.zeros(groups.n_groups, dtype=bool)
    active[solution.active_groups] = True
    n_active = int(groups.sizes[active].sum()) + groups.unpenalised.size
    if active.all() or n_active < problem.data.size:
        return False
    view = FeatureView.of(problem, rescale=True)
    features = np.flatnonzero(view.groups.spread(active))
    n_rows = view.data.shape[1]
    if features.size * n_rows > _MOST_ENTRIES:
        return True
    return bool(np.linalg.matrix_rank(view.operator.columns(features)) >= n_rows)
