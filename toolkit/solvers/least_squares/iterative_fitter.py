"""Least squares on active features of a matrix-free operator, by conjugate gradients.

Conjugate gradients on the normal equations of ``A T`` restricted to the active
features (CGLS): the in-group orthonormal basis ``T`` makes it a block-Jacobi
preconditioned iteration. Channels are independent systems that share each
product. Cost per iteration: one `apply`, one `adjoint`; the adjoint gives the
dual variable off the active set as well.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse.linalg import LinearOperator, lsqr

from ...arrays import Array, IntArray, squared_magnitude
from ...operators import Operator
from ...reformulations.feature_view import FeatureView
from ...reformulations.group_basis import GroupBasis

_ROUNDING = 4.0
_RISE = 1e-6  # of the misfit at the start: more is no rounding of a single step


class IterativeFitter:
    """Least squares on sets of features, with products only.

    Parameters
    ----------
    operator : Operator
        From features to data.
    basis : GroupBasis
        The orthonormal basis of its groups.
    data : ndarray, shape (K, n_rows)
        The right-hand sides.
    max_iter : int
        The largest number of iterations of one fit.
    """

    direct = False

    def __init__(self, operator: Operator, basis: GroupBasis, data: Array, max_iter: int) -> None:
        self.operator, self.basis, self.data, self.max_iter = operator, basis, data, max_iter
        self.independent = basis.independent
        self.correlations = basis.adjoint(self._adjoint(data))
        precision = float(np.finfo(data.dtype).eps)
        self._finest = _ROUNDING * precision * float(np.linalg.norm(self.correlations))

    def fit(self, active: Array, start: Array, accuracy: float) -> tuple[Array, Array, Array, bool]:
        """Fit on the marked features.

        Parameters
        ----------
        active : ndarray of bool, shape (n_features,)
            The features that may be used.
        start : ndarray, shape (K, n_features)
            A guess; what it holds off the active set is dropped.
        accuracy : float
            Stop when the gradient's norm over the active features is below it,
            or below what rounding lets be told from zero.

        Returns
        -------
        coef, residual, dual : ndarray
            Of shapes (K, n_features), (K, n_rows), (K, n_features).
        exact : bool
            Whether the accuracy was reached.
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
                coef -= step * direction  # steps of rounding alone, which would grow
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
        """Return the chosen coefficients among all, the others zero."""
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
        """Return what is minimised, which no step increases but for rounding."""
        ridge = np.sum(self._ridge(coef, chosen), dtype=float)
        return float(squared_magnitude(residual).sum(dtype=float) + ridge)

    def _ridge(self, direction: Array, chosen: IntArray) -> Array | float:
        if self.basis.ridge is None:
            return 0.0
        return self.basis.ridge_energy(self._spread(direction, chosen))


def _ratio(numerator: Array, denominator: Array) -> Array:
    """Divide, with 0 / 0 = 0 for channels that are already solved."""
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0)


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
