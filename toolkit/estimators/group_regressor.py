"""Base classes of all regressors: fitting one problem, fitted attributes, predictions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted, validate_data

from ..arrays import Array
from ..checks import check_flag, check_level
from ..convergence import without_warnings
from ..execution.caller import warn_caller
from ..groups.parsing import GroupsLike
from ..penalties import GroupL0, Penalty
from ..reformulations.regression import Features, Regression
from ..solution import CertificateKind, Solution, Status
from ..solvers.solver import Solver
from .features import prepare_features
from .training import Training, check_training


@dataclass(eq=False, repr=False, kw_only=True)
class GroupModel(RegressorMixin, BaseEstimator):
    """A linear model with few active groups of features, jointly for all targets.

    Subclasses are dataclasses whose fields are their hyper-parameters.
    """

    groups: GroupsLike = None
    fit_intercept: bool = True

    def predict(self, X: Features) -> Array:
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
        checked = validate_data(
            self,
            prepare_features(X),
            accept_sparse=("csr", "csc"),
            dtype=(np.float64, np.float32),
            reset=False,
        )
        result: Array = checked @ self.coef_.T + self.intercept_
        return result

    def _publish(self, training: Training, regression: Regression, solution: Solution) -> None:
        """Set the fitted attributes."""
        coef = solution.coef.copy()
        coef[regression.constant] = 0  # solvers may leave rounding there
        intercept = regression.intercept(coef)
        if training.is_column:
            coef, intercept = coef[:, None], np.array([intercept])
        self.coef_, self.intercept_ = np.ascontiguousarray(coef.T), intercept
        norm = solution.residual_norm * regression.scale
        self.solution_ = replace(solution, coef=coef, residual_norm=norm)
        self.active_groups_ = solution.active_groups
        self.n_iter_ = max(1, solution.iterations)
        for name in ("dual_gap_", "kkt_"):
            self.__dict__.pop(name, None)
        kind, value = solution.certificate
        setattr(self, "dual_gap_" if kind is CertificateKind.DUALITY_GAP else "kkt_", value)

    def _scale_level(self, noise_level: float | None, regression: Regression) -> float | None:
        """Return a noise level in the units of the regression's problem."""
        if noise_level is None:
            return None
        check_level("noise_level", noise_level)
        return float(noise_level) / regression.scale

    def _warn(self, message: str) -> None:
        warn_caller(f"{type(self).__name__}: {message}", ConvergenceWarning)

    def _describe_end(self, solution: Solution) -> str:
        """Return how a solution ended that did not converge, with advice where there is some."""
        can_raise = solution.status is Status.MAX_ITER and hasattr(self, "max_iter")
        advice = "; raise max_iter or tol" if can_raise else ""
        return solution.describe_end() + advice

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.multi_output = True
        return tags


@dataclass(eq=False, repr=False, kw_only=True)
class GroupRegressor(GroupModel):
    """A model fitted by one of the toolkit's solvers, along a path of strengths if need be.

    `_strength` is the parameter that changes along the path; `_explicit` says whether the solver
    is faster with a copy of the matrix that is centred and weighted.
    """

    _strength: ClassVar[str]
    _explicit: ClassVar[bool] = True

    warm_start: bool = False

    def fit(self, X: Features, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
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
            If shapes do not fit, values are not finite, or a parameter is out of its range.

        Warns
        -----
        UserWarning
            If features are constant beside an intercept; their coefficients are zero.
        ConvergenceWarning
            If the solver does not converge.
        """
        check_flag("warm_start", self.warm_start)
        training = check_training(self, X, y, sample_weight)
        regression = training.make_whole_regression(explicit=self._explicit)
        with without_warnings():
            solution = self._make_solver(regression).solve(
                regression.problem, self._find_start(regression)
            )
        self._publish(training, regression, solution)
        if not solution.status.is_success:
            self._warn(self._describe_end(solution))
        return self

    def _make_solver(self, regression: Regression) -> Solver:
        """Return the toolkit's solver, its parameters in the toolkit's units."""
        raise NotImplementedError

    @staticmethod
    def _count_groups(regression: Regression) -> int:
        """Return the number of groups, which must not be zero if they are counted."""
        n_groups = regression.problem.groups.n_groups
        if not n_groups:
            raise ValueError("groups: no group to select; all features are unpenalised")
        return n_groups

    def _find_default_count(self, regression: Regression) -> int:
        """Return the number of active groups if no stop is given: a tenth of all."""
        return max(1, self._count_groups(regression) // 10)

    def _follow(self, regression: Regression, values: Array) -> Iterator[Solution]:
        """Yield the solutions at strengths, or numbers of groups, from the sparsest on."""
        raise NotImplementedError

    def _make_grid(self, regression: Regression, n_values: int, eps: float) -> Array:
        """Return strengths, or numbers of groups, that suit the data, from the sparsest on."""
        raise NotImplementedError

    def _make_penalty_at(self, value: float) -> Penalty:
        """Return the penalty by which the degrees of freedom of a path's solution are counted."""
        return GroupL0(1.0)  # no shrinkage: every coefficient counts

    def _coarsen(self) -> Self:
        """Return an estimator as accurate as a comparison of solutions by their errors needs."""
        return self

    def _refine(self, regression: Regression, solution: Solution) -> Solution:
        """Return a coarse solution with the estimator's own accuracy."""
        return solution

    def _find_start(self, regression: Regression) -> Array | None:
        """Return the last fit's coefficients, if they are wanted and fit."""
        if not self.warm_start or not hasattr(self, "coef_"):
            return None
        start, problem = np.asarray(self.coef_).T, regression.problem
        if start.shape != problem.shape and start.shape != (*problem.shape, 1):
            return None
        with np.errstate(over="ignore"):  # the last fit may have been to larger numbers
            cast = start.reshape(problem.shape).astype(problem.dtype)
        return cast if np.isfinite(cast).all() else None
