"""What all estimators with given parameters have in common: fitting one problem."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from ...arrays import Array
from ...penalties import GroupL0, Penalty
from ...reformulations.regression import Regression
from ...solution import Solution, without_warnings
from .model import GroupModel, ending
from .training import checked_training, refuse_constant_groups


@dataclass(eq=False, repr=False, kw_only=True)
class GroupRegressor(GroupModel):
    """A model fitted by one of the toolkit's solvers.

    `_solver` says which; `_along` and `_grid` how its path is followed, and
    `_strength` which parameter that changes; `_explicit` whether the solver is
    faster with a copy of the matrix that is centred and weighted.

    Parameters
    ----------
    warm_start : bool, default False
        Whether `fit` starts from the coefficients of the last one.
    """

    _strength: ClassVar[str]
    _explicit: ClassVar[bool] = True

    warm_start: bool = False

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Fit the model.

        Parameters
        ----------
        X : array_like, DataFrame or sparse matrix, shape (n_samples, n_features)
            Features, real.
        y : array_like, shape (n_samples,) or (n_samples, n_targets)
            Targets, real.
        sample_weight : array_like of float, shape (n_samples,), optional
            Weights of the samples, not negative; one by default.

        Returns
        -------
        GroupRegressor
            Itself.

        Raises
        ------
        ValueError
            If the data do not fit together, are not finite, or say nothing; or
            a parameter is out of its range.
        """
        training = checked_training(self, X, y, sample_weight)
        regression = training.regression(explicit=self._explicit)
        refuse_constant_groups(self, training.groups, regression.constant)
        with without_warnings():
            solution = self._solved(regression)
        self._publish(training, regression, solution)
        if not solution.status.is_success:
            self._warn(ending(self, solution))
        return self

    def _solved(self, regression: Regression) -> Solution:
        """Return the solution at the estimator's own parameters."""
        solver = self._solver(regression)
        result: Solution = solver.solve(regression.problem, self._start(regression))
        return result

    def _solver(self, regression: Regression) -> Any:
        """Return the toolkit's solver, its parameters in the toolkit's units."""
        raise NotImplementedError

    def _along(self, regression: Regression, values: Sequence[float]) -> Iterator[Solution]:
        """Yield the solutions at strengths, or numbers of groups, from the sparsest on."""
        raise NotImplementedError

    def _grid(self, regression: Regression, n_values: int, eps: float) -> Array:
        """Return strengths, or numbers of groups, that suit the data, from the sparsest on."""
        raise NotImplementedError

    def _counting(self, value: float) -> Penalty:
        """Return the penalty by which the degrees of freedom of a path's solution are counted."""
        return GroupL0(1.0)  # no shrinkage: every coefficient counts

    def _coarse(self) -> Self:
        """Return the estimator to be used where errors of fits are small beside those of data."""
        return self

    def _refined(self, regression: Regression, solution: Solution) -> Solution:
        """Return a coarse solution with the estimator's own accuracy."""
        return solution

    def _start(self, regression: Regression) -> Array | None:
        """Return the last fit's coefficients, if they are wanted and fit."""
        if not self.warm_start or not hasattr(self, "coef_"):
            return None
        start, problem = np.asarray(self.coef_).T, regression.problem
        if start.shape != problem.shape and start.shape != (*problem.shape, 1):
            return None
        return start.reshape(problem.shape).astype(problem.dtype)
