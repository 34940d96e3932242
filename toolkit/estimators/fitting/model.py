"""What all estimators have in common after a fit: attributes, predictions, warnings."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted, validate_data

from ...arrays import Array
from ...checks import check_not_negative
from ...groups.parsing import GroupsLike
from ...reformulations.regression import Regression
from ...solution import Solution, Status
from .training import Training


@dataclass(eq=False, repr=False, kw_only=True)
class GroupModel(RegressorMixin, BaseEstimator):
    """A linear model with few active groups of features, jointly for all targets.

    Subclasses are dataclasses: their fields are their parameters.

    Parameters
    ----------
    groups : None, int, array_like, Series, list of lists or Groups
        Which features belong together.
    fit_intercept : bool, default True
        Whether there is an intercept.
    """

    groups: GroupsLike = None
    fit_intercept: bool = True

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

    def _publish(self, training: Training, regression: Regression, solution: Solution) -> None:
        """Set what is known after a fit."""
        coef = solution.coef.copy()
        coef[regression.constant] = 0  # where solvers leave rounding
        intercept = regression.intercept(coef)
        if training.is_column:
            coef, intercept = coef[:, None], np.array([intercept])
        self.coef_, self.intercept_ = np.ascontiguousarray(coef.T), intercept
        norm = solution.residual_norm * regression.scale
        self.solution_ = solution.with_coef(coef).with_residual_norm(norm)
        self.active_groups_ = solution.active_groups
        self.n_iter_ = max(1, solution.iterations)
        for name in ("dual_gap_", "kkt_"):
            self.__dict__.pop(name, None)
        kind, value = solution.certificate
        setattr(self, "dual_gap_" if kind == "duality_gap" else "kkt_", value)

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


def ending(estimator: Any, solution: Solution) -> str:
    """Return how a solution ended, for people.

    Parameters
    ----------
    estimator : GroupModel
        Which may have a largest number of iterations.
    solution : Solution
        That did not converge.

    Returns
    -------
    str
        Its status, and how far it came.
    """
    kind, value = solution.certificate
    can_raise = solution.status is Status.MAX_ITER and hasattr(estimator, "max_iter")
    advice = "; raise max_iter or tol" if can_raise else ""
    return (
        f"{solution.status.value} ({solution.iterations} iterations, "
        f"{kind.replace('_', ' ')} {value:.2g}){advice}"
    )
