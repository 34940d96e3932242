"""An operator seen through a block-diagonal change of basis, without a copy of its matrix."""

from __future__ import annotations

from math import prod

import numpy as np

from ..arrays import Array, IntArray
from ..operators import Operator
from .group_basis import GroupBasis


class RotatedOperator(Operator):
    """``A T``.

    Parameters
    ----------
    operator : Operator
        ``A``.
    basis : GroupBasis
        ``T``.
    """

    def __init__(self, operator: Operator, basis: GroupBasis) -> None:
        self.operator, self.basis = operator, basis
        self.domain_shape, self.range_shape = operator.domain_shape, operator.range_shape
        self.dtype, self.channel_axis = operator.dtype, operator.channel_axis
        self.n_channels = operator.n_channels

    def _apply(self, x: Array) -> Array:
        features = self.basis.coefficients(x.reshape(-1, prod(self.domain_shape)))
        dtype = np.result_type(x.dtype, self.dtype)
        return self.operator.apply(features.reshape(x.shape).astype(dtype, copy=False))

    def _adjoint(self, y: Array) -> Array:
        gradient = self.operator.adjoint(y)
        flat = self.basis.adjoint(gradient.reshape(-1, prod(self.domain_shape)))
        return np.ascontiguousarray(flat.reshape(gradient.shape).astype(gradient.dtype, copy=False))

    def columns(self, features: IntArray) -> Array:
        """Return some columns of ``A T``, each as a row."""
        transform = self.basis.transform
        if isinstance(transform, np.ndarray):
            inner = self.operator.columns(features)
            columns = inner * transform[features, None]
        else:
            block = transform.tocsc()[:, features]
            used = np.unique(block.indices)
            inner = self.operator.columns(used)
            columns = block[used].T @ inner
        return np.asarray(columns).astype(np.result_type(inner.dtype, self.dtype), copy=False)

    def column_norms(self) -> Array:
        """Return one for each independent column, and zero for the others."""
        return self.basis.independent.astype(float).reshape(self.domain_shape)
