"""Regression with a count of groups as penalty, by primal-dual active sets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, replace
from typing import ClassVar

from ...arrays import Array
from ...penalties import GroupL0
from ...reformulations.regression import Regression
from ...selection import make_alphas
from ...selection.path import walk
from ...solution import Solution, Status
from ...solvers import PrimalDualActiveSet
from ..group_regressor import GroupRegressor


@dataclass(eq=False, repr=False)
class GroupL0Regressor(GroupRegressor):
    """Linear regression with the l0(l2) penalty, ``alpha`` times the number of active groups.

    Solved by GPDASC, a primal-dual active set method that follows the strength
    down: active groups are fitted by least squares, without shrinkage.

    Parameters
    ----------
    n_groups : int, optional
        Stop when this many groups are active. Without any of the three stops,
        a tenth of all.
    alpha : float, optional
        Stop at this strength: the smallest decrease of ``1 / (2 n_samples) ||y - X coef||^2``
        for which a group becomes active.
    noise_level : float, optional
        The norm of the noise in y, over all targets: stop when the residual is not
        above it. With several stops, whichever comes first stops.
    ridge : float, default 0
        Adds ``ridge / 2 ||coef||^2``, for groups of nearly dependent features.
    groups, fit_intercept
        As for `GroupLasso`.
    warm_start : bool, default False
        Whether the path begins with the groups that are active in the last fit.

    Attributes
    ----------
    coef_, intercept_, active_groups_, n_iter_, solution_
        As for `GroupLasso`.
    kkt_ : float
        By how much the best single change exceeds its threshold: 0 exactly where adding or
        removing one group, with a new fit of all others, does not lower the objective at the
        last strength, `solution_.alpha`. Exchanges of two groups may still lower it. Where all
        new fits would take more than 2**27 multiplications, the other groups keep their
        coefficients (`solution_.certificate.kind` is "coordinatewise").

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((50, 12))
    >>> y = X[:, 4:8] @ [1.0, -2.0, 3.0, 1.0] + 0.1 * rng.standard_normal(50)
    >>> GroupL0Regressor(n_groups=1, groups=4).fit(X, y).active_groups_
    array([1])
    """

    _strength: ClassVar[str] = "alpha"

    n_groups: int | None = None
    _: KW_ONLY
    alpha: float | None = None
    noise_level: float | None = None
    ridge: float = 0.0

    def _make_penalty(self) -> GroupL0:
        return GroupL0(self.alpha or 1.0)

    def _make_solver(self, regression: Regression) -> PrimalDualActiveSet:
        n_groups = self.n_groups
        if n_groups is None and self.alpha is None and self.noise_level is None:
            n_groups = self._find_default_count(regression)
        return PrimalDualActiveSet(
            noise_level=self._scale_level(self.noise_level, regression),
            alpha=self.alpha,
            n_groups=n_groups,
            ridge=self.ridge,
        )

    def _make_grid(self, regression: Regression, n_values: int, eps: float) -> Array:
        critical = self._make_free_solver().session(regression.problem).critical
        return make_alphas(critical or 1.0, n_values, eps**2)  # in squares of coefficients

    def _follow(self, regression: Regression, values: Array) -> Iterator[Solution]:
        for solution in walk(self._make_free_solver(), regression.problem, values):
            yield solution
            if solution.status is Status.SATURATED:
                return

    def _refine(self, regression: Regression, solution: Solution) -> Solution:
        """Return a solution of a path with the certificate that `fit` gives."""
        certificate = self._make_free_solver().session(regression.problem).certify(solution)
        return replace(solution, certificate=certificate)

    def _make_free_solver(self) -> PrimalDualActiveSet:
        """Return the solver without a stop."""
        return PrimalDualActiveSet(ridge=self.ridge)
