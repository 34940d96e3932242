"""The operator that makes noise white whose channels are correlated."""

from __future__ import annotations

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike

from ...arrays import Array, Shape, as_finite_array
from ...checks import as_shape
from ...magnitudes import ColumnNorms
from ..channels import Joint, as_channel_axis
from ..operator import Composition, Operator, check_composition
from .scaled_channels import ScaledChannels

_ROUNDING = 10.0


class Whitening(Operator):
    """Maps channels with correlated noise to as many with white noise of variance one.

    ``Whitening(C, shape) @ Joint(A, K)`` knows that one operator serves all channels.

    Parameters
    ----------
    covariance : array_like, shape (K, K)
        ``C[i, j] = E[n_i conj(n_j)]`` of the noise of the channels in one datum; Hermitian and
        positive definite.
    shape : tuple of int
        The shape of the data.
    axis : int, default 0
        The axis of channels: 0 or -1.

    Raises
    ------
    ValueError
        If the covariance is not a finite, Hermitian, positive definite matrix with one row per
        channel of the shape.

    Notes
    -----
    With the eigenvalues and vectors ``C = U diag(v) U^H``, every datum y of K channels becomes
    ``diag(v)^(-1/2) U^H y``.

    Examples
    --------
    >>> white = Whitening([[4.0, 0.0], [0.0, 1.0]], (2,)).apply(np.array([2.0, 1.0]))
    >>> np.abs(white).round(6)
    array([1., 1.])
    """

    def __init__(self, covariance: ArrayLike, shape: int | Shape, axis: int = 0) -> None:
        self.domain_shape = self.range_shape = as_shape("shape", shape)
        self.channel_axis = as_channel_axis(axis)
        values, self.basis = _decompose(covariance, self.range_shape[self.channel_axis])
        self.scales = 1 / np.sqrt(values)
        self.dtype = np.dtype(np.complex64 if self.basis.dtype.kind == "c" else np.float32)
        self.lipschitz = float(self.scales.max()) ** 2
        self.column_range = ColumnNorms(float(self.scales.min()), float(self.scales.max()))

    def _apply(self, x: Array) -> Array:
        return self._map(x, self.scales[:, None] * self.basis.conj().T)

    def _adjoint(self, y: Array) -> Array:
        return self._map(y, self.basis * self.scales)

    def _map(self, y: Array, matrix: Array) -> Array:
        axis = y.ndim - len(self.range_shape) if self.channel_axis == 0 else y.ndim - 1
        dtype = np.result_type(y.dtype, self.dtype)
        moved = np.tensordot(matrix.astype(dtype), y, axes=(1, axis))
        return np.ascontiguousarray(np.moveaxis(moved, 0, axis))

    def __matmul__(self, other: Operator) -> Operator:
        """Return the composition that applies `other` first."""
        check_composition(self, other)
        if isinstance(other, Joint) and other.channel_axis == self.channel_axis:
            return ScaledChannels(other.operator, self.scales, self.basis, self.channel_axis)
        return Composition(self, other)


def _decompose(covariance: ArrayLike, n_channels: int) -> tuple[Array, Array]:
    """Return eigenvalues and vectors of a covariance; a `ValueError` if it is none."""
    matrix = as_finite_array(covariance, "covariance")
    if matrix.shape != (n_channels, n_channels):
        raise ValueError(
            f"covariance must have one row and column for each of {n_channels} channels, "
            f"got shape {matrix.shape}"
        )
    precision = float(np.finfo(matrix.dtype).eps)
    wide = matrix.astype(np.result_type(matrix.dtype, np.float64))
    largest = float(np.abs(wide).max())
    if np.abs(wide - wide.conj().T).max() > _ROUNDING * precision * largest:
        raise ValueError("covariance must be Hermitian: equal to its conjugate transpose")
    values, vectors = scipy.linalg.eigh((wide + wide.conj().T) / 2)
    if not values[0] > n_channels * precision * values[-1]:
        raise ValueError(
            "covariance must be positive definite, "
            f"got eigenvalues from {values[0]:.3g} to {values[-1]:.3g}"
        )
    return values, vectors
