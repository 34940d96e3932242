"""One operator for all channels, whose data are scaled, or whitened, channel by channel."""

from __future__ import annotations

import numpy as np

from ...arrays import Array, IntArray
from ..channels import Joint, split_features, spread_columns
from ..operator import Operator
from .weighted import scale_range


class ScaledChannels(Operator):
    """``Y = diag(s) U^H X A^T`` with one channel per row: `Joint`, then a map of the channels.

    `scales` are s, one per channel. `basis` is the unitary U, (K, K), or None for the identity;
    channels are coupled only by a basis, and then `n_channels` is None. Group norms over channels
    are those of ``U^H X``, so that only the scales matter to a penalty of these norms.
    """

    def __init__(
        self, operator: Operator, scales: Array, basis: Array | None = None, axis: int | None = None
    ) -> None:
        joint = Joint(operator, len(scales), axis)
        self.operator, self.joint, self.scales, self.basis = operator, joint, scales, basis
        self.domain_shape, self.range_shape = joint.domain_shape, joint.range_shape
        self.channel_axis = joint.channel_axis
        self.dtype, self.exact_columns = operator.dtype, operator.exact_columns
        if basis is None:
            self.n_channels = joint.n_channels
        elif basis.dtype.kind == "c":
            self.dtype = np.result_type(operator.dtype, np.complex64)
        largest = float(np.abs(scales).max())
        self.column_range = scale_range(operator.column_range, largest)
        if operator.lipschitz is not None:
            self.lipschitz = operator.lipschitz * largest**2
        energy = 1.0 if operator.orthonormal_rows else operator.row_energy
        if energy is not None:
            self.row_energy = energy * float(np.mean(np.square(scales, dtype=float)))

    def widen(self) -> Operator:
        """Return the same with the operator in double precision."""
        return ScaledChannels(self.operator.widen(), self.scales, self.basis, self.channel_axis)

    @property
    def _matrix(self) -> Array:
        """``diag(s) U^H``, shape (K, K)."""
        if self.basis is None:
            return np.diag(self.scales)
        result: Array = self.scales[:, None] * self.basis.conj().T
        return result

    def rotate(self, rows: Array) -> Array:
        """Return ``U^H X`` of one row per channel, (K, n)."""
        if self.basis is None:
            return rows
        result: Array = self._narrow(self.basis.conj().T, rows) @ rows
        return result

    def rotate_back(self, rows: Array) -> Array:
        """Return ``U Z`` of one row per channel, (K, n)."""
        if self.basis is None:
            return rows
        result: Array = self._narrow(self.basis, rows) @ rows
        return result

    def scale(self, rows: Array) -> Array:
        """Return ``diag(s) U^H X`` of one row per channel, (K, n)."""
        result: Array = self._narrow(self._matrix, rows) @ rows
        return result

    def unscale(self, rows: Array) -> Array:
        """Return X, one row per channel, of ``diag(s) U^H X``; zero in channels without scale."""
        inverse = np.divide(1, self.scales, out=np.zeros(len(self.scales)), where=self.scales > 0)
        matrix = np.diag(inverse) if self.basis is None else self.basis * inverse
        result: Array = self._narrow(matrix, rows) @ rows
        return result

    def _narrow(self, matrix: Array, y: Array) -> Array:
        """Return a matrix in the precision of an array."""
        least = np.complex64 if matrix.dtype.kind == "c" else np.float32
        return matrix.astype(np.result_type(y.real.dtype, least), copy=False)

    def _apply(self, x: Array) -> Array:
        return self._map(self.joint.apply(x), self._matrix)

    def _adjoint(self, y: Array) -> Array:
        return self.joint.adjoint(self._map(y, self._matrix.conj().T))

    def _map(self, y: Array, matrix: Array) -> Array:
        """Return channels times a matrix, which is diagonal without a basis."""
        n_dims = len(self.range_shape)
        axis = y.ndim - n_dims if self.channel_axis == 0 else y.ndim - 1
        if self.basis is None:
            shape = (-1, *(1,) * (n_dims - 1)) if self.channel_axis == 0 else (-1,)
            result: Array = y * self.scales.reshape(shape).astype(y.real.dtype, copy=False)
            return result
        moved = np.tensordot(self._narrow(matrix, y), y, axes=(1, axis))
        return np.ascontiguousarray(np.moveaxis(moved, 0, axis))

    def columns(self, features: IntArray) -> Array:
        """Return some columns, each as a row."""
        inner, channel = split_features(self.joint, features)
        columns = self.operator.columns(inner).reshape(features.size, *self.operator.range_shape)
        factors = self._narrow(self._matrix, columns.real).T[channel]
        return spread_columns(columns, factors, self.channel_axis)

    def column_norms(self) -> Array:
        """Return the norms of the columns of every channel."""
        norms = np.linalg.norm(self._matrix, axis=0)
        own = self.operator.column_norms()
        return np.ascontiguousarray(self.joint.channels_home(np.multiply.outer(norms, own)))
