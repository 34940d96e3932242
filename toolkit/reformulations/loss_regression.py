"""A linear model of any loss as a recovery problem: sample weights, an intercept, an offset."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array
from ..groups import Groups
from ..losses import Loss
from ..operators import CentredMatrix, Matrix, WithIntercept
from ..problem import Problem
from ..solution import Solution
from .regression_form import Features, RegressionForm


class LossRegression(RegressionForm):
    """``sum_i w_i loss(y_i, b + x_i beta + offset_i) / sum_i w_i`` as a `Problem`.

    The features are centred without a copy, and a column of ones in no group stands for the
    intercept: `Problem.shape` begins with ``n_features + 1``. Where the loss does not change
    with a constant, as a partial likelihood, there is no such column.

    Parameters
    ----------
    X : array_like or scipy.sparse matrix, shape (n_samples, n_features)
        Rows are samples.
    y : array_like, shape (n_samples,) or (n_samples, n_outputs)
        Data of the loss.
    groups : Groups
        Groups of features.
    loss : Loss
        The loss; of a loss that `whitens`, a sample weighs as much as its squared root weight.
    sample_weight : ndarray of float, shape (n_samples,)
        Weights of the samples, all positive.
    offset : ndarray of float, optional
        Added to the linear model, in the shape of `y`.
    fit_intercept : bool, default True
        Whether there is an intercept.
    has_column : bool, default True
        Whether the intercept is a column: otherwise centring the features is all it does.

    Attributes
    ----------
    problem, constant, scale
        As for `RegressionForm`: `scale` is the root of the sum of weights.

    Raises
    ------
    ValueError
        If the features cannot be a matrix, or the data be data of the loss.
    """

    def __init__(
        self,
        X: Features,
        y: ArrayLike,
        groups: Groups,
        *,
        loss: Loss,
        sample_weight: Array,
        offset: Array | None = None,
        fit_intercept: bool = True,
        has_column: bool = True,
    ) -> None:
        matrix = Matrix(X, name="X")
        n_features = matrix.domain_shape[0]
        centred = CentredMatrix(matrix, np.ones(len(sample_weight)), centred=fit_intercept)
        self.constant, self._means = centred.constant, centred.means
        columns = _make_exact(centred, matrix)
        self._has_column = has_column and fit_intercept
        self._centre = centred.means
        if fit_intercept and not has_column:
            shares = (sample_weight / sample_weight.sum()).astype(matrix.dtype)
            self._centre = matrix.adjoint(shares)
        n_coefs = n_features + self._has_column
        self.scale = float(np.sqrt(sample_weight.sum()))
        roots = np.sqrt(sample_weight) / self.scale
        self.problem = Problem(
            WithIntercept(columns) if self._has_column else columns,
            y,
            Groups(groups.indptr, groups.indices, n_coefs),
            loss=loss,
            weights=roots.reshape(-1, *[1] * (np.ndim(y) - 1)),
            offset=offset,
        )

    def intercept(self, coef: Array) -> Array:
        """Return the intercept for coefficients of the problem, zero without an intercept.

        Where it is no column, that at which the weighted mean of the linear model is zero.
        """
        last = coef[-1] if self._has_column else np.zeros(coef.shape[1:], coef.dtype)
        result: Array = last - self._centre @ self.slopes(coef)
        return result

    def slopes(self, coef: Array) -> Array:
        """Return the coefficients of the features."""
        return coef[:-1] if self._has_column else coef

    def join(self, slopes: Array, intercept: Array) -> Array:
        """Return the problem's coefficients for such slopes and such an intercept."""
        if not self._has_column:
            return slopes
        level = np.asarray(intercept + self._means @ slopes)
        return np.concatenate([slopes, level.reshape(1, *slopes.shape[1:])])

    def restore(self, solution: Solution) -> Solution:
        """Return a solution of the problem as one of the features and the unscaled samples."""
        latent = solution.latent
        if latent is not None:
            solution = replace(solution, latent=self.slopes(latent))
        return super().restore(solution)


def _make_exact(centred: CentredMatrix, matrix: Matrix) -> Matrix | CentredMatrix:
    """Return a dense matrix of single precision centred in a copy, entry by entry.

    Means that are subtracted from products would leave few digits of columns far from zero.
    """
    is_copied = matrix.dtype == np.float32 and not matrix.is_sparse
    return centred.explicit() if is_copied else centred
