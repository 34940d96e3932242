"""Base class of the estimators that one of the toolkit's solvers fits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array
from ..checks import check_flag
from ..convergence import without_warnings
from ..penalties import GroupL0, Penalty
from ..reformulations.regression_form import Features, RegressionForm
from ..solution import Solution
from ..solvers.solver import Solver
from .group_model import GroupModel


@dataclass(eq=False, repr=False, kw_only=True)
class PathModel(GroupModel):
    """A model fitted by one of the toolkit's solvers, along a path of strengths if need be.

    `_strength` is the parameter that changes along the path; `_explicit` says whether the solver
    is faster with a copy of the matrix that is centred and weighted.
    """

    _strength: ClassVar[str]
    _explicit: ClassVar[bool] = True

    warm_start: bool = False

    def fit(
        self,
        X: Features,
        y: Any,
        sample_weight: ArrayLike | None = None,
        offset: ArrayLike | None = None,
    ) -> Self:
        """Fit the model.

        Parameters
        ----------
        X : array_like, DataFrame or sparse matrix, shape (n_samples, n_features)
            Features, real.
        y : array_like, shape (n_samples,) or (n_samples, n_targets)
            Targets: numbers for a regressor, labels of classes for a classifier, events and
            times for survival.
        sample_weight : array_like of float, shape (n_samples,), optional
            Weights of the samples, not negative; one by default.
        offset : array_like of float, optional
            Known part of the linear model, such as the logarithm of an exposure: one number per
            sample, or one per output. `predict` takes that of its samples.

        Returns
        -------
        PathModel
            Itself.

        Raises
        ------
        ValueError
            If shapes do not fit, values are not finite, or a parameter is out of its range.

        Warns
        -----
        UserWarning
            If features are constant beside an intercept; their coefficients are zero.
        ConvergenceWarning
            If the solver does not converge.
        """
        check_flag("warm_start", self.warm_start)
        training = self.read_training(X, y, sample_weight, offset)
        regression = training.make_whole_regression(explicit=self._explicit)
        with without_warnings():
            solution = self._make_solver(regression).solve(
                regression.problem, self._find_start(regression)
            )
        self._publish(training, regression, solution)
        if not solution.status.is_success:
            self._warn(self._describe_end(solution))
        return self

    def _make_solver(self, regression: RegressionForm) -> Solver:
        """Return the toolkit's solver, its parameters in the toolkit's units."""
        raise NotImplementedError

    @staticmethod
    def _count_groups(regression: RegressionForm) -> int:
        """Return the number of groups, which must not be zero if they are counted."""
        n_groups = regression.problem.groups.n_groups
        if not n_groups:
            raise ValueError("groups: no group to select; all features are unpenalised")
        return n_groups

    def _find_default_count(self, regression: RegressionForm) -> int:
        """Return the number of active groups if no stop is given: a tenth of all."""
        return max(1, self._count_groups(regression) // 10)

    def _follow(self, regression: RegressionForm, values: Array) -> Iterator[Solution]:
        """Yield the solutions at strengths, or numbers of groups, from the sparsest on."""
        raise NotImplementedError

    def _make_grid(self, regression: RegressionForm, n_values: int, eps: float) -> Array:
        """Return strengths, or numbers of groups, that suit the data, from the sparsest on."""
        raise NotImplementedError

    def _make_penalty_at(self, value: float) -> Penalty:
        """Return the penalty by which the degrees of freedom of a path's solution are counted."""
        return GroupL0(1.0)  # no shrinkage: every coefficient counts

    def _coarsen(self) -> Self:
        """Return an estimator as accurate as a comparison of solutions by their errors needs."""
        return self

    def _refine(self, regression: RegressionForm, solution: Solution) -> Solution:
        """Return a coarse solution with the estimator's own accuracy."""
        return solution

    def _find_start(self, regression: RegressionForm) -> Array | None:
        """Return the last fit's coefficients, if they are wanted and fit."""
        if not self.warm_start or not hasattr(self, "coef_"):
            return None
        slopes, problem = np.asarray(self.coef_).T, regression.problem
        channels = problem.shape[1:]
        if slopes.shape not in ((self.n_features_in_, *channels), (self.n_features_in_, 1)):
            return None
        with np.errstate(over="ignore"):  # the last fit may have been to larger numbers
            slopes = slopes.reshape(-1, *channels).astype(problem.dtype)
            level = np.asarray(self.intercept_).reshape(channels).astype(problem.dtype)
            start = regression.join(slopes, level)
        is_usable = start.shape == problem.shape and np.isfinite(start).all()
        return start if is_usable else None
