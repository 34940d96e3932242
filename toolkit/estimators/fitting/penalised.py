"""Estimators with a convex or folded concave penalty, solved by block coordinate descent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import ClassVar, Self

from ...arrays import Array
from ...penalties import GroupWeights, Penalty
from ...reformulations.regression import Regression
from ...selection import make_alphas
from ...selection.path import walk
from ...solution import Solution
from ...solvers import BlockCoordinateDescent
from ...solvers.optimality.critical import critical_strength
from .regressor import GroupRegressor

COARSE = 1e-5  # the tolerance along paths of which one solution is kept


@dataclass(eq=False, repr=False)
class PenalisedRegressor(GroupRegressor):
    """``1 / (2 n_samples) ||y - X w||^2 + alpha * penalty(w)``.

    Parameters
    ----------
    alpha : float, default 1
        Strength, positive.
    group_weights : None, "sqrt" or array_like of float, shape (n_groups,)
        Weights of the groups.
    tol : float, default 1e-11
        Norm of the smallest subgradient relative to the gradient at zero.
    max_iter : int, default 10000
        The largest number of sweeps over groups.
    """

    _strength: ClassVar[str] = "alpha"
    _explicit: ClassVar[bool] = False

    alpha: float = 1.0
    _: KW_ONLY
    group_weights: GroupWeights = None
    tol: float = 1e-11
    max_iter: int = 10_000

    def _penalty(self) -> Penalty:
        """Return the penalty at the estimator's strength."""
        raise NotImplementedError

    def _solver(self, regression: Regression) -> BlockCoordinateDescent:
        return BlockCoordinateDescent(self._penalty(), tol=self.tol, max_iter=self.max_iter)

    def _grid(self, regression: Regression, n_values: int, eps: float) -> Array:
        critical = critical_strength(regression.problem, self._penalty())
        return make_alphas(critical or 1.0, n_values, eps)

    def _counting(self, value: float) -> Penalty:
        return self._penalty().with_alpha(float(value))

    def _along(self, regression: Regression, values: Sequence[float]) -> Iterator[Solution]:
        return walk(self._solver(regression), regression.problem, values)

    def _coarse(self) -> Self:
        return type(self)(**{**self.get_params(deep=False), "tol": max(self.tol, COARSE)})

    def _refined(self, regression: Regression, solution: Solution) -> Solution:
        solver = replace(self._solver(regression), penalty=self._counting(solution.alpha))
        return solver.solve(regression.problem, solution.coef)
