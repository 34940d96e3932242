"""An operator on latent copies of coefficients, whose columns are not copied."""

from __future__ import annotations

from math import prod

import numpy as np
import scipy.sparse as sp

from ..arrays import Array, IntArray
from .operator import Operator


class Replicated(Operator):
    """``A S``: several copies of a coefficient act through the same column of ``A``.

    ``S`` adds the copies up. Nothing of ``A`` is stored twice.

    Parameters
    ----------
    operator : Operator
        ``A``.
    originals : ndarray of int, shape (n_copies,)
        Of which coefficient each copy is one: a flat position in the domain.

    Raises
    ------
    ValueError
        If a position is out of range.

    Examples
    --------
    >>> from groupsparse.toolkit.operators import Matrix
    >>> Replicated(Matrix([[1.0, 10.0]]), np.array([0, 1, 1])).apply(np.array([1.0, 2.0, 3.0]))
    array([51.])
    """

    def __init__(self, operator: Operator, originals: IntArray) -> None:
        n_coefs = prod(operator.domain_shape)
        if originals.size == 0 or originals.min() < 0 or originals.max() >= n_coefs:
            raise ValueError(f"originals must be positions from 0 to {n_coefs - 1}, at least one")
        self.operator, self.originals = operator, originals
        self.domain_shape, self.range_shape = (originals.size,), operator.range_shape
        self.dtype, self.channel_axis = operator.dtype, operator.channel_axis
        ones = (np.ones(originals.size, np.float32), (originals, np.arange(originals.size)))
        self._sum = sp.csr_array(ones, shape=(n_coefs, originals.size))

    def summed(self, copies: Array) -> Array:
        """Add the copies of each coefficient up.

        Parameters
        ----------
        copies : ndarray, shape (..., n_copies)
            Latent copies.

        Returns
        -------
        ndarray, shape ``(..., *operator.domain_shape)``
            Coefficients.
        """
        flat = copies.reshape(-1, self.originals.size)
        sums: Array = np.ascontiguousarray((self._sum @ flat.T).T)
        shape = (*copies.shape[:-1], *self.operator.domain_shape)
        return sums.astype(copies.dtype, copy=False).reshape(shape)

    def shared(self, coef: Array) -> Array:
        """Divide each coefficient equally among its copies.

        Parameters
        ----------
        coef : ndarray, shape ``(..., *operator.domain_shape)``
            Coefficients.

        Returns
        -------
        ndarray, shape (..., n_copies)
            Copies whose sums are `coef`.
        """
        n_batch = coef.ndim - len(self.operator.domain_shape)
        flat = coef.reshape(*coef.shape[:n_batch], -1)
        number = np.bincount(self.originals, minlength=flat.shape[-1])[self.originals]
        result: Array = (flat[..., self.originals] / number).astype(coef.dtype)
        return result

    def _apply(self, x: Array) -> Array:
        return self.operator.apply(self.summed(x))

    def _adjoint(self, y: Array) -> Array:
        n_batch = y.ndim - len(self.range_shape)
        correlations = self.operator.adjoint(y)
        return correlations.reshape(*correlations.shape[:n_batch], -1)[..., self.originals]

    def columns(self, features: IntArray) -> Array:
        """Return some columns, each as a row."""
        return self.operator.columns(self.originals[features])

    def column_norms(self) -> Array:
        """Return the norm of every copy's column."""
        norms: Array = self.operator.column_norms().ravel()[self.originals]
        return norms
