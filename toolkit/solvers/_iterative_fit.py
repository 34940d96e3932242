"""Least squares on many features of a matrix-free operator, channel by channel."""

from __future__ import annotations

import numpy as np
from scipy.sparse.linalg import LinearOperator, lsqr

from ..arrays import Array
from ._feature_view import FeatureView

_MAX_ITER = 500


def iterative_fit(view: FeatureView, start: Array) -> Array:
    """Return the fit of a view's data by the features that are not zero.

    Parameters
    ----------
    view : FeatureView
        Operator and data.
    start : ndarray, shape (K, n_features)
        Coefficients; those that are zero in all channels stay zero.

    Returns
    -------
    ndarray, shape (K, n_features)
        As near to the least-squares fit as LSQR comes in 500 iterations.
    """
    features = np.flatnonzero(start.any(axis=0))
    operator, n_features = view.operator, start.shape[1]

    def image(coef: Array) -> Array:
        everywhere = np.zeros(n_features, start.dtype)
        everywhere[features] = coef.ravel()
        return operator._apply(everywhere.reshape(operator.domain_shape)).ravel()

    def correlations(residual: Array) -> Array:
        result: Array = operator._adjoint(residual.reshape(operator.range_shape)).ravel()[features]
        return result

    shape = (view.data.shape[1], features.size)
    restricted = LinearOperator(shape, image, correlations, dtype=start.dtype)
    accuracy = 10 * float(np.finfo(start.dtype).eps)
    rows = np.zeros_like(start)
    for row, data, begin in zip(rows, view.data, start, strict=True):
        row[features] = lsqr(
            restricted,
            data,
            atol=accuracy,
            btol=accuracy,
            iter_lim=_MAX_ITER,
            x0=begin[features],
        )[0]
    return rows
