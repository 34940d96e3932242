"""Regression as a recovery problem: sample weights and an unpenalised intercept."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array, as_double, as_finite_array
from ..checks import check_choice, check_flag
from ..groups.parsing import GroupsLike
from ..operators import CentredMatrix, Matrix
from ..operators.matrix import check_weights
from ..problem import Problem, needs_double
from .regression_form import Features, RegressionForm


class Regression(RegressionForm):
    """``1/2 sum_i w_i ||y_i - b - x_i beta||^2`` as a `Problem` in beta alone.

    The best intercept ``b`` for any beta subtracts the weighted means: the
    problem is centred and its rows are scaled by the roots of the weights,
    without a copy of the matrix unless `explicit`. Every solver can solve it.

    Parameters
    ----------
    X : array_like or scipy.sparse matrix, shape (n_samples, n_features)
        Rows are samples.
    y : array_like, shape (n_samples,) or (n_samples, n_targets)
        Responses.
    groups : Groups, int, array_like or sequence of array_like, optional
        As in `Problem`.
    sample_weight : array_like of float, shape (n_samples,), optional
        Weights of the samples, not negative; one by default.
    fit_intercept : bool, default True
        Whether there is an intercept.
    per_sample : bool, default False
        Whether the weights are divided by their sum, which makes the problem's
        objective that of scikit-learn, with ``1 / (2 n_samples)``.
    explicit : bool, default False
        Whether a dense matrix is centred and weighted in a copy. That makes active-set and
        greedy solvers faster, but not block coordinate descent.
    constant_columns : {"refuse", "zero"}, default "refuse"
        Constant columns have no effect beside an intercept: raise an error, or replace them
        by zero, so that their coefficients are zero. Parts of data have such columns more often
        than the whole.

    Attributes
    ----------
    problem : Problem
        The problem in beta.
    constant : ndarray of int
        The constant columns, where there is an intercept.
    scale : float
        The ratio of the norm of the weighted residual ``(sum_i w_i r_i^2)^(1/2)`` to
        that of the problem: the root of the sum of weights with `per_sample`,
        else 1.

    Raises
    ------
    ValueError
        If shapes do not fit, values are not finite, a weight is negative or
        all are zero, or, with an intercept, a column of `X` is constant and that is refused.

    Examples
    --------
    >>> from groupsparse.toolkit.penalties import L21
    >>> from groupsparse.toolkit.solvers import BlockCoordinateDescent
    >>> regression = Regression([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0]], [5.0, 7.0, 9.0])
    >>> coef = BlockCoordinateDescent(L21(1e-9)).solve(regression.problem).coef
    >>> coef.round(3), regression.intercept(coef).round(3)
    (array([2., 0.]), np.float64(5.0))
    """

    def __init__(
        self,
        X: Features,
        y: ArrayLike,
        groups: GroupsLike = None,
        *,
        sample_weight: ArrayLike | None = None,
        fit_intercept: bool = True,
        per_sample: bool = False,
        explicit: bool = False,
        constant_columns: Literal["refuse", "zero"] = "refuse",
    ) -> None:
        for name, value in (
            ("fit_intercept", fit_intercept),
            ("per_sample", per_sample),
            ("explicit", explicit),
        ):
            check_flag(name, value)
        check_choice("constant_columns", constant_columns, ("refuse", "zero"))
        matrix, response = Matrix(X, name="X"), as_finite_array(y, "y")
        n_samples = matrix.range_shape[0]
        if response.ndim not in (1, 2) or len(response) != n_samples:
            raise ValueError(
                f"y must have shape ({n_samples},) or ({n_samples}, n_targets) to fit X, "
                f"got {response.shape}"
            )
        if needs_double(matrix, response):
            matrix, response = matrix.widen(), as_double(response)
        weights = np.ones(n_samples)
        if sample_weight is not None:
            weights = check_weights(sample_weight, n_samples)
        self.scale = float(np.sqrt(weights.sum())) if per_sample else 1.0
        weights = weights / self.scale**2
        operator = CentredMatrix(matrix, weights, centred=fit_intercept)
        self.constant = operator.constant
        if constant_columns == "refuse":
            _refuse_constant_columns(operator)
        self._means = operator.means
        self._mean = np.zeros(response.shape[1:], response.dtype)
        if fit_intercept:
            self._mean = np.average(response, axis=0, weights=weights).astype(response.dtype)
        roots = operator.roots if response.ndim == 1 else operator.roots[:, None]
        centred = response - self._mean
        if fit_intercept:
            # The rounding errors of constant responses would be fitted as if they were data.
            centred = np.where(np.all(response == response[:1], axis=0), 0, centred)
        data = (centred * roots).astype(response.dtype, copy=False)
        is_copied = explicit and not matrix.is_sparse
        self.problem = Problem(operator.explicit() if is_copied else operator, data, groups)

    def intercept(self, coef: Array) -> Array:
        """Return the intercept for coefficients, zero without an intercept.

        Coefficients have shape (n_features,) or (n_features, n_targets), as `Solution.coef`.
        """
        result: Array = self._mean - self._means @ coef
        return result


def _refuse_constant_columns(operator: CentredMatrix) -> None:
    constant = operator.constant
    if constant.size:
        shown = ", ".join(map(str, constant[:5])) + (", ..." if constant.size > 5 else "")
        raise ValueError(
            f"X: constant columns ({shown}) have no effect beside an intercept; "
            "leave them out, or pass fit_intercept=False"
        )
