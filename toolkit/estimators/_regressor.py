"""What all estimators have in common: fitting one problem, and predicting."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted, validate_data

from ..arrays import Array
from ..checks import check_not_negative
from ..grouping import GroupsLike
from ..regression import Regression
from ..solution import Solution, Status, without_warnings
from ._training import checked_training, refuse_constant_groups


@dataclass(eq=False, repr=False, kw_only=True)
class GroupRegressor(RegressorMixin, BaseEstimator):
    """A linear model with few active groups of features, jointly for all targets.

    A subclass is a dataclass: its fields are its parameters, and `_solver`
    says which solver of the toolkit does the work.

    Parameters
    ----------
    groups : None, int, array_like, Series, list of lists or Groups
        Which features belong together.
    fit_intercept : bool, default True
        Whether there is an intercept.
    warm_start : bool, default False
        Whether `fit` starts from the coefficients of the last one.
    """

    _strength: ClassVar[str] = "alpha"

    groups: GroupsLike = None
    fit_intercept: bool = True
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
        regression = training.regression()
        refuse_constant_groups(self, training.groups, regression.constant)
        with without_warnings():
            solution = self._solved(regression)
        self._publish(regression, solution)
        if not solution.status.is_success:
            self._warn(_ending(solution))
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

    def _start(self, regression: Regression) -> Array | None:
        """Return the last fit's coefficients, if they are wanted and fit."""
        if not self.warm_start or not hasattr(self, "coef_"):
            return None
        start = np.asarray(self.coef_).T
        problem = regression.problem
        return start.astype(problem.dtype) if start.shape == problem.shape else None

    def _publish(self, regression: Regression, solution: Solution) -> None:
        """Set what is known after a fit."""
        self.solution_ = solution.with_residual_norm(solution.residual_norm * regression.scale)
        self.coef_ = np.ascontiguousarray(solution.coef.T)
        self.intercept_ = regression.intercept(solution.coef)
        self.active_groups_ = solution.active_groups
        self.n_iter_ = max(1, solution.iterations)
        for name in ("dual_gap_", "kkt_"):
            self.__dict__.pop(name, None)
        kind, value = solution.certificate
        setattr(self, "dual_gap_" if kind == "duality_gap" else "kkt_", value)

    def predict(self, X: Any) -> Array:
        """Predict targets.

        Parameters
        ----------
        X : array_like, DataFrame or sparse matrix, shape (n_samples, n_features)
            Features.

        Returns
        -------
        ndarray, shape (n_samples,) or (n_samples, n_targets)
            Predictions.

        Raises
        ------
        ValueError
            If X has other features than those seen in `fit`.
        NotFittedError
            Before `fit`.
        """
        check_is_fitted(self)
        X = validate_data(
            self,
            X,
            accept_sparse=("csr", "csc"),
            dtype=(np.float64, np.float32),
            reset=False,
        )
        result: Array = X @ self.coef_.T + self.intercept_
        return result

    def _level(self, noise_level: float | None, regression: Regression) -> float | None:
        """Return a noise level in the units of the regression's problem."""
        if noise_level is None:
            return None
        check_not_negative("noise_level", noise_level)
        return float(noise_level) / regression.scale

    def _warn(self, message: str) -> None:
        warnings.warn(f"{type(self).__name__}: {message}", ConvergenceWarning, stacklevel=3)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.multi_output = True
        return tags


def _ending(solution: Solution) -> str:
    """Return how a solution ended, for people."""
    kind, value = solution.certificate
    advice = "; raise max_iter or tol" if solution.status is Status.MAX_ITER else ""
    return (
        f"{solution.status.value} ({solution.iterations} iterations, "
        f"{kind.replace('_', ' ')} {value:.2g}){advice}"
    )
