"""Rank-aware joint sparsity for several targets: the orthogonally weighted l2,1 norm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from functools import reduce
from typing import ClassVar

import numpy as np

from ...arrays import Array
from ...checks import check_share, check_strength
from ...penalties import L21, OrthogonallyWeightedL21
from ...reformulations.regression_form import RegressionForm
from ...selection import make_alphas
from ...solution import Solution
from ...solvers import GammaContinuation, InTurn, VariableMetric
from ...solvers.optimality.certificates import find_critical_strength
from ...solvers.solver import Solver
from ..kinds.regression import RegressionMixin
from ..path_model import PathModel

_FACTOR = 10**-0.5  # from one gamma to the next
_MOST_STEPS = 100  # to a gamma below about 1e-50, in longer steps


@dataclass(eq=False, repr=False)
class OrthogonallyWeightedRegressor(RegressionMixin, PathModel):
    """Linear regression with the orthogonally weighted l2,1 norm, for several targets.

    The penalty is rank-aware: the higher the rank of the targets, the fewer samples it needs.

    Parameters
    ----------
    alpha : float, default 1
        Strength, positive; not used with a noise level.
    gamma : float, default 0.01
        From 1, the group lasso, to nearly 0, where the penalty counts features: the multiple of
        the identity that is added to ``coef coef^T`` over the targets. Solutions are followed
        from 1 down to it.
    noise_level : float, optional
        The norm of the noise in y, over all targets. With it, strength and gamma
        are lowered until the residual has this norm, and the active
        groups are fitted by least squares.
    rank : int, optional
        With a noise level: the number of combinations of targets to use.
    groups, fit_intercept
        As for `GroupLasso`; every feature has to be in a group.
    warm_start : bool, default False
        Whether the first problem, which is convex, starts from the last fit.
    tol : float, default 1e-6
        Stop when the predicted decrease is at most this part of the objective.
    max_iter : int, default 10000
        The largest number of steps at one gamma, or in total with a noise level.

    Attributes
    ----------
    coef_, intercept_, active_groups_, n_iter_, solution_
        As for `GroupLasso`.
    kkt_ : float
        The largest violation of the first-order conditions, relative to the
        strength; with a noise level, the gradient of the fit relative to that at zero.

    Examples
    --------
    >>> import numpy as np
    >>> from groupsparse.datasets import make_joint_sparse
    >>> data = make_joint_sparse(20, 40, 6, 8, rank=5, noise=0.05, random_state=0)
    >>> X, Y = data.problem.operator.operator.values, data.problem.data
    >>> model = OrthogonallyWeightedRegressor(noise_level=data.noise_level, fit_intercept=False)
    >>> bool((model.fit(X, Y).active_groups_ == data.active_groups).all())
    True
    """

    _strength: ClassVar[str] = "alpha"

    alpha: float = 1.0
    gamma: float = 0.01
    _: KW_ONLY
    noise_level: float | None = None
    rank: int | None = None
    tol: float = 1e-6
    max_iter: int = 10_000

    def _make_solver(self, regression: RegressionForm) -> Solver:
        if self.noise_level is None:
            return self._make_solver_at(self.alpha)
        level = self._scale_level(self.noise_level, regression)
        assert level is not None
        return GammaContinuation(level, rank=self.rank, tol=self.tol, max_iter=self.max_iter)

    def _make_solver_at(self, alpha: float) -> Solver:
        """Return a solver that follows gamma down at one strength."""
        check_strength("gamma", self.gamma)
        check_share("gamma", self.gamma)
        gamma = float(self.gamma)
        n_steps = max(0, min(_MOST_STEPS, round(float(np.log(gamma) / np.log(_FACTOR)))))
        gammas = gamma ** (np.arange(n_steps + 1) / max(n_steps, 1))
        if not n_steps:
            gammas = np.array([gamma])
        solvers: list[Solver] = [
            VariableMetric(OrthogonallyWeightedL21(alpha, float(gamma)), self.tol, self.max_iter)
            for gamma in gammas
        ]
        return reduce(InTurn, solvers)

    def _make_grid(self, regression: RegressionForm, n_values: int, eps: float) -> Array:
        critical = find_critical_strength(regression.problem, L21(1.0))
        return make_alphas(critical or 1.0, n_values, eps)

    def _follow(self, regression: RegressionForm, values: Array) -> Iterator[Solution]:
        for alpha in values:
            yield self._make_solver_at(float(alpha)).solve(regression.problem)
