"""Least squares on active features of a matrix-free operator, by conjugate gradients.

Conjugate gradients on the normal equations of ``A T`` restricted to the active
features (CGLS); the orthonormal basis ``T`` of each group acts as a block-Jacobi
preconditioner. Channels are independent systems that share each product. An iteration
costs one `apply` and one `adjoint`, which also gives the dual variable off the active set.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse.linalg import LinearOperator, lsqr

from ...arrays import Array, IntArray, squared_magnitude
from ...operators import Operator
from ...reformulations.feature_view import FeatureView
from ...reformulations.group_basis import GroupBasis

_ROUNDING = 4.0
_MAX_ITER = 500
_RISE = 1e-6  # of the initial misfit: rounding of one step cannot raise it by more


class IterativeFitter:
    """Least squares on features by products with the operator, at most `max_iter` iterations."""

    direct = False

    def __init__(self, operator: Operator, basis: GroupBasis, data: Array, max_iter: int) -> None:
        self.operator, self.basis, self.data, self.max_iter = operator, basis, data, max_iter
        self.independent = basis.independent
        self.correlations = basis.adjoint(self._adjoint(data))
        precision = float(np.finfo(data.dtype).eps)
        self._finest = _ROUNDING * precision * float(np.linalg.norm(self.correlations))

    def fit(self, active: Array, start: Array, accuracy: float) -> tuple[Array, Array, Array, bool]:
        """Fit on the active features, starting from `start` restricted to them.

        Stops when the gradient's norm on the active features falls below `accuracy` or to
        the level of rounding. Returns coefficients (K, n_features), residual (K, n_rows),
        dual variable (K, n_features), and whether the accuracy was reached.
        """
        chosen = np.flatnonzero(active & self.independent)
        coef = start[:, chosen]
        if not coef.any():
            residual, dual = self.data.copy(), self.correlations
        else:
            residual = self.data - self._image(coef, chosen)
            dual = self._dual(residual, coef, chosen)
        direction = gradient = dual[:, chosen]
        energy = squared_magnitude(gradient).sum(axis=1)
        accuracy = max(accuracy, self._finest)
        misfit = self._misfit(residual, coef, chosen)
        limit = misfit * (1 + _RISE)
        for _ in range(self.max_iter):
            if energy.sum() <= accuracy**2:
                break
            image = self._image(direction, chosen)
            curvature = squared_magnitude(image).sum(axis=1) + self._ridge(direction, chosen)
            step = _ratio(energy, curvature)[:, None]
            step = step.astype(coef.real.dtype, copy=False)
            coef += step * direction
            residual -= step * image
            if not self._misfit(residual, coef, chosen) <= limit:
                coef -= step * direction  # undo a step of rounding, which would grow
                residual = self.data - self._image(coef, chosen)
                dual = self._dual(residual, coef, chosen)
                break
            dual = self._dual(residual, coef, chosen)
            gradient = dual[:, chosen]
            previous, energy = energy, squared_magnitude(gradient).sum(axis=1)
            turn = _ratio(energy, previous)[:, None].astype(coef.real.dtype, copy=False)
            direction = gradient + turn * direction
        exact = bool(energy.sum() <= accuracy**2)
        return self._spread(coef, chosen), residual, dual, exact

    def _spread(self, coef: Array, chosen: IntArray) -> Array:
        """Return coefficients of all features, zero except the chosen ones."""
        everywhere = np.zeros((len(coef), self.independent.size), coef.dtype)
        everywhere[:, chosen] = coef
        return everywhere

    def _image(self, coef: Array, chosen: IntArray) -> Array:
        features = self.basis.coefficients(self._spread(coef, chosen))
        image = self.operator.apply(features.reshape(-1, *self.operator.domain_shape))
        return image.reshape(len(coef), -1)

    def _adjoint(self, y: Array) -> Array:
        features = self.operator.adjoint(y.reshape(-1, *self.operator.range_shape))
        return features.reshape(y.shape[0], -1)

    def _dual(self, residual: Array, coef: Array, chosen: IntArray) -> Array:
        if self.basis.ridge is None:
            return self.basis.adjoint(self._adjoint(residual))
        return self.basis.dual(self._adjoint(residual), self._spread(coef, chosen))

    def _misfit(self, residual: Array, coef: Array, chosen: IntArray) -> float:
        """Return the objective, which no step increases except by rounding."""
        ridge = np.sum(self._ridge(coef, chosen), dtype=float)
        return float(squared_magnitude(residual).sum(dtype=float) + ridge)

    def _ridge(self, direction: Array, chosen: IntArray) -> Array | float:
        if self.basis.ridge is None:
            return 0.0
        return self.basis.ridge_energy(self._spread(direction, chosen))


def _ratio(numerator: Array, denominator: Array) -> Array:
    """Divide, with 0 / 0 = 0 for channels that have converged exactly."""
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0)


def fit_nonzero_features(view: FeatureView, start: Array) -> Array:
    """Return the fit, (K, n_features), of a view's data by the nonzero features of `start`.

    By LSQR with at most 500 iterations.
    """
    features = np.flatnonzero(start.any(axis=0))
    operator, n_features = view.operator, start.shape[1]

    def image(coef: Array) -> Array:
        everywhere = np.zeros(n_features, start.dtype)
        everywhere[features] = coef.ravel()
        return operator.apply(everywhere.reshape(operator.domain_shape)).ravel()

    def correlations(residual: Array) -> Array:
        result: Array = operator.adjoint(residual.reshape(operator.range_shape)).ravel()[features]
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
